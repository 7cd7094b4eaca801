/** What every connection of a node shares. */
import type { PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { LinkKind } from '../runtime/link-kinds.ts';
import type { LogPort, RandomPort } from '../runtime/ports.ts';
import type { Hello } from './hello.ts';
import type { Link } from './link.ts';
import type { LinkLimits } from './options.ts';
import type { Connection, OwnCertificate } from './peer-key.ts';
import type { ReadBudget } from './read-budget.ts';
import type { RefusalCode } from './refusals.ts';

/** What links tell the runtime. A peer's kind may change while its link is open: the newest one counts. */
export interface MeshEvents {
  opened(peer: ValidatorId, kind: LinkKind): void;
  closed(peer: ValidatorId): void;
  /** Only what a link of this kind may carry (runtime/link-kinds.ts). */
  received(peer: ValidatorId, frame: Uint8Array, kind: LinkKind): void;
}

export interface MeshContext {
  readonly self: ValidatorId;
  readonly own: Hello;
  readonly limits: LinkLimits;
  readonly log: LogPort;
  readonly wallMs: () => number;
  readonly random: Pick<RandomPort, 'unit'>;
  /** The one that new connections prove. */
  certificate(): OwnCertificate;
  ownerOf(nodeKey: PublicKey): ValidatorId | undefined;
  /** Logs a refusal, unless an equal one (same code and `key`) was logged a moment ago. */
  refused(code: RefusalCode, facts: { readonly [name: string]: unknown }, key: string): void;
  opened(peer: ValidatorId, kind: LinkKind): void;
  closed(peer: ValidatorId): void;
  /** Hands a frame to the runtime if such a link may carry it; else its sender is read more slowly. */
  received(link: Link, kind: LinkKind, frame: Uint8Array): void;
}

/** Connections with servers whose keys no book knows (rule C1). */
export interface ServerDoor {
  /** Whether a server that proves this key is taken as one now. */
  wants(nodeKey: PublicKey): boolean;
  /** Whether a server that proved this key is taken as one, and has not hung up. */
  holds(nodeKey: PublicKey): boolean;
  /**
   * Hangs up on a server that is not wanted, or is read already.
   *
   * @param budget of whoever's address it is: a server that changes its key gets no fresh one
   * @returns hangs up on this connection, if it is still there, because another one at its address takes its place
   */
  begin(connection: Connection, budget: ReadBudget): () => void;
}

/** What a diagnosis is made of: ages and figures, no clocks. Each part may be unknown. */
import type { Digest, Height, Incarnation, ValidatorId, View } from '../../../shared/types/brands.ts';
import type { Observation } from '../../consensus/observe.ts';
import type { ShownRecovery } from '../recovery-notice.ts';

export interface PeerFacts {
  readonly validator: ValidatorId;
  /** The link is open. */
  readonly connected: boolean;
  /** Since its last frame, on this link or the one before; absent if there never was one. */
  readonly silentMs?: number;
  /** Why there is no link: a code of docs/links.md. */
  readonly failure?: string;
  /** What the system said about it. */
  readonly failureReason?: string;
  /** The peer's clock minus ours. */
  readonly clockOffsetMs?: number;
  /** What it last said about itself. */
  readonly view?: View;
  readonly height?: Height;
}

export interface RefusalFacts {
  readonly validator: ValidatorId;
  readonly rule: string;
  readonly count: number;
  readonly reason: string;
  readonly agoMs: number;
}

/** Of this node's machine, as far as it was measured. */
export interface HostFacts {
  /** p99 of the event loop's delay, lately. */
  readonly loopDelayMs?: number;
  /** Durable commits of votes and blocks, fsync included, lately. */
  readonly commit?: { readonly commits: number; readonly medianMs: number; readonly p99Ms: number };
  readonly disk?: { readonly path: string; readonly freeBytes: number; readonly totalBytes: number };
  readonly certificates?: readonly { readonly name: string; readonly expiresAt: number }[];
}

/** A block over which validators disagreed: key → digest of the value that it wrote here. */
export interface DisputedBlock {
  readonly height: Height;
  readonly block: string;
  readonly changes: Readonly<Record<string, string>>;
}

/** Of this node, where the ledger has another one registered for it (rule D3). */
export interface UnregisteredStore {
  /** Absent while a new one is being made durable. */
  readonly incarnation?: Incarnation;
  /** The activation that registers it is scheduled: first height at which it votes. */
  readonly votesFrom?: Height;
}

export interface DiagnosisFacts {
  /** Need not be a validator: then it follows. */
  readonly self: ValidatorId;
  /** Sorted. */
  readonly validators: readonly ValidatorId[];
  readonly parameters: { readonly driftMs: number; readonly primarySilenceMs: number };
  /** Milliseconds since 1970, by this node's clock. */
  readonly nowMs: number;
  /** Absent while the node reads its disk. */
  readonly consensus?: Observation;
  readonly unregisteredStore?: UnregisteredStore;
  /** Highest certified and durable height here. */
  readonly height: Height;
  readonly sinceCertifiedMs?: number;
  readonly waiting: { readonly transactions: number; readonly sinceMs?: number };
  /** Fetching blocks up to this height. */
  readonly catchUpTarget?: Height;
  /** The other validators; who follows is none of those who could commit. */
  readonly peers: readonly PeerFacts[];
  readonly refusals: readonly RefusalFacts[];
  readonly host: HostFacts;
  /** A signer in another process, while it is away. */
  readonly signerAbsence?: { readonly forMs: number; readonly reason: string };
  readonly disputed: readonly DisputedBlock[];
  /** That the ledger names, and one of them. */
  readonly missingPayloads?: { readonly count: number; readonly digest?: Digest };
  /** Recoveries that peers show and that were not accepted here. */
  readonly recoveriesShown?: readonly ShownRecovery[];
  /** Stored blocks that differ from their digests, ascending, and how many were replaced since the start. */
  readonly damage?: { readonly damaged: readonly Height[]; readonly repaired: number };
}

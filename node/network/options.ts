/** What a node needs to know to hold its links. */
import type { NetworkId, ValidatorId } from '../../shared/types/brands.ts';
import type { LogPort, RandomPort } from '../runtime/ports.ts';
import type { PeerAddress } from './peer-book.ts';
import type { LinkCertificate } from './peer-key.ts';
import type { VersionRange } from './versions.ts';

export interface LinkLimits {
  /** Bytes of one frame at most, in both directions. */
  readonly frameBytesMax: number;
  /** Bytes that may wait for one slow peer; frames beyond are dropped and counted. */
  readonly sendBufferBytesMax: number;
  /** TLS, upgrade and hello must be over by then. */
  readonly handshakeTimeoutMs: number;
  readonly pingMs: number;
  /** A link on which nothing arrived for this many pings is dead. */
  readonly silentPingsMax: number;
  /** Share of our time that what one peer sends may take, and what it may take at once after a rest. */
  readonly readShare: number;
  readonly readBurstMs: number;
  /** What a message that no honest peer sends costs it in addition. */
  readonly uselessCostMs: number;
  /** Callers that have not yet proven who they are, in all; the one that waits longest goes first. */
  readonly strangersMax: number;
  /** Connections of one peer that have not said hello yet; and as many that another one has replaced. */
  readonly greetingsPerPeerMax: number;
  /** First pause before dialling again; doubles up to the maximum. */
  readonly backOffMinMs: number;
  readonly backOffMaxMs: number;
  /** From the start on: several intervals in which peers tell one another where they stand. */
  readonly unknownKeyGraceMs: number;
}

export const defaultLimits: LinkLimits = {
  frameBytesMax: 16 * 1024 * 1024,
  sendBufferBytesMax: 64 * 1024 * 1024,
  handshakeTimeoutMs: 5_000,
  pingMs: 1_000,
  silentPingsMax: 4,
  readShare: 0.15,
  readBurstMs: 60,
  uselessCostMs: 4,
  strangersMax: 128,
  greetingsPerPeerMax: 4,
  backOffMinMs: 100,
  backOffMaxMs: 3_000,
  unknownKeyGraceMs: 5_000,
};

export interface LinksOptions {
  readonly self: ValidatorId;
  readonly network: NetworkId;
  /** Name and version of this software, shown to operators of other nodes. */
  readonly software: string;
  /**
   * Everybody whose links are admitted, as the ledger knows them now: read at the start and at each `refresh()`. An
   * entry of `self` is ignored.
   */
  readonly book: () => readonly PeerAddress[];
  /**
   * Whether blocks are missing here that peers have: then the book may not name yet who calls. Absent where it is
   * never looked for.
   */
  readonly isBookOld?: () => boolean;
  /** `wss://host:port` of nodes that are asked as well, whatever their keys, while this one is behind (rule C1). */
  readonly bootstrap?: readonly string[];
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Of this node's key. */
  readonly certificate: LinkCertificate;
  /** Versions of docs/links.md that are spoken; absent: those of this software. */
  readonly versions?: VersionRange;
  readonly random: Pick<RandomPort, 'unit'>;
  readonly log: LogPort;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  readonly limits?: Partial<LinkLimits>;
}

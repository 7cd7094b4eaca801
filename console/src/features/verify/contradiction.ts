import type { Proven } from './checks.ts';

/** The highest block that this browser has verified: a client that keeps it cannot be shown another history. */
export interface Seen {
  readonly network: string;
  readonly height: number;
  readonly block: string;
  /** Of the block, milliseconds since 1970; absent in what was seen before times were kept. */
  readonly time?: number;
}

/** The highest block of this network that this browser has verified; undefined if there is none. */
export const seenOf = (known: Seen | undefined, network: string): Seen | undefined =>
  known?.network === network ? known : undefined;

/** True if both are certified blocks of one network at one height, and yet differ. */
export function contradicts(known: Seen | undefined, proven: Seen): boolean {
  return known?.network === proven.network && known.height === proven.height && known.block !== proven.block;
}

/** Two certified blocks at one height: more validators lie than may, and no proof says which is right. @throws Error */
export function refuseContradiction(known: Seen | undefined, proven: Proven | undefined): void {
  if (proven === undefined || known === undefined || !contradicts(known, proven)) return;
  throw new Error(
    `This browser has verified another block at height ${proven.height}, ${known.block}, and now ${proven.block}. ` +
      'Both are sealed by a quorum: save both proofs, and ask the members of the network.',
  );
}

/**
 * What on this node still needs which payloads: transactions that wait in the pool or are on their way there, each in
 * the share of whoever brought it, and batches that are looked at or held. Room is taken for as long as such a
 * transaction waits, and no longer. Pure bookkeeping: whoever owns it says when something begins and ends.
 */
import type { Digest } from '../../shared/types/brands.ts';
import { lower } from './forgetting.ts';

/**
 * Whose room it takes: this node's own, a member's clients', or a peer's, by the way in which it brought it. What a
 * peer passes on for others takes nothing from what its own clients brought.
 */
export type PayloadShare = 'node' | `member:${string}` | PeerShare;
export type PeerShare = `peer:${string}` | `handed-over:${string}` | `passed-on:${string}`;

export interface PayloadUse {
  readonly digests: readonly Digest[];
  /** Batches take none: what they name is bounded by what a batch may name (rule N2). */
  readonly share?: PayloadShare;
  /** Of the share. */
  readonly bytes?: number;
}

export interface PayloadUses {
  /** In the place of what this user needed before. */
  begin(user: string, use: PayloadUse): void;
  has(user: string): boolean;
  /** @returns payloads that nothing needs any more */
  end(users: Iterable<string>): readonly Digest[];
  isNeeded(digest: Digest): boolean;
  /** That are taken of this share. */
  bytesOf(share: PayloadShare): number;
}

export function createPayloadUses(): PayloadUses {
  const uses = new Map<string, PayloadUse>();
  const usersOf = new Map<Digest, number>();
  const taken = new Map<PayloadShare, number>();

  function begin(user: string, use: PayloadUse): void {
    const before = uses.get(user);
    uses.set(user, use);
    for (const digest of use.digests) usersOf.set(digest, (usersOf.get(digest) ?? 0) + 1);
    const { share, bytes = 0 } = use;
    if (share !== undefined) taken.set(share, (taken.get(share) ?? 0) + bytes);
    if (before !== undefined) release(before);
  }

  function release({ digests, share, bytes = 0 }: PayloadUse): readonly Digest[] {
    if (share !== undefined) lower(taken, share, bytes);
    for (const digest of digests) lower(usersOf, digest, 1);
    return digests.filter((digest) => !usersOf.has(digest));
  }

  function end(users: Iterable<string>): readonly Digest[] {
    const free = new Set<Digest>();
    for (const user of users) {
      const use = uses.get(user);
      if (use === undefined) continue;
      uses.delete(user);
      for (const digest of release(use)) free.add(digest);
    }
    // Another that ended in the same go may have named it as well.
    return [...free].filter((digest) => !usersOf.has(digest));
  }

  return {
    begin,
    has: (user) => uses.has(user),
    end,
    isNeeded: (digest) => usersOf.has(digest),
    bytesOf: (share) => taken.get(share) ?? 0,
  };
}

/**
 * What the last blocks changed, so that it can be told which state keys differ when validators disagree over a
 * block (rule X4): digests of the values written, for the other side to compare with its own.
 */
import { toHex } from '../../shared/codec/hex.ts';
import { sha256 } from '../../shared/crypto/sha256.ts';
import type { Height } from '../../shared/types/brands.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import type { DisputedBlock } from './diagnosis/facts.ts';

export interface Disputes {
  /** Remembers a certified block for one window. */
  durable(block: ExecutedBlock): void;
  /** Of these heights, as far as they are remembered; they stay. */
  at(heights: readonly Height[]): readonly DisputedBlock[];
  /** One of the last window, for somebody who compares. */
  of(height: number): DisputedBlock | undefined;
}

const keysMax = 1_000;
const disputesMax = 4;

export function createDisputes(window: number): Disputes {
  const recent = new Map<Height, ChangedState>();
  const disputed = new Map<Height, DisputedBlock>();

  /** Not the block itself: what it did is larger than what it changed, and need not live for a window. */
  function durable({ height, hash, changes }: ExecutedBlock): void {
    recent.set(height, { height, hash, changes });
    for (const old of recent.keys()) if (old <= height - window) recent.delete(old);
  }

  function at(heights: readonly Height[]): readonly DisputedBlock[] {
    for (const height of heights) {
      const block = recent.get(height);
      if (block === undefined || disputed.has(height) || disputed.size >= disputesMax) continue;
      disputed.set(height, disputedBlock(block));
    }
    return heights.map((height) => disputed.get(height)).filter((block) => block !== undefined);
  }

  function of(height: number): DisputedBlock | undefined {
    const block = recent.get(height as Height);
    return disputed.get(height as Height) ?? (block && disputedBlock(block));
  }

  return { durable, at, of };
}

type ChangedState = Pick<ExecutedBlock, 'height' | 'hash' | 'changes'>;

export const disputedBlock = ({ height, hash, changes }: ChangedState): DisputedBlock => ({
  height,
  block: hash,
  changes: Object.fromEntries(
    [...changes]
      .slice(0, keysMax)
      .map(([key, value]) => [key, value === undefined ? 'absent' : digestOf(value)]),
  ),
});

/** Enough to tell two values apart; they are compared, not proven. */
const digestOf = (value: Uint8Array): string => toHex(sha256(value)).slice(0, 16);

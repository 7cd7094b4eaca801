/** All levels of an RFC 9162 tree: built once for a block, it gives each of its proofs in logarithmic time. */
import { toHex } from '../../shared/codec/hex.ts';
import { branchHash, leafHash } from '../../shared/crypto/merkle.ts';
import { sha256 } from '../../shared/crypto/sha256.ts';
import type { Digest } from '../../shared/types/brands.ts';
import type { InclusionProof } from '../../shared/types/ledger.ts';

export interface MerkleLevels {
  readonly root: Digest;
  /** `index` is below the number of leaves. */
  inclusion(index: number): InclusionProof;
}

/** A node without a sibling moves up a level unhashed, which is the shape of RFC 9162, section 2.1. */
export function merkleLevels(leaves: readonly Uint8Array[]): MerkleLevels {
  const levels: (readonly Uint8Array[])[] = [leaves.map(leafHash)];
  for (let level = levels[0]!; level.length > 1; level = levels.at(-1)!) levels.push(parents(level));
  const root = levels.at(-1)?.[0] ?? sha256(new Uint8Array(0));

  function inclusion(index: number): InclusionProof {
    const path: Digest[] = [];
    let place = index;
    for (const level of levels) {
      const sibling = level[place % 2 === 0 ? place + 1 : place - 1];
      if (sibling !== undefined) path.push(toHex(sibling) as Digest);
      place = Math.floor(place / 2);
    }
    return { index, size: leaves.length, path };
  }

  return { root: toHex(root) as Digest, inclusion };
}

function parents(level: readonly Uint8Array[]): readonly Uint8Array[] {
  const above: Uint8Array[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const right = level[at + 1];
    above.push(right === undefined ? level[at]! : branchHash(level[at]!, right));
  }
  return above;
}

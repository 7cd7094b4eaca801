import { expect, it } from 'vitest';
import { inclusionProof, merkleRoot } from '../../shared/crypto/merkle.ts';
import { merkleLevels } from './merkle-levels.ts';

it('gives root and proofs of the plain computation, for every size and place', () => {
  for (let size = 0; size <= 40; size++) {
    const leaves = Array.from({ length: size }, (_, index) => Uint8Array.of(index, size));
    const levels = merkleLevels(leaves);
    expect(levels.root).toBe(merkleRoot(leaves));
    for (let index = 0; index < size; index++)
      expect(levels.inclusion(index)).toEqual(inclusionProof(leaves, index));
  }
});

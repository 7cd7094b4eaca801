import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as reference from '../../test/reference/merkle.ts';
import { vectorFolder } from '../../test/vectors.ts';
import { toHex } from '../codec/hex.ts';
import type { Digest } from '../types/brands.ts';
import {
  appendLeaf,
  consistencyProof,
  emptyFrontier,
  frontierRoot,
  inclusionProof,
  leafHash,
  merkleRoot,
  rootFromInclusion,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';

const leavesOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => Uint8Array.of(i, i >> 8));
const hexOf = (base64: string | null): Digest =>
  Buffer.from(base64 ?? '', 'base64').toString('hex') as Digest;

interface InclusionVector {
  leafIdx: number;
  treeSize: number;
  root: string;
  leafHash: string;
  proof: string[] | null;
  wantErr: boolean;
}
interface ConsistencyVector {
  size1: number;
  size2: number;
  root1: string;
  root2: string;
  proof: string[] | null;
  wantErr: boolean;
}

const filesBelow = (folder: URL): URL[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const url = new URL(`${encodeURIComponent(entry.name)}${entry.isDirectory() ? '/' : ''}`, folder);
    return entry.isDirectory() ? filesBelow(url) : [url];
  });

const holdsInclusion = (vector: InclusionVector): boolean => {
  const root = hexOf(vector.root);
  const hash = new Uint8Array(Buffer.from(vector.leafHash, 'base64'));
  if (hash.length !== 32) return false;
  const path = (vector.proof ?? []).map(hexOf);
  const computed = rootFromInclusion(hash, { index: vector.leafIdx, size: vector.treeSize, path });
  return computed !== undefined && toHex(computed) === root;
};
const holdsConsistency = (vector: ConsistencyVector): boolean =>
  verifyConsistency(
    (vector.proof ?? []).map(hexOf),
    { size: vector.size1, root: hexOf(vector.root1) },
    { size: vector.size2, root: hexOf(vector.root2) },
  );

describe('Merkle trees of RFC 9162', () => {
  const vectors = vectorFolder('merkle-rfc9162');
  test.skipIf(vectors === undefined)('every vector file', () => {
    const counts = { inclusion: 0, consistency: 0 };
    for (const kind of ['inclusion', 'consistency'] as const) {
      for (const file of filesBelow(new URL(`${kind}/`, vectors))) {
        const vector = JSON.parse(readFileSync(file, 'utf8')) as InclusionVector & ConsistencyVector;
        const holds = kind === 'inclusion' ? holdsInclusion(vector) : holdsConsistency(vector);
        expect(holds, file.pathname).toBe(!vector.wantErr);
        counts[kind] += 1;
      }
    }
    console.log(
      `merkle RFC 9162: ${counts.inclusion} inclusion and ${counts.consistency} consistency files agree`,
    );
    expect(counts.inclusion + counts.consistency).toBe(120);
  });

  test('roots, frontiers and inclusion proofs equal the reference for 0…40 leaves', () => {
    let frontier = emptyFrontier;
    for (let size = 0; size <= 40; size++) {
      const leaves = leavesOf(size);
      const root = toHex(reference.treeHash(leaves)) as Digest;
      expect(merkleRoot(leaves)).toBe(root);
      expect(frontierRoot(frontier)).toBe(root);
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(leaves, index);
        expect(proof).toEqual({ index, size, path: reference.path(index, leaves).map(toHex) });
        expect(verifyInclusion(leaves[index]!, proof, root)).toBe(true);
        expect(verifyInclusion(Uint8Array.of(99), proof, root)).toBe(false);
      }
      frontier = appendLeaf(frontier, Uint8Array.of(size, size >> 8));
    }
  });

  test('consistency proofs equal the reference for all pairs up to 24 leaves', () => {
    const leaves = leavesOf(24);
    const headOf = (size: number) => ({ size, root: merkleRoot(leaves.slice(0, size)) });
    for (let to = 0; to <= 24; to++) {
      for (let from = 0; from <= to; from++) {
        const proof = consistencyProof(leaves, from, to);
        if (from > 0 && from < to) {
          expect(proof).toEqual(reference.proof(from, leaves.slice(0, to)).map(toHex));
        }
        expect(verifyConsistency(proof, headOf(from), headOf(to))).toBe(true);
        expect(verifyConsistency([...proof, headOf(1).root], headOf(from), headOf(to))).toBe(false);
        const otherRoot = { size: from, root: 'ab'.repeat(32) as Digest };
        expect(verifyConsistency(proof, otherRoot, headOf(to))).toBe(false);
      }
    }
  });

  test('an inclusion proof fits no other position, size or path length', () => {
    const leaves = leavesOf(13);
    const root = merkleRoot(leaves);
    const proof = inclusionProof(leaves, 5);
    const holds = (change: object): boolean => verifyInclusion(leaves[5]!, { ...proof, ...change }, root);
    expect(holds({})).toBe(true);
    for (const index of [4, 6, 13, -1, 0.5, Number.NaN]) expect(holds({ index })).toBe(false);
    for (const size of [0, 5, -1, 2 ** 53]) expect(holds({ size })).toBe(false);
    expect(holds({ path: proof.path.slice(1) })).toBe(false);
    expect(holds({ path: [...proof.path, proof.path[0]] })).toBe(false);
    expect(holds({ path: ['x', ...proof.path.slice(1)] })).toBe(false);
  });

  test('positions beyond 2^32 are numbers like others', () => {
    const index = 2 ** 40;
    const size = 2 ** 40 + 1;
    const sibling = 'cd'.repeat(32) as Digest;
    const hash = leafHash(Uint8Array.of(1));
    expect(rootFromInclusion(hash, { index, size, path: [sibling] })).toBeDefined();
    expect(rootFromInclusion(hash, { index, size, path: [sibling, sibling] })).toBeUndefined();
  });

  test('leaves and branches are hashed apart', () => {
    const [left, right] = [leafHash(Uint8Array.of(1)), leafHash(Uint8Array.of(2))];
    const forged = new Uint8Array([...left, ...right]);
    expect(merkleRoot([forged])).not.toBe(merkleRoot([Uint8Array.of(1), Uint8Array.of(2)]));
    expect(() => inclusionProof([], 0)).toThrow(RangeError);
    expect(() => consistencyProof([], 1)).toThrow(RangeError);
  });
});

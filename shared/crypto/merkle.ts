/**
 * Merkle trees of RFC 9162 (section 2.1): leaf hash SHA-256(0x00 ‖ data), node hash SHA-256(0x01 ‖ left ‖
 * right), the root of no leaves is SHA-256(''). The left subtree of n leaves holds the largest power of two
 * below n. A slow reference stands in merkle-reference.ts.
 */
import { equalBytes, fromHex, toHex } from '../codec/hex.ts';
import type { Digest } from '../types/brands.ts';
import type { InclusionProof } from '../types/ledger.ts';
import { sha256, sha256Into } from './sha256.ts';
import { sha256Parts, sha256PartsInto } from './sha256-parts.ts';

const leafPrefix = Uint8Array.of(0x00);
const nodePrefix = Uint8Array.of(0x01);

export const leafHash = (data: Uint8Array): Uint8Array => sha256Parts(leafPrefix, data);
export const branchHash = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  sha256Parts(nodePrefix, left, right);

/** The roots of the perfect subtrees that `size` leaves consist of, largest first: enough to go on appending. */
export interface Frontier {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}
export const emptyFrontier: Frontier = { size: 0, hashes: [] };

export const appendLeaf = (frontier: Frontier, leafData: Uint8Array): Frontier =>
  appendLeafHash(frontier, leafHash(leafData));

/** For those who need the leaf's hash themselves. */
export const appendLeafHash = (frontier: Frontier, leaf: Uint8Array): Frontier => {
  const hashes = [...frontier.hashes];
  let hash = leaf;
  // Each trailing one bit of the old size is a perfect subtree that now finds its right sibling.
  for (let rest = frontier.size; rest % 2 === 1; rest = (rest - 1) / 2) {
    hash = branchHash(hashes.pop() as Uint8Array, hash);
  }
  hashes.push(hash);
  return { size: frontier.size + 1, hashes };
};

export const frontierRoot = (frontier: Frontier): Digest => toHex(foldRight(frontier.hashes)) as Digest;

const foldRight = (hashes: readonly Uint8Array[]): Uint8Array => {
  let root = hashes.at(-1) ?? sha256(new Uint8Array(0));
  for (let i = hashes.length - 2; i >= 0; i--) root = branchHash(hashes[i]!, root);
  return root;
};

/**
 * Root over the leaves' data. Level by level in one buffer, each node beside its sibling; a last one without a sibling
 * moves up as it is, which is where the largest power of two below the number of leaves puts it.
 */
export const merkleRoot = (leaves: readonly Uint8Array[]): Digest => {
  if (leaves.length === 0) return toHex(rootOfRange([], 0, 0)) as Digest;
  const hashes = new Uint8Array(hashBytes * leaves.length);
  for (const [i, leaf] of leaves.entries()) sha256PartsInto(leafPrefix, leaf, hashes, hashBytes * i);
  for (let count = leaves.length; count > 1; count = (count + 1) >> 1) joinLevel(hashes, count);
  return toHex(hashes.subarray(0, hashBytes)) as Digest;
};

const hashBytes = 32;
/** Prefix and two hashes; it serves all of them. */
const pairInput = new Uint8Array(1 + 2 * hashBytes);
pairInput.set(nodePrefix);

/** The first `count` hashes become half as many. */
const joinLevel = (hashes: Uint8Array, count: number): void => {
  const pairs = count >> 1;
  for (let pair = 0; pair < pairs; pair++) {
    const from = 2 * hashBytes * pair;
    // A view for `set` would cost more than 64 bytes.
    for (let i = 0; i < 2 * hashBytes; i++) pairInput[1 + i] = hashes[from + i]!;
    sha256Into(pairInput, hashes, hashBytes * pair);
  }
  if (count % 2 === 1) hashes.copyWithin(hashBytes * pairs, hashBytes * (count - 1), hashBytes * count);
};

/** Root of the leaf hashes from `start` up to, not including, `end`. */
const rootOfRange = (hashes: readonly Uint8Array[], start: number, end: number): Uint8Array => {
  if (end === start) return sha256(new Uint8Array(0));
  if (end - start === 1) return hashes[start]!;
  const middle = start + split(end - start);
  return branchHash(rootOfRange(hashes, start, middle), rootOfRange(hashes, middle, end));
};

/** The largest power of two below `size`, which is at least 2. */
const split = (size: number): number => {
  let power = 1;
  while (2 * power < size) power *= 2;
  return power;
};

/** RFC 9162, section 2.1.3.1. `index` is below the number of leaves; RangeError otherwise. */
export const inclusionProof = (leaves: readonly Uint8Array[], index: number): InclusionProof => {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError(`leaf ${index} of ${leaves.length}`);
  }
  const hashes = leaves.map(leafHash);
  const path: Uint8Array[] = [];
  let start = 0;
  let end = hashes.length;
  while (end - start > 1) {
    const middle = start + split(end - start);
    if (index < middle) {
      path.push(rootOfRange(hashes, middle, end));
      end = middle;
    } else {
      path.push(rootOfRange(hashes, start, middle));
      start = middle;
    }
  }
  return { index, size: leaves.length, path: path.reverse().map((hash) => toHex(hash) as Digest) };
};

/** True if `leaf` (data, not hash) stands at `proof.index` of the tree of `proof.size` leaves with this root. */
export const verifyInclusion = (leaf: Uint8Array, proof: InclusionProof, root: Digest): boolean => {
  const computed = rootFromInclusion(leafHash(leaf), proof);
  return computed !== undefined && toHex(computed) === root;
};

/** RFC 9162, section 2.1.3.2: the root that the proof leads to, or undefined if its form is wrong. */
export const rootFromInclusion = (hash: Uint8Array, proof: InclusionProof): Uint8Array | undefined => {
  const steps = inclusionSteps(hash, proof);
  return steps === undefined ? undefined : (steps.at(-1)?.hash ?? hash);
};

/** One node on the way up: the sibling, where it stands, and the hash of both. */
export interface InclusionStep {
  readonly sibling: Uint8Array;
  readonly side: 'left' | 'right';
  readonly hash: Uint8Array;
}

/** The way from a leaf's hash to the root, for drawing; undefined if the proof's form is wrong. */
export const inclusionSteps = (
  leaf: Uint8Array,
  { index, size, path }: InclusionProof,
): readonly InclusionStep[] | undefined => {
  if (!isCount(index) || !isCount(size) || index >= size) return undefined;
  const steps: InclusionStep[] = [];
  let hash = leaf;
  let position = index;
  let last = size - 1;
  for (const digest of path) {
    if (last === 0 || !isHash(digest)) return undefined;
    const sibling = fromHex(digest);
    const side = position % 2 === 1 || position === last ? 'left' : 'right';
    hash = side === 'left' ? branchHash(sibling, hash) : branchHash(hash, sibling);
    steps.push({ sibling, side, hash });
    // A node without a right sibling stands for its parent, too.
    while (side === 'left' && position % 2 === 0 && position !== 0) {
      position = half(position);
      last = half(last);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 ? steps : undefined;
};

/** RFC 9162, section 2.1.4.1: proof that the first `from` leaves are a prefix of the first `to`. 0 ≤ from ≤ to. */
export const consistencyProof = (
  leaves: readonly Uint8Array[],
  from: number,
  to: number = leaves.length,
): readonly Digest[] => {
  if (!isCount(from) || !isCount(to) || from > to || to > leaves.length) {
    throw new RangeError(`consistency of ${from} with ${to} of ${leaves.length} leaves`);
  }
  if (from === 0 || from === to) return [];
  const hashes = leaves.slice(0, to).map(leafHash);
  return subProof(hashes, 0, to, from, true).map((hash) => toHex(hash) as Digest);
};

/** SUBPROOF of RFC 9162 over the range start…end, of which the first `from` leaves are the old tree's. */
const subProof = (
  hashes: readonly Uint8Array[],
  start: number,
  end: number,
  from: number,
  whole: boolean,
): Uint8Array[] => {
  if (from === end - start) return whole ? [] : [rootOfRange(hashes, start, end)];
  const middle = start + split(end - start);
  if (from <= middle - start) {
    return [...subProof(hashes, start, middle, from, whole), rootOfRange(hashes, middle, end)];
  }
  return [
    ...subProof(hashes, middle, end, from - (middle - start), false),
    rootOfRange(hashes, start, middle),
  ];
};

export interface TreeHead {
  readonly size: number;
  readonly root: Digest;
}

/** RFC 9162, section 2.1.4.2. An empty old tree is consistent with everything and needs an empty proof. */
export const verifyConsistency = (proof: readonly Digest[], from: TreeHead, to: TreeHead): boolean => {
  if (!isCount(from.size) || !isCount(to.size) || from.size > to.size) return false;
  if (!isHash(from.root) || !isHash(to.root)) return false;
  if (from.size === to.size) return proof.length === 0 && from.root === to.root;
  if (from.size === 0) return proof.length === 0 && from.root === emptyRoot();
  if (proof.length === 0 || !proof.every(isHash)) return false;
  const path = proof.map(fromHex);
  if (isPowerOfTwo(from.size)) path.unshift(fromHex(from.root));
  return climbBoth(path, from, to);
};

const climbBoth = (path: readonly Uint8Array[], from: TreeHead, to: TreeHead): boolean => {
  let position = from.size - 1;
  let last = to.size - 1;
  while (position % 2 === 1) {
    position = half(position);
    last = half(last);
  }
  let older = path[0]!;
  let newer = older;
  for (const sibling of path.slice(1)) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      older = branchHash(sibling, older);
      newer = branchHash(sibling, newer);
      while (position % 2 === 0 && position !== 0) {
        position = half(position);
        last = half(last);
      }
    } else {
      newer = branchHash(newer, sibling);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && equalBytes(older, fromHex(from.root)) && equalBytes(newer, fromHex(to.root));
};

const emptyRoot = (): string => toHex(sha256(new Uint8Array(0)));
/** Bit shifts would wrap at 2^31. */
const half = (value: number): number => Math.floor(value / 2);
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const isHash = (digest: string): boolean => /^[0-9a-f]{64}$/.test(digest);
const isPowerOfTwo = (value: number): boolean => 2 ** Math.floor(Math.log2(value)) === value;

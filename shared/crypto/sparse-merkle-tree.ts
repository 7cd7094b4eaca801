/**
 * The state tree: a sparse Merkle tree over 256-bit key digests, bits read from the most significant one. An
 * empty subtree hashes to 32 zero bytes, a leaf to digest("state-leaf", key ‖ value), a branch to
 * digest("state-branch", left ‖ right). A subtree with one key is that key's leaf: a leaf sits at the
 * shallowest path where its key is alone, so the shape depends on the keys only, not on their history.
 */
import { concatBytes, equalBytes, fromHex, toHex } from '../codec/hex.ts';
import { toUtf8 } from '../codec/utf8.ts';
import { type Digest, zeroDigest } from '../types/brands.ts';
import { digestBytes, domainPrefix } from './digest.ts';
import { sha256 } from './sha256.ts';

/** The bits from the root as '0' and '1'; '' is the root. */
export type NodePath = string;
export type TreeNode =
  | { readonly kind: 'leaf'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'branch'; readonly hash: Uint8Array };
export type GetNode = (path: NodePath) => TreeNode | undefined;

/** Key digest (32 bytes) and value digest (32 bytes), or undefined to remove the key. */
export type TreeChange = readonly [keyDigest: Uint8Array, valueDigest: Uint8Array | undefined];

export interface TreeUpdate {
  readonly root: Digest;
  /** Every node that is new or gone (undefined). */
  readonly nodes: Map<NodePath, TreeNode | undefined>;
}

/** Siblings from the root downwards (zeros if empty), and for absence the other leaf at the path's end, if any. */
export interface SparseMerkleProof {
  readonly siblings: readonly Digest[];
  readonly otherLeaf?: { readonly key: Digest; readonly value: Digest };
}

const keyBits = 256;
const emptyHash = new Uint8Array(32);

/** Root of the tree without keys. */
export const emptyTreeRoot: Digest = zeroDigest;

export const keyDigest = (key: string): Uint8Array => digestBytes('state-key', toUtf8(key));
export const valueDigest = (value: Uint8Array): Uint8Array => digestBytes('state-value', value);

export const nodeHash = (node: TreeNode | undefined): Uint8Array => {
  if (node === undefined) return emptyHash;
  return node.kind === 'branch' ? node.hash : leafNodeHash(node.key, node.value);
};
const leafNodeHash = (key: Uint8Array, value: Uint8Array): Uint8Array => hashPair(leafInput, key, value);
const branchNodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  hashPair(branchInput, left, right);

/** The two buffers are written over and over: a tree hashes ten nodes per change, and allocation would show. */
const pairInput = (domain: string): Uint8Array => concatBytes(domainPrefix(domain), new Uint8Array(64));
const leafInput = pairInput('state-leaf');
const branchInput = pairInput('state-branch');

const hashPair = (input: Uint8Array, first: Uint8Array, second: Uint8Array): Uint8Array => {
  input.set(first, input.length - 64);
  input.set(second, input.length - 32);
  return sha256(input);
};

/** Applies all changes in one walk that hashes each touched node once. Of two changes of a key the later counts. */
export const updateTree = (getNode: GetNode, changes: Iterable<TreeChange>): TreeUpdate => {
  const walk = new UpdateWalk(getNode, sortedByKey(changes));
  const root = walk.run();
  return { root: toHex(nodeHash(root)) as Digest, nodes: walk.nodes };
};

const sortedByKey = (changes: Iterable<TreeChange>): TreeChange[] => {
  const sorted = [...changes].sort((a, b) => compareBytes(a[0], b[0]));
  return sorted.filter((change, i) => {
    const next = sorted[i + 1];
    return next === undefined || !equalBytes(change[0], next[0]);
  });
};

class UpdateWalk {
  readonly nodes = new Map<NodePath, TreeNode | undefined>();
  private readonly getNode: GetNode;
  private readonly changes: readonly TreeChange[];

  constructor(getNode: GetNode, changes: readonly TreeChange[]) {
    this.getNode = getNode;
    this.changes = changes;
  }

  run(): TreeNode | undefined {
    if (this.changes.length === 0) return this.getNode('');
    return this.change('', 0, this.changes.length);
  }

  /** Applies the changes from `low` up to, not including, `high`, which all lie below `path`. */
  private change(path: NodePath, low: number, high: number): TreeNode | undefined {
    const node = this.getNode(path);
    if (node?.kind === 'branch') return this.changeBranch(path, low, high);
    return this.build(path, keysHere(node, this.changes.slice(low, high)));
  }

  private changeBranch(path: NodePath, low: number, high: number): TreeNode | undefined {
    const depth = path.length;
    const middle = firstRight(this.changes, depth, low, high);
    const leftPath = `${path}0`;
    const rightPath = `${path}1`;
    const left = low < middle ? this.change(leftPath, low, middle) : this.getNode(leftPath);
    const right = middle < high ? this.change(rightPath, middle, high) : this.getNode(rightPath);
    return this.join(path, left, right);
  }

  /** A subtree where so far at most one key was. */
  private build(path: NodePath, keys: readonly TreeChange[]): TreeNode | undefined {
    const [first] = keys;
    if (first === undefined) return this.put(path, undefined);
    if (keys.length === 1) {
      return this.put(path, { kind: 'leaf', key: first[0], value: first[1] as Uint8Array });
    }
    const middle = firstRight(keys, path.length, 0, keys.length);
    const left = middle > 0 ? this.build(`${path}0`, keys.slice(0, middle)) : undefined;
    const right = middle < keys.length ? this.build(`${path}1`, keys.slice(middle)) : undefined;
    return this.join(path, left, right);
  }

  /** A leaf without a sibling moves up. */
  private join(
    path: NodePath,
    left: TreeNode | undefined,
    right: TreeNode | undefined,
  ): TreeNode | undefined {
    if (left === undefined && (right === undefined || right.kind === 'leaf')) {
      if (right !== undefined) this.put(`${path}1`, undefined);
      return this.put(path, right);
    }
    if (right === undefined && left?.kind === 'leaf') {
      this.put(`${path}0`, undefined);
      return this.put(path, left);
    }
    return this.put(path, { kind: 'branch', hash: branchNodeHash(nodeHash(left), nodeHash(right)) });
  }

  private put(path: NodePath, node: TreeNode | undefined): TreeNode | undefined {
    this.nodes.set(path, node);
    return node;
  }
}

/** The keys that a leaf or an empty subtree holds after the changes, sorted. */
const keysHere = (node: TreeNode | undefined, changes: readonly TreeChange[]): readonly TreeChange[] => {
  const kept = changes.filter(([, value]) => value !== undefined);
  if (node?.kind !== 'leaf') return kept;
  if (changes.some(([key]) => equalBytes(key, node.key))) return kept;
  const at = kept.findIndex(([key]) => compareBytes(key, node.key) > 0);
  return kept.toSpliced(at < 0 ? kept.length : at, 0, [node.key, node.value]);
};

/** Where, among sorted keys that agree in the bits before, those with a one at `depth` begin. */
const firstRight = (keys: readonly TreeChange[], depth: number, low: number, high: number): number => {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (bitAt(keys[middle]![0], depth) === 1) to = middle;
    else from = middle + 1;
  }
  return from;
};

const bitAt = (key: Uint8Array, depth: number): number => (key[depth >> 3]! >> (7 - (depth & 7))) & 1;

const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
};

/** Proves that the key has its value, or that it is absent. */
export const proveKey = (getNode: GetNode, key: Uint8Array): SparseMerkleProof => {
  const siblings: Digest[] = [];
  let path = '';
  let node = getNode(path);
  while (node?.kind === 'branch') {
    const bit = bitAt(key, path.length);
    siblings.push(toHex(nodeHash(getNode(`${path}${1 - bit}`))) as Digest);
    path = `${path}${bit}`;
    node = getNode(path);
  }
  if (node === undefined || equalBytes(node.key, key)) return { siblings };
  return { siblings, otherLeaf: { key: toHex(node.key) as Digest, value: toHex(node.value) as Digest } };
};

/** `value` is the value's digest; undefined asks whether the key is absent. False on any malformed input. */
export const verifySparseProof = (
  root: Digest,
  key: Uint8Array,
  value: Uint8Array | undefined,
  proof: SparseMerkleProof,
): boolean => {
  const { siblings } = proof;
  if (key.length !== 32 || siblings.length > keyBits || !siblings.every(isDigest)) return false;
  let hash = value === undefined ? absentHash(key, proof) : presentHash(key, value, proof);
  if (hash === undefined) return false;
  for (let depth = siblings.length - 1; depth >= 0; depth--) {
    const sibling = fromHex(siblings[depth]!);
    hash = bitAt(key, depth) === 0 ? branchNodeHash(hash, sibling) : branchNodeHash(sibling, hash);
  }
  return toHex(hash) === root;
};

const presentHash = (
  key: Uint8Array,
  value: Uint8Array,
  { otherLeaf }: SparseMerkleProof,
): Uint8Array | undefined =>
  otherLeaf === undefined && value.length === 32 ? leafNodeHash(key, value) : undefined;

/** The path ends in nothing, or in the leaf of another key that shares the path's bits. */
const absentHash = (key: Uint8Array, { siblings, otherLeaf }: SparseMerkleProof): Uint8Array | undefined => {
  if (otherLeaf === undefined) return emptyHash;
  if (!isDigest(otherLeaf.key) || !isDigest(otherLeaf.value)) return undefined;
  const other = fromHex(otherLeaf.key);
  if (equalBytes(other, key)) return undefined;
  for (let depth = 0; depth < siblings.length; depth++) {
    if (bitAt(other, depth) !== bitAt(key, depth)) return undefined;
  }
  return leafNodeHash(other, fromHex(otherLeaf.value));
};

const isDigest = (digest: string): boolean => /^[0-9a-f]{64}$/.test(digest);

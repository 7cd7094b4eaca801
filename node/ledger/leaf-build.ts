/** Nodes of a subtree from its sorted leaves: the slow way that needs no node to be stored. */
import { signingBytes } from '../../shared/crypto/digest.ts';
import { sha256 } from '../../shared/crypto/sha256.ts';
import type { NodePath, TreeNode } from '../../shared/crypto/sparse-merkle-tree.ts';

export type Leaf = Extract<TreeNode, { kind: 'leaf' }>;
export type NodeSink = (path: NodePath, node: TreeNode) => void;

/** The branch over two subtrees; a leaf alone moves up. Children of a branch are final and go to `sink`. */
export function joinNodes(
  path: NodePath,
  left: TreeNode | undefined,
  right: TreeNode | undefined,
  sink: NodeSink,
): TreeNode | undefined {
  if (left === undefined && right?.kind !== 'branch') return right;
  if (right === undefined && left?.kind !== 'branch') return left;
  if (left !== undefined) sink(`${path}0`, left);
  if (right !== undefined) sink(`${path}1`, right);
  return { kind: 'branch', hash: hashPair(branchInput, hashOf(left), hashOf(right)) };
}

/** What is hashed for a node: its domain and two times 32 bytes, filled in again for each: a start hashes millions. */
const branchInput = signingBytes('state-branch', '', new Uint8Array(64));
const leafInput = signingBytes('state-leaf', '', new Uint8Array(64));
const emptyHash = new Uint8Array(32);

function hashPair(input: Uint8Array, first: Uint8Array, second: Uint8Array): Uint8Array {
  input.set(first, input.length - 64);
  input.set(second, input.length - 32);
  return sha256(input);
}

/** The same as `nodeHash` of shared/crypto/sparse-merkle-tree.ts. */
function hashOf(node: TreeNode | undefined): Uint8Array {
  if (node === undefined) return emptyHash;
  return node.kind === 'branch' ? node.hash : hashPair(leafInput, node.key, node.value);
}

/** Root of the subtree of `leaves[from…to)`, sorted by key, all of whose keys begin with `path`. */
export function buildSubtree(
  path: NodePath,
  leaves: readonly Leaf[],
  sink: NodeSink,
  from = 0,
  to: number = leaves.length,
): TreeNode | undefined {
  if (to - from <= 1) return from === to ? undefined : leaves[from];
  const middle = firstRight(leaves, path.length, from, to);
  const left = buildSubtree(`${path}0`, leaves, sink, from, middle);
  const right = buildSubtree(`${path}1`, leaves, sink, middle, to);
  return joinNodes(path, left, right, sink);
}

function firstRight(leaves: readonly Leaf[], depth: number, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bitAt(leaves[middle]!.key, depth) === 1) high = middle;
    else low = middle + 1;
  }
  return low;
}

const bitAt = (key: Uint8Array, depth: number): number => (key[depth >> 3]! >> (7 - (depth & 7))) & 1;

/** Smallest and largest 32-byte keys that begin with these bits. */
export function keyRange(path: NodePath): { readonly first: Uint8Array; readonly last: Uint8Array } {
  const first = new Uint8Array(32);
  const last = new Uint8Array(32).fill(0xff);
  for (let depth = 0; depth < path.length; depth++) {
    const mask = 0x80 >> (depth & 7);
    if (path[depth] === '1') first[depth >> 3]! |= mask;
    else last[depth >> 3]! &= ~mask;
  }
  return { first, last };
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildTree } from '../../test/reference/sparse-merkle-tree.ts';
import { fromHex, toHex } from '../codec/hex.ts';
import type { Digest } from '../types/brands.ts';
import {
  emptyTreeRoot,
  keyDigest,
  type NodePath,
  proveKey,
  type SparseMerkleProof,
  type TreeChange,
  type TreeNode,
  updateTree,
  valueDigest,
  verifySparseProof,
} from './sparse-merkle-tree.ts';

/** A tree in a Map, as the simulator keeps it. */
class MapTree {
  readonly nodes = new Map<NodePath, TreeNode>();
  root: Digest = emptyTreeRoot;
  readonly getNode = (path: NodePath): TreeNode | undefined => this.nodes.get(path);

  apply(changes: readonly TreeChange[]): void {
    const update = updateTree(this.getNode, changes);
    for (const [path, node] of update.nodes) {
      if (node === undefined) this.nodes.delete(path);
      else this.nodes.set(path, node);
    }
    this.root = update.root;
  }

  shape(): Map<string, string> {
    return new Map(
      [...this.nodes].map(([path, node]) => [path, node.kind === 'branch' ? 'branch' : toHex(node.key)]),
    );
  }
}

const value = (n: number): Uint8Array => valueDigest(Uint8Array.of(n));
/** Keys that share long prefixes are as likely as those that do not. */
const key = fc.oneof(
  fc.nat(40).map((n) => keyDigest(String(n))),
  fc.nat(15).map((n) => new Uint8Array(32).fill(0xff, 0, 31).fill(n, 31)),
  fc.nat(7).map((n) => new Uint8Array(32).fill(n << 5, 0, 1)),
);
const changes = fc.array(fc.tuple(key, fc.option(fc.nat(5).map(value), { nil: undefined })), {
  maxLength: 25,
});

describe('the state tree', () => {
  test('after any updates it equals the tree rebuilt from scratch, node by node', () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 6 }), (rounds) => {
        const tree = new MapTree();
        const entries = new Map<string, Uint8Array>();
        for (const round of rounds) {
          tree.apply(round);
          for (const [key, value] of round) {
            if (value === undefined) entries.delete(toHex(key));
            else entries.set(toHex(key), value);
          }
          const rebuilt = buildTree([...entries].map(([key, value]) => ({ key: fromHex(key), value })));
          expect(tree.root).toBe(toHex(rebuilt.hash));
          expect(tree.shape()).toEqual(rebuilt.shape);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('every key is proven present or absent, and never the opposite', () => {
    fc.assert(
      fc.property(changes, key, (initial, asked) => {
        const tree = new MapTree();
        tree.apply(initial);
        const stored = initial.findLast(([key]) => toHex(key) === toHex(asked))?.[1];
        const proof = proveKey(tree.getNode, asked);
        expect(verifySparseProof(tree.root, asked, stored, proof)).toBe(true);
        expect(verifySparseProof(tree.root, asked, stored === undefined ? value(9) : undefined, proof)).toBe(
          false,
        );
        expect(verifySparseProof(tree.root, asked, value(9), proof)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('a proof with any sibling changed, removed or added is refused', () => {
    const tree = new MapTree();
    tree.apply(Array.from({ length: 50 }, (_, i) => [keyDigest(String(i)), value(i)] as const));
    const asked = keyDigest('7');
    const proof = proveKey(tree.getNode, asked);
    const holds = (changed: SparseMerkleProof): boolean =>
      verifySparseProof(tree.root, asked, value(7), changed);
    const { siblings } = proof;
    expect(holds(proof)).toBe(true);
    siblings.forEach((_, i) => {
      expect(holds({ siblings: siblings.with(i, 'ab'.repeat(32) as Digest) })).toBe(false);
      expect(holds({ siblings: siblings.toSpliced(i, 1) })).toBe(false);
      expect(holds({ siblings: siblings.toSpliced(i, 0, siblings[i]!) })).toBe(false);
    });
    expect(holds({ siblings: ['x' as Digest] })).toBe(false);
    expect(holds({ siblings: Array.from({ length: 257 }, () => emptyTreeRoot) })).toBe(false);
    expect(verifySparseProof(tree.root, new Uint8Array(31), value(7), proof)).toBe(false);
  });

  test('the other leaf that proves absence must lie on the path of the absent key', () => {
    const tree = new MapTree();
    const keys = Array.from({ length: 20 }, (_, i) => keyDigest(String(i)));
    tree.apply(keys.map((key, i) => [key, value(i)] as const));
    for (const present of keys) {
      for (const other of keys.filter((candidate) => candidate !== present)) {
        const { siblings } = proveKey(tree.getNode, other);
        const leaf = tree.nodes.get([...tree.shape()].find(([, name]) => name === toHex(other))![0]);
        const value = leaf?.kind === 'leaf' ? (toHex(leaf.value) as Digest) : emptyTreeRoot;
        const forged = { siblings, otherLeaf: { key: toHex(other) as Digest, value } };
        expect(verifySparseProof(tree.root, present, undefined, forged)).toBe(false);
      }
    }
  });

  test('removing every key leaves the empty tree and no node', () => {
    const tree = new MapTree();
    const keys = Array.from({ length: 300 }, (_, i) => keyDigest(String(i)));
    tree.apply(keys.map((key) => [key, value(1)] as const));
    expect(tree.root).not.toBe(emptyTreeRoot);
    tree.apply(keys.map((key) => [key, undefined] as const));
    expect(tree.root).toBe(emptyTreeRoot);
    expect(tree.nodes.size).toBe(0);
    tree.apply([]);
    expect(tree.root).toBe(emptyTreeRoot);
  });

  test('each node that a walk touches is read once', () => {
    const tree = new MapTree();
    tree.apply(Array.from({ length: 500 }, (_, i) => [keyDigest(String(i)), value(1)] as const));
    const reads: NodePath[] = [];
    const counted = (path: NodePath): TreeNode | undefined => {
      reads.push(path);
      return tree.getNode(path);
    };
    updateTree(
      counted,
      Array.from({ length: 100 }, (_, i) => [keyDigest(String(i)), value(2)] as const),
    );
    expect(new Set(reads).size).toBe(reads.length);
  });
});

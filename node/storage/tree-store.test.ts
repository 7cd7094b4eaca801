/** Nodes from memory, from leaves and across checkpoints against a tree that is kept whole. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../shared/codec/hex.ts';
import {
  emptyTreeRoot,
  type NodePath,
  nodeHash,
  type TreeChange,
  type TreeNode,
  updateTree,
} from '../../shared/crypto/sparse-merkle-tree.ts';
import { keyRange, type Leaf } from '../ledger/leaf-build.ts';
import { levelsDepth, makeTreeLevels } from './tree-levels.ts';
import { buildTreeStore, type TreeStore } from './tree-store.ts';

/** Keys that agree in so many bits that their nodes lie above, at and below the depth that memory holds. */
const key = fc
  .tuple(
    fc.constantFrom(0, 1, 0xfe),
    fc.constantFrom(0, 0x80),
    fc.constantFrom(0, 0x20, 0x30, 0x38),
    fc.nat(3),
  )
  .map((bytes) => Uint8Array.from({ length: 32 }, (_, at) => bytes[at] ?? 7));
const value = fc.nat(250).map((byte) => new Uint8Array(32).fill(byte));
const round = fc.uniqueArray(fc.tuple(key, fc.option(value, { nil: undefined })), {
  selector: ([bytes]) => toHex(bytes),
  maxLength: 12,
});

class Whole {
  readonly nodes = new Map<NodePath, TreeNode>();
  readonly leaves = new Map<string, Leaf>();

  apply(changes: readonly TreeChange[]): ReadonlyMap<NodePath, TreeNode | undefined> {
    const { nodes } = updateTree((path) => this.nodes.get(path), changes);
    for (const [path, node] of nodes) {
      if (node === undefined) this.nodes.delete(path);
      else this.nodes.set(path, node);
    }
    for (const [bytes, digest] of changes) {
      if (digest === undefined) this.leaves.delete(toHex(bytes));
      else this.leaves.set(toHex(bytes), { kind: 'leaf', key: bytes, value: digest });
    }
    return nodes;
  }

  readonly under = (path: NodePath): readonly Leaf[] => {
    const { first, last } = keyRange(path);
    return [...this.leaves.entries()]
      .filter(([hex]) => hex >= toHex(first) && hex <= toHex(last))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, leaf]) => leaf);
  };

  store(): TreeStore {
    return buildTreeStore({
      leaves: this.under,
      damaged: (path) => {
        throw new Error(`damaged at ${path}`);
      },
    });
  }
}

function expectSame(store: TreeStore, whole: Whole): void {
  for (const [path, node] of whole.nodes) expect(store.getNode(path), path).toEqual(node);
  // What is not there is not served either.
  for (const path of whole.nodes.keys())
    for (const below of [`${path}0`, `${path}1`])
      expect(store.getNode(below), below).toEqual(whole.nodes.get(below));
}

describe('the tree on disk', () => {
  it('has the same nodes as one kept whole, built anew or updated', () => {
    let deepest = 0;
    fc.assert(
      fc.property(fc.array(round, { maxLength: 5 }), (rounds) => {
        const whole = new Whole();
        const updated = whole.store();
        for (const changes of rounds) {
          updated.update(whole.apply(changes));
          expectSame(updated, whole);
        }
        expectSame(whole.store(), whole);
        deepest = Math.max(deepest, ...[...whole.nodes.keys()].map((path) => path.length));
      }),
      { numRuns: 25 },
    );
    expect(deepest).toBeGreaterThan(levelsDepth + 2);
  }, 60_000);

  it('of no leaves is empty', () => {
    expect(toHex(nodeHash(new Whole().store().getNode('')))).toBe(emptyTreeRoot);
  });

  it('names a subtree that differs from the hash above it', () => {
    const whole = new Whole();
    const keys = [0x20, 0x21].map((byte) =>
      Uint8Array.from({ length: 32 }, (_, at) => (at === 2 ? byte : 0)),
    );
    whole.apply(keys.map((bytes) => [bytes, new Uint8Array(32).fill(1)] as const));
    const store = whole.store();
    whole.leaves.set(toHex(keys[1]!), { kind: 'leaf', key: keys[1]!, value: new Uint8Array(32).fill(2) });
    const path = [...whole.nodes.keys()].find((candidate) => candidate.length > levelsDepth)!;
    expect(() => store.getNode(path)).toThrow('damaged at');
  });

  it('gives away copies', () => {
    const levels = makeTreeLevels();
    levels.set('01', { kind: 'branch', hash: new Uint8Array(32).fill(1) });
    const node = levels.get('01');
    levels.set('01', { kind: 'branch', hash: new Uint8Array(32).fill(2) });
    expect(node).toEqual({ kind: 'branch', hash: new Uint8Array(32).fill(1) });
  });
});

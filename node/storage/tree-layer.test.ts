/** A start from the layer of the last checkpoint has the same tree as one from all leaves. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type NodePath,
  nodeHash,
  type TreeNode,
  updateTree,
} from '../../shared/crypto/sparse-merkle-tree.ts';
import type { Leaf } from '../ledger/leaf-build.ts';
import { type Database, openDatabase } from './database.ts';
import { derivedFormat } from './derived-file.ts';
import { type TemporaryDirectory, temporaryDirectory } from './test-support.ts';
import { layerDepth, layerRows } from './tree-layer.ts';
import { buildTreeStore, type TreeStore } from './tree-store.ts';

const leafCount = 90_000;
let directory: TemporaryDirectory;
let database: Database;
/** By the first bits of their keys. */
const leaves = new Map<NodePath, Leaf[]>();

const keyOf = (number: number): Uint8Array =>
  new Uint8Array(createHash('sha256').update(`leaf ${number}`).digest());
const valueBytes = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const bitsOf = (key: Uint8Array): NodePath =>
  [...key.subarray(0, 3)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
const topOf = (key: Uint8Array): NodePath => bitsOf(key).slice(0, layerDepth);

const source = (path: NodePath): readonly Leaf[] =>
  path.length >= layerDepth
    ? (leaves.get(path.slice(0, layerDepth)) ?? []).filter(({ key }) => bitsOf(key).startsWith(path))
    : [...leaves].filter(([top]) => top.startsWith(path)).flatMap(([, list]) => list);

beforeAll(() => {
  directory = temporaryDirectory();
  database = openDatabase(join(directory.path, 'derived.db'), derivedFormat);
  const all = Array.from(
    { length: leafCount },
    (_, number): Leaf => ({
      kind: 'leaf',
      key: keyOf(number),
      value: valueBytes(1),
    }),
  ).sort((one, other) => Buffer.compare(one.key, other.key));
  for (const leaf of all) {
    const top = topOf(leaf.key);
    const list = leaves.get(top);
    if (list === undefined) leaves.set(top, [leaf]);
    else list.push(leaf);
  }
});
afterAll(() => {
  database.close();
  directory.remove();
});

function storeFrom(layer?: readonly TreeNode[]): TreeStore {
  return buildTreeStore({
    leaves: source,
    layer,
    damaged: (path) => {
      throw new Error(`damaged at ${path}`);
    },
  });
}

function change(store: TreeStore, number: number, value: Uint8Array): Map<NodePath, TreeNode | undefined> {
  const key = keyOf(number);
  const { nodes } = updateTree(store.getNode, [[key, value]]);
  const list = leaves.get(topOf(key))!;
  list[list.findIndex((leaf) => Buffer.compare(leaf.key, key) === 0)] = { kind: 'leaf', key, value };
  return nodes;
}

describe('the layer of a large tree', () => {
  it('gives the same nodes, written whole or page by page, also after changes', () => {
    const built = storeFrom();
    const rows = layerRows(database);
    expect(rows.load()).toBeUndefined();
    rows.write([], built.getNode);
    const started = storeFrom(layerRows(database).load());
    expect(nodeHash(started.getNode(''))).toEqual(nodeHash(built.getNode('')));
    for (const number of [3, 77, 4_711]) {
      const nodes = change(started, number, valueBytes(2));
      started.update(nodes);
      built.update(nodes);
      rows.write(nodes.keys(), built.getNode);
      for (const path of nodes.keys()) expect(started.getNode(path)).toEqual(built.getNode(path));
    }
    const again = storeFrom(layerRows(database).load());
    expect(nodeHash(again.getNode(''))).toEqual(nodeHash(storeFrom().getNode('')));
    while (again.fillNext());
    for (const number of [3, 500]) {
      const path = bitsOf(keyOf(number)).slice(0, 16);
      expect(again.getNode(path)).toEqual(built.getNode(path));
    }
  }, 60_000);

  it('finds a damaged leaf when its part is built', () => {
    const layer = layerRows(database).load();
    const list = leaves.get(topOf(keyOf(9)))!;
    const [first] = list;
    list[0] = { ...first!, value: valueBytes(9) };
    const store = storeFrom(layer);
    expect(() => {
      while (store.fillNext());
    }).toThrow(`damaged at ${topOf(keyOf(9))}`);
    list[0] = first!;
  }, 60_000);

  it('is not there for a tree that has gaps at its depth, nor when a page is damaged', () => {
    database.prepare('UPDATE tree_layer SET nodes = zeroblob(8192) WHERE page = 3').run();
    const rows = layerRows(database);
    expect(rows.load()).toBeUndefined();
    rows.drop();
    rows.write([], (path) =>
      path.length === layerDepth ? undefined : { kind: 'branch', hash: valueBytes(1) },
    );
    expect(layerRows(database).load()).toBeUndefined();
  });
});

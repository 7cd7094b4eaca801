/**
 * The tree's nodes at one depth, kept with every checkpoint of a large state: a start joins four thousand nodes to
 * the root instead of hashing every leaf. What lies below is built from the leaves when it is needed, or beside the
 * node's work. A tree that is not full at this depth is built from its leaves in no time, and has no layer.
 */
import type { NodePath, TreeNode } from '../../shared/crypto/sparse-merkle-tree.ts';
import { piecePath } from '../ledger/snapshot-manifest.ts';
import type { Database } from './database.ts';
import { isBytes, plainBytes } from './row-check.ts';
import { blobCrc } from './row-crc.ts';

export const layerDepth = 12;
const layerNodes = 2 ** layerDepth;
const pageNodes = 256;
const hashBytes = 32;

/** One branch for each path of this depth, from left to right. */
export type TreeLayer = readonly TreeNode[];
type GetNode = (path: NodePath) => TreeNode | undefined;

export interface LayerRows {
  /** undefined if there is none, or none that is whole. */
  load(): TreeLayer | undefined;
  /** Takes up what a checkpoint changed; to be called inside its transaction. `getNode` is the tree after it. */
  write(changed: Iterable<NodePath>, getNode: GetNode): void;
  /** The next start looks at every leaf again. */
  drop(): void;
}

export function layerRows(database: Database): LayerRows {
  const select = database.prepare<[], { page: number; nodes: Buffer; crc: number }>(
    'SELECT * FROM tree_layer ORDER BY page',
  );
  const put = database.prepare('INSERT OR REPLACE INTO tree_layer VALUES (?, ?, ?)');
  const remove = database.prepare('DELETE FROM tree_layer');
  let layer: TreeNode[] | undefined;

  function load(): TreeLayer | undefined {
    const rows = select.all();
    const isWhole =
      rows.length === layerNodes / pageNodes &&
      rows.every(
        ({ page, nodes, crc }, index) =>
          page === index && isBytes(nodes) && blobCrc(nodes, 'tree_layer', page) === crc,
      );
    layer = isWhole ? rows.flatMap(({ nodes }) => unpackPage(plainBytes(nodes))) : undefined;
    return layer;
  }

  function write(changed: Iterable<NodePath>, getNode: GetNode): void {
    const before = layer;
    const dirty = before === undefined ? allPages() : new Set<number>();
    layer = before === undefined ? collect(getNode) : before;
    for (const path of before === undefined ? [] : changed) {
      if (path.length > layerDepth) continue;
      const node = getNode(path);
      if (node?.kind !== 'branch') {
        drop();
        return;
      }
      if (path.length < layerDepth) continue;
      const index = Number.parseInt(path, 2);
      layer![index] = node;
      dirty.add(Math.floor(index / pageNodes));
    }
    if (layer !== undefined) for (const page of dirty) writePage(layer, page);
  }

  function writePage(nodes: TreeLayer, page: number): void {
    const packed = packPage(nodes.slice(page * pageNodes, (page + 1) * pageNodes));
    put.run(page, packed, blobCrc(packed, 'tree_layer', page));
  }

  function drop(): void {
    layer = undefined;
    remove.run();
  }

  return { load, write, drop };
}

const allPages = (): Set<number> => new Set(Array(layerNodes / pageNodes).keys());

/** All nodes at this depth, if each of them is a branch. */
function collect(getNode: GetNode): TreeNode[] | undefined {
  const nodes: TreeNode[] = [];
  for (let index = 0; index < layerNodes; index += 1) {
    const node = getNode(piecePath(index, layerDepth));
    if (node?.kind !== 'branch') return undefined;
    nodes.push(node);
  }
  return nodes;
}

function packPage(nodes: TreeLayer): Uint8Array {
  const packed = new Uint8Array(pageNodes * hashBytes);
  nodes.forEach((node, place) => {
    if (node.kind === 'branch') packed.set(node.hash, place * hashBytes);
  });
  return packed;
}

const unpackPage = (packed: Uint8Array): TreeNode[] =>
  Array.from({ length: pageNodes }, (_, place) => ({
    kind: 'branch',
    hash: packed.slice(place * hashBytes, (place + 1) * hashBytes),
  }));

/**
 * Nodes of the state tree as the last checkpoint has it: near the root in memory, below that computed from the
 * leaves on disk and kept for a while. What is computed must hash to the node that memory holds above it.
 */
import { equalBytes } from '../../shared/codec/hex.ts';
import { type NodePath, nodeHash, type TreeNode } from '../../shared/crypto/sparse-merkle-tree.ts';
import { buildSubtree, joinNodes, type Leaf } from '../ledger/leaf-build.ts';
import { piecePath } from '../ledger/snapshot-manifest.ts';
import { layerDepth, type TreeLayer } from './tree-layer.ts';
import { levelsDepth, makeTreeLevels } from './tree-levels.ts';

/** Leaves whose keys begin with these bits, sorted by key. */
export type LeafSource = (path: NodePath) => readonly Leaf[];

export interface TreeStore {
  getNode(path: NodePath): TreeNode | undefined;
  /** Builds, and so checks, one more part of what a layer left open; false if nothing is open any more. */
  fillNext(): boolean;
  /** The leaves on disk have changed accordingly. */
  update(nodes: Iterable<readonly [NodePath, TreeNode | undefined]>): void;
}

export interface TreeStoreOptions {
  readonly leaves: LeafSource;
  /** A subtree on disk differs from the hash that memory has for it. */
  readonly damaged: (path: NodePath) => never;
  /** Nodes that the last checkpoint left: only what is asked for is then built from leaves. */
  readonly layer?: TreeLayer | undefined;
}

/** Leaves are read in so many pieces, which bounds the memory that building takes. */
const buildDepth = 10;
const subtreesMax = 20_000;

/** Builds the upper levels from all leaves, or from a layer down to its depth. */
export function buildTreeStore({ leaves, damaged, layer }: TreeStoreOptions): TreeStore {
  const levels = makeTreeLevels();
  const subtrees = new Map<NodePath, ReadonlyMap<NodePath, TreeNode>>();
  const keep = (path: NodePath, node: TreeNode) => {
    if (path.length <= levelsDepth) levels.set(path, node);
  };
  levels.set('', layer === undefined ? buildFrom('', leaves, keep) : joinLayer('', layer, keep));
  /** Paths of the layer's depth below which the levels are not built yet. */
  const open = new Set(
    layer === undefined ? [] : Array.from(layer, (_, index) => piecePath(index, layerDepth)),
  );

  function fill(top: NodePath): void {
    open.delete(top);
    const expected = levels.get(top);
    if (expected?.kind !== 'branch') return;
    const root = buildSubtree(top, leaves(top), keep);
    if (!equalBytes(nodeHash(root), expected.hash)) damaged(top);
  }

  function fillNext(): boolean {
    const [top] = open;
    if (top !== undefined) fill(top);
    return open.size > 0;
  }

  function getNode(path: NodePath): TreeNode | undefined {
    if (open.size > 0 && path.length > layerDepth) {
      const top = path.slice(0, layerDepth);
      if (open.has(top)) fill(top);
    }
    if (path.length <= levelsDepth) return levels.get(path);
    return subtree(path.slice(0, levelsDepth)).get(path);
  }

  function subtree(top: NodePath): ReadonlyMap<NodePath, TreeNode> {
    const known = subtrees.get(top);
    if (known !== undefined) return known;
    const nodes = loadSubtree(top);
    subtrees.set(top, nodes);
    const [oldest] = subtrees.keys();
    if (subtrees.size > subtreesMax && oldest !== undefined) subtrees.delete(oldest);
    return nodes;
  }

  function loadSubtree(top: NodePath): ReadonlyMap<NodePath, TreeNode> {
    const expected = levels.get(top);
    const nodes = new Map<NodePath, TreeNode>();
    // Above a leaf or nothing there is no subtree to ask for.
    if (expected?.kind !== 'branch') return nodes;
    const root = buildSubtree(top, leaves(top), (path, node) => nodes.set(path, node));
    if (!equalBytes(nodeHash(root), expected.hash)) damaged(top);
    return nodes;
  }

  function update(nodes: Iterable<readonly [NodePath, TreeNode | undefined]>): void {
    for (const [path, node] of nodes) {
      const isOpen = path.length > layerDepth && open.has(path.slice(0, layerDepth));
      if (path.length <= levelsDepth && !isOpen) levels.set(path, node);
      if (path.length >= levelsDepth) subtrees.delete(path.slice(0, levelsDepth));
    }
  }

  return { getNode, fillNext, update };
}

function joinLayer(
  path: NodePath,
  nodes: TreeLayer,
  sink: (path: NodePath, node: TreeNode) => void,
): TreeNode | undefined {
  if (nodes.length === 1) return nodes[0];
  const middle = nodes.length / 2;
  const left = joinLayer(`${path}0`, nodes.slice(0, middle), sink);
  const right = joinLayer(`${path}1`, nodes.slice(middle), sink);
  return joinNodes(path, left, right, sink);
}

function buildFrom(
  path: NodePath,
  leaves: LeafSource,
  sink: (path: NodePath, node: TreeNode) => void,
): TreeNode | undefined {
  if (path.length === buildDepth) return buildSubtree(path, leaves(path), sink);
  return joinNodes(path, buildFrom(`${path}0`, leaves, sink), buildFrom(`${path}1`, leaves, sink), sink);
}

/**
 * Nodes of the state tree as the last checkpoint has it: near the root in memory, below that computed from the
 * leaves on disk and kept for a while. What is computed must hash to the node that memory holds above it.
 */
import { equalBytes } from '../../shared/codec/hex.ts';
import { type NodePath, nodeHash, type TreeNode } from '../../shared/crypto/sparse-merkle-tree.ts';
import { buildSubtree, joinNodes, type Leaf } from '../ledger/leaf-build.ts';
import { levelsDepth, makeTreeLevels } from './tree-levels.ts';

/** Leaves whose keys begin with these bits, sorted by key. */
export type LeafSource = (path: NodePath) => readonly Leaf[];

export interface TreeStore {
  getNode(path: NodePath): TreeNode | undefined;
  /** The leaves on disk have changed accordingly. */
  update(nodes: Iterable<readonly [NodePath, TreeNode | undefined]>): void;
}

export interface TreeStoreOptions {
  readonly leaves: LeafSource;
  /** A subtree on disk differs from the hash that memory has for it. */
  readonly damaged: (path: NodePath) => never;
}

/** Leaves are read in so many pieces, which bounds the memory that building takes. */
const buildDepth = 10;
const subtreesMax = 20_000;

/** Builds the upper levels from all leaves. */
export function buildTreeStore({ leaves, damaged }: TreeStoreOptions): TreeStore {
  const levels = makeTreeLevels();
  const subtrees = new Map<NodePath, ReadonlyMap<NodePath, TreeNode>>();
  const keep = (path: NodePath, node: TreeNode) => {
    if (path.length <= levelsDepth) levels.set(path, node);
  };
  levels.set('', buildFrom('', leaves, keep));

  function getNode(path: NodePath): TreeNode | undefined {
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
      if (path.length <= levelsDepth) levels.set(path, node);
      if (path.length >= levelsDepth) subtrees.delete(path.slice(0, levelsDepth));
    }
  }

  return { getNode, update };
}

function buildFrom(
  path: NodePath,
  leaves: LeafSource,
  sink: (path: NodePath, node: TreeNode) => void,
): TreeNode | undefined {
  if (path.length === buildDepth) return buildSubtree(path, leaves(path), sink);
  return joinNodes(path, buildFrom(`${path}0`, leaves, sink), buildFrom(`${path}1`, leaves, sink), sink);
}

/**
 * The tree's nodes near the root, packed: 65 bytes a node instead of some 250 as objects. A million leaves take
 * about 35 MB. Levels are cut into pages of 64 nodes, allocated when the first of them exists.
 */
import type { NodePath, TreeNode } from '../../shared/crypto/sparse-merkle-tree.ts';

/** Nodes at this depth and above are kept here; deeper ones are computed from the leaves. */
export const levelsDepth = 18;

const pageNodes = 64;
const nodeBytes = 64;
const kindLeaf = 1;
const kindBranch = 2;

export interface TreeLevels {
  /** `path` is not longer than `levelsDepth`. The node's bytes are copies. */
  get(path: NodePath): TreeNode | undefined;
  set(path: NodePath, node: TreeNode | undefined): void;
}

export function makeTreeLevels(): TreeLevels {
  const levels: (Uint8Array | undefined)[][] = Array.from({ length: levelsDepth + 1 }, () => []);

  function get(path: NodePath): TreeNode | undefined {
    const index = indexOf(path);
    const page = levels[path.length]?.[Math.floor(index / pageNodes)];
    const place = index % pageNodes;
    const kind = page?.[place];
    if (page === undefined || kind === undefined || kind === 0) return undefined;
    const at = pageNodes + place * nodeBytes;
    if (kind === kindBranch) return { kind: 'branch', hash: page.slice(at, at + 32) };
    return { kind: 'leaf', key: page.slice(at, at + 32), value: page.slice(at + 32, at + 64) };
  }

  function set(path: NodePath, node: TreeNode | undefined): void {
    const index = indexOf(path);
    const level = levels[path.length]!;
    const number = Math.floor(index / pageNodes);
    if (node === undefined && level[number] === undefined) return;
    level[number] ??= new Uint8Array(pageNodes * (1 + nodeBytes));
    writeNode(level[number], index % pageNodes, node);
  }

  return { get, set };
}

function writeNode(page: Uint8Array, place: number, node: TreeNode | undefined): void {
  const at = pageNodes + place * nodeBytes;
  page[place] = node === undefined ? 0 : node.kind === 'leaf' ? kindLeaf : kindBranch;
  if (node?.kind === 'branch') page.set(node.hash, at);
  if (node?.kind === 'leaf') {
    page.set(node.key, at);
    page.set(node.value, at + 32);
  }
}

/** The path's bits as a number. */
function indexOf(path: NodePath): number {
  let index = 0;
  for (let at = 0; at < path.length; at++) index = index * 2 + (path.charCodeAt(at) - 48);
  return index;
}

/**
 * State and its tree. Three stages: blocks executed and not yet certified, one layer each; what is certified since
 * the last checkpoint; the checkpoint on disk. Proofs are given for the certified stage, whatever runs ahead of it.
 */

import { toHex } from '../../shared/codec/hex.ts';
import type { Frontier } from '../../shared/crypto/merkle.ts';
import { type NodePath, nodeHash, type TreeNode } from '../../shared/crypto/sparse-merkle-tree.ts';
import { type BlockHash, type Digest, type Height, nextHeight } from '../../shared/types/brands.ts';
import { hasLeaf } from '../ledger/state-keys.ts';
import type { ExecutedBlock, StateView, TreeView } from '../ledger/types.ts';
import type { StatePort } from '../runtime/ports.ts';
import type { GenesisBlock } from './block-store.ts';
import type { Database } from './database.ts';
import { damaged, namedError, StorageError } from './errors.ts';
import type { Fatal } from './group-commit.ts';
import { type Checkpoint, type StateRows, stateRows } from './state-rows.ts';
import { buildTreeStore, type TreeStore } from './tree-store.ts';

/** State that genesis starts with. */
export interface GenesisState extends GenesisBlock {
  readonly changes: ReadonlyMap<string, Uint8Array | undefined>;
  /** Over the hash of block 0. */
  readonly history: Frontier;
}

/** State at the highest certified height. */
export interface CertifiedState extends StateView, TreeView {
  readonly height: Height;
  readonly hash: BlockHash;
}

export interface StateStore extends StatePort {
  certifiedState(): CertifiedState;
  /** Writes what is certified to disk now. */
  checkpoint(): void;
  /** Height of the checkpoint on disk. */
  checkpointHeight(): Height;
  close(): void;
}

export interface StateStoreOptions {
  readonly database: Database;
  readonly file: string;
  readonly genesis: GenesisState;
  readonly fatal: Fatal;
  /** So many changed keys, or so much time, make a checkpoint due. */
  readonly checkpointChanges: number;
  readonly checkpointMs: number;
}

/** What one block, or all certified ones since the checkpoint, changed. */
interface Layer extends Checkpoint {
  readonly changes: ReadonlyMap<string, Uint8Array | undefined>;
  readonly nodes: ReadonlyMap<NodePath, TreeNode | undefined>;
}

const cachedValuesMax = 20_000;

/** @throws StorageError `data-damaged` if the leaves on disk do not hash to the checkpoint's state root. */
export function openStateStore(options: StateStoreOptions): StateStore {
  const { database, file, genesis, fatal } = options;
  const rows = stateRows(database, file);
  let onDisk = rows.checkpoint() ?? writeGenesis(database, rows, genesis);
  const tree = buildTreeStore({
    leaves: rows.leaves,
    damaged: (path) => {
      throw damaged(file, 'state', `bits ${path}`);
    },
  });
  if (rootOf(tree) !== onDisk.stateRoot) throw damaged(file, 'state', `height ${onDisk.height}`);

  const cache = valueCache(rows);
  const certifiedChanges = new Map<string, Uint8Array | undefined>();
  const certifiedNodes = new Map<NodePath, TreeNode | undefined>();
  let certifiedAt: Checkpoint = onDisk;
  /** Ascending by height. */
  let ahead: Layer[] = [];
  let timer: NodeJS.Timeout | undefined;
  let broken = false;

  const certifiedGet = (key: string): Uint8Array | undefined =>
    certifiedChanges.has(key) ? certifiedChanges.get(key) : cache.get(key);
  const certifiedNode = (path: NodePath): TreeNode | undefined =>
    certifiedNodes.has(path) ? certifiedNodes.get(path) : tree.getNode(path);
  const latest = (): Checkpoint => ahead.at(-1) ?? certifiedAt;

  function get(key: string): Uint8Array | undefined {
    for (let at = ahead.length - 1; at >= 0; at--) {
      const { changes } = ahead[at]!;
      if (changes.has(key)) return changes.get(key);
    }
    return certifiedGet(key);
  }

  function getNode(path: NodePath): TreeNode | undefined {
    for (let at = ahead.length - 1; at >= 0; at--) {
      const { nodes } = ahead[at]!;
      if (nodes.has(path)) return nodes.get(path);
    }
    return certifiedNode(path);
  }

  function apply(block: ExecutedBlock): void {
    const expected = nextHeight(latest().height);
    if (block.height !== expected) throw new StorageError('height-gap', { expected, height: block.height });
    const { height, hash, header, changes, nodes, history } = block;
    ahead.push({ height, hash, stateRoot: header.state, changes, nodes, history });
  }

  function certified(height: Height): void {
    const settled = ahead.filter((layer) => layer.height <= height);
    ahead = ahead.slice(settled.length);
    for (const layer of settled) {
      for (const [key, value] of layer.changes) certifiedChanges.set(key, value);
      for (const [path, node] of layer.nodes) certifiedNodes.set(path, node);
      certifiedAt = layer;
    }
    if (certifiedChanges.size >= options.checkpointChanges) checkpoint();
    else if (settled.length > 0) timer ??= setTimeout(checkpoint, options.checkpointMs);
  }

  function checkpoint(): void {
    clearTimeout(timer);
    timer = undefined;
    if (certifiedAt.height === onDisk.height || broken) return;
    const { height, hash, stateRoot, history } = certifiedAt;
    try {
      database.transaction(() => rows.write(certifiedChanges, { height, hash, stateRoot, history }))();
    } catch (error) {
      stop(error);
      return;
    }
    onDisk = certifiedAt;
    cache.update(certifiedChanges);
    tree.update(certifiedNodes);
    certifiedChanges.clear();
    certifiedNodes.clear();
  }

  function stop(error: unknown): void {
    broken = true;
    const named = namedError(error, file);
    if (!(named instanceof StorageError)) throw named;
    fatal(named.code, named.facts);
  }

  return {
    get,
    getNode,
    apply,
    certified,
    checkpoint,
    height: () => latest().height,
    stateRoot: () => latest().stateRoot,
    history: () => latest().history,
    checkpointHeight: () => onDisk.height,
    certifiedState: () => ({
      height: certifiedAt.height,
      hash: certifiedAt.hash,
      get: certifiedGet,
      getNode: certifiedNode,
    }),
    close: checkpoint,
  };
}

const rootOf = (tree: TreeStore): Digest => toHex(nodeHash(tree.getNode(''))) as Digest;

function writeGenesis(database: Database, rows: StateRows, genesis: GenesisState): Checkpoint {
  const { hash, header, history, changes } = genesis;
  const checkpoint = { height: 0 as Height, hash, stateRoot: header.state, history };
  database.transaction(() => rows.write(changes, checkpoint))();
  return checkpoint;
}

/** Values of keys with a leaf, the most recently used ones. The others are seldom read twice. */
function valueCache(rows: StateRows) {
  const values = new Map<string, Uint8Array>();

  function put(key: string, value: Uint8Array): void {
    values.delete(key);
    values.set(key, value);
    const [oldest] = values.keys();
    if (values.size > cachedValuesMax && oldest !== undefined) values.delete(oldest);
  }

  return {
    get(key: string): Uint8Array | undefined {
      if (!hasLeaf(key)) return rows.get(key);
      const value = values.get(key) ?? rows.get(key);
      if (value !== undefined) put(key, value);
      return value;
    },
    update(changes: ReadonlyMap<string, Uint8Array | undefined>): void {
      for (const [key, value] of changes) {
        if (!values.has(key)) continue;
        if (value === undefined) values.delete(key);
        else put(key, value);
      }
    },
  };
}

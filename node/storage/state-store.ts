/**
 * State and its tree. Three stages: blocks executed and not yet certified, one layer each; what is certified since
 * the last checkpoint; the checkpoint on disk. Proofs are given for the certified stage, whatever runs ahead of it.
 */

import { toHex } from '../../shared/codec/hex.ts';
import type { Frontier } from '../../shared/crypto/merkle.ts';
import { type NodePath, nodeHash, type TreeNode } from '../../shared/crypto/sparse-merkle-tree.ts';
import { type BlockHash, type Digest, type Height, nextHeight } from '../../shared/types/brands.ts';
import { isPairEntry } from '../ledger/pairs.ts';
import { hasLeaf } from '../ledger/state-keys.ts';
import type { ExecutedBlock, StateView, TreeView } from '../ledger/types.ts';
import type { LogPort, StatePort } from '../runtime/ports.ts';
import type { GenesisBlock } from './block-writer.ts';
import { type BoundKeys, readBoundKeys } from './bound-keys.ts';
import type { Database } from './database.ts';
import { noteDamage } from './derived-damage.ts';
import { damaged, namedError, StorageError } from './errors.ts';
import type { Fatal } from './group-commit.ts';
import { moveEvents } from './move-events.ts';
import { openPairTable } from './pair-table.ts';
import { recentMap } from './recent-map.ts';
import { type Checkpoint, type StateRows, stateRows } from './state-rows.ts';
import { layerRows } from './tree-layer.ts';
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
  readonly log: LogPort;
  readonly fatal: Fatal;
  /** So many changed keys, or so much time, make a checkpoint due. */
  readonly checkpointChanges: number;
  readonly checkpointMs: number;
  /** A checkpoint is written exactly at these heights and told about before the next one. */
  readonly snapshots?: SnapshotTaker;
}

export interface SnapshotTaker {
  isDue(height: Height): boolean;
  /** `history`: over the hashes of the blocks below. */
  take(checkpoint: Checkpoint & { readonly history: Frontier }): void;
}

/** What one block changed. */
interface Layer extends Checkpoint {
  readonly changes: ReadonlyMap<string, Uint8Array | undefined>;
  readonly nodes: ReadonlyMap<NodePath, TreeNode | undefined>;
  /** Something is gone: only then does a key without a value have to be looked for twice. */
  readonly removes: { readonly keys: boolean; readonly nodes: boolean };
}

const cachedValuesMax = 20_000;
/** A checkpoint that would come so soon after the last one waits for this many times the changes. */
const hurriedMs = 1_000;
const hurriedFactor = 8;
/** Parts of the tree that are built in one turn after a start, some milliseconds, and the pause behind it. */
const filledAtOnce = 4;
const fillPauseMs = 15;

/** @throws StorageError `data-damaged` if the leaves on disk do not hash to the checkpoint's state root. */
export function openStateStore(options: StateStoreOptions): StateStore {
  const { database, file, genesis, log, fatal } = options;
  const rows = stateRows(database, file);
  let onDisk = rows.checkpoint() ?? writeGenesis(database, rows, genesis);
  moveEvents(database, file, rows, log);
  const layers = layerRows(database);
  const tree = openTree();

  const boundKeys = readBoundKeys({ database, file, failed: stop });
  const cache = valueCache(readRow, boundKeys);
  const pairs = openPairTable(rows);
  const certifiedChanges = new Map<string, Uint8Array | undefined>();
  /** Apart from them: what the last checkpoint has of these is on its pages. */
  const certifiedPairs = new Map<string, Uint8Array | undefined>();
  const certifiedNodes = new Map<NodePath, TreeNode | undefined>();
  /** As in a layer. */
  let certifiedRemoves: Layer['removes'] = removesNothing;
  let certifiedAt: Checkpoint = onDisk;
  /** Ascending by height. */
  let ahead: Layer[] = [];
  let timer: NodeJS.Timeout | undefined;
  let checkpointedMs = Number.NEGATIVE_INFINITY;
  let broken = false;
  let fillTimer = setTimeout(fillTree, fillPauseMs).unref();

  /** From the layer that the last checkpoint left; from all leaves if that is not the checkpoint's. */
  function openTree(): TreeStore {
    const source = {
      leaves: rows.leaves,
      damaged: (path: NodePath) => {
        // The next start looks at every leaf, and derives anew.
        layers.drop();
        throw damaged(file, 'state', `bits ${path}`);
      },
    };
    const layer = layers.load();
    const fromLayer = layer && buildTreeStore({ ...source, layer });
    if (fromLayer !== undefined && rootOf(fromLayer) === onDisk.stateRoot) return fromLayer;
    layers.drop();
    const built = buildTreeStore(source);
    if (rootOf(built) !== onDisk.stateRoot) throw damaged(file, 'state', `height ${onDisk.height}`);
    return built;
  }

  /** What a start left open is built, and so checked, beside the node's work. */
  function fillTree(): void {
    if (broken || !database.open) return;
    try {
      for (let count = 0; count < filledAtOnce; count += 1) if (!tree.fillNext()) return;
    } catch (error) {
      stop(error);
      return;
    }
    fillTimer = setTimeout(fillTree, fillPauseMs).unref();
  }

  function readRow(key: string): Uint8Array | undefined {
    try {
      return rows.get(key);
    } catch (error) {
      noteDamage(file, error, log);
      throw error;
    }
  }

  // Two look-ups only where something was removed: they are the larger part of what reading costs.
  function certifiedGet(key: string): Uint8Array | undefined {
    const isPair = isPairEntry(key);
    const changes = isPair ? certifiedPairs : certifiedChanges;
    const value = changes.get(key);
    if (value !== undefined || (certifiedRemoves.keys && changes.has(key))) return value;
    return isPair ? pairs.get(key) : cache.get(key);
  }
  function certifiedNode(path: NodePath): TreeNode | undefined {
    const node = certifiedNodes.get(path);
    const isKnown = node !== undefined || (certifiedRemoves.nodes && certifiedNodes.has(path));
    return isKnown ? node : tree.getNode(path);
  }
  const latest = (): Checkpoint => ahead.at(-1) ?? certifiedAt;

  function get(key: string): Uint8Array | undefined {
    for (let at = ahead.length - 1; at >= 0; at--) {
      const { changes, removes } = ahead[at]!;
      const value = changes.get(key);
      if (value !== undefined || (removes.keys && changes.has(key))) return value;
    }
    return certifiedGet(key);
  }

  function getNode(path: NodePath): TreeNode | undefined {
    for (let at = ahead.length - 1; at >= 0; at--) {
      const { nodes, removes } = ahead[at]!;
      const node = nodes.get(path);
      if (node !== undefined || (removes.nodes && nodes.has(path))) return node;
    }
    return certifiedNode(path);
  }

  function apply(block: ExecutedBlock): void {
    const expected = nextHeight(latest().height);
    if (block.height !== expected) throw new StorageError('height-gap', { expected, height: block.height });
    const { height, hash, header, changes, nodes, history } = block;
    const removes = { keys: holdsNothing(changes), nodes: holdsNothing(nodes) };
    ahead.push({ height, hash, stateRoot: header.state, changes, nodes, removes, history });
  }

  function certified(height: Height): void {
    const settled = ahead.filter((layer) => layer.height <= height);
    ahead = ahead.slice(settled.length);
    for (const layer of settled) {
      for (const [key, value] of layer.changes)
        (isPairEntry(key) ? certifiedPairs : certifiedChanges).set(key, value);
      for (const [path, node] of layer.nodes) certifiedNodes.set(path, node);
      const { keys, nodes } = certifiedRemoves;
      certifiedRemoves = { keys: keys || layer.removes.keys, nodes: nodes || layer.removes.nodes };
      const below = certifiedAt.history;
      certifiedAt = layer;
      if (options.snapshots?.isDue(layer.height) === true) {
        checkpoint();
        if (!broken) options.snapshots.take({ ...layer, history: below });
      }
    }
    if (isCheckpointDue()) checkpoint();
    else if (settled.length > 0) timer ??= setTimeout(checkpoint, options.checkpointMs);
  }

  /** Who catches up writes less often and more at once: rows that change in every block are written once. */
  function isCheckpointDue(): boolean {
    const { checkpointChanges } = options;
    if (certifiedChanges.size < checkpointChanges) return false;
    const isHurried = performance.now() - checkpointedMs < hurriedMs;
    return !isHurried || certifiedChanges.size >= hurriedFactor * checkpointChanges;
  }

  function checkpoint(): void {
    clearTimeout(timer);
    timer = undefined;
    checkpointedMs = performance.now();
    if (certifiedAt.height === onDisk.height || broken) return;
    const { height, hash, stateRoot, history } = certifiedAt;
    for (const key of certifiedChanges.keys()) if (!hasLeaf(key)) boundKeys.add(key);
    try {
      database.transaction(() => {
        rows.write(certifiedChanges, { height, hash, stateRoot, history });
        layers.write(certifiedNodes.keys(), certifiedNode);
      })();
    } catch (error) {
      stop(error);
      return;
    }
    onDisk = certifiedAt;
    cache.update(certifiedChanges);
    pairs.update(certifiedChanges);
    tree.update(certifiedNodes);
    certifiedChanges.clear();
    certifiedPairs.clear();
    certifiedNodes.clear();
    certifiedRemoves = removesNothing;
  }

  function stop(error: unknown): void {
    broken = true;
    const named = namedError(error, file);
    if (!(named instanceof StorageError)) throw named;
    noteDamage(file, named, log);
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
    close: () => {
      checkpoint();
      clearTimeout(fillTimer);
      boundKeys.close();
    },
  };
}

const removesNothing: Layer['removes'] = { keys: false, nodes: false };

function holdsNothing(changes: ReadonlyMap<string, unknown>): boolean {
  for (const value of changes.values()) if (value === undefined) return true;
  return false;
}

const rootOf = (tree: TreeStore): Digest => toHex(nodeHash(tree.getNode(''))) as Digest;

function writeGenesis(database: Database, rows: StateRows, genesis: GenesisState): Checkpoint {
  const { hash, header, history, changes } = genesis;
  const checkpoint = { height: 0 as Height, hash, stateRoot: header.state, history };
  database.transaction(() => rows.write(changes, checkpoint))();
  return checkpoint;
}

/**
 * Values on disk. Those with a leaf are kept when they are read or written: streams and identities that are used
 * are used again. The others are seldom read twice, but often asked for in vain.
 */
function valueCache(read: StateRows['get'], boundKeys: BoundKeys) {
  const values = recentMap<string, Uint8Array>(cachedValuesMax);

  return {
    get(key: string): Uint8Array | undefined {
      if (!hasLeaf(key)) return boundKeys.mayHave(key) ? read(key) : undefined;
      const known = values.get(key);
      if (known !== undefined) return known;
      const value = read(key);
      if (value !== undefined) values.set(key, value);
      return value;
    },
    /** What the checkpoint that was just written changed. */
    update(changes: ReadonlyMap<string, Uint8Array | undefined>): void {
      for (const [key, value] of changes) {
        if (!hasLeaf(key)) continue;
        if (value === undefined) values.delete(key);
        else values.set(key, value);
      }
    },
  };
}

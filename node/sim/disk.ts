/**
 * The disk of one replica, which survives crashes. Writes are handed in, become durable after a while, and
 * only then are confirmed; a crash in between keeps or loses them, by chance, as a power failure would.
 */
import type { Frontier } from '../../shared/crypto/merkle.ts';
import type { NodePath, TreeNode } from '../../shared/crypto/sparse-merkle-tree.ts';
import type { Digest, Height, Incarnation, TransactionId } from '../../shared/types/brands.ts';
import type { Genesis } from '../ledger/genesis.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import type { PayloadRows } from '../runtime/payloads-in-memory.ts';
import type { StoredBlock, Tip, VoteRecord } from '../runtime/ports.ts';

export interface DurableBlock {
  readonly stored: StoredBlock;
  readonly block: ExecutedBlock;
}

/** State at a certified height; everything above it is replayed. */
export interface Checkpoint {
  height: Height;
  root: Digest;
  history: Frontier;
  readonly entries: Map<string, Uint8Array>;
  readonly nodes: Map<NodePath, TreeNode>;
}

export interface Disk {
  incarnation: Incarnation;
  records: VoteRecord[];
  readonly blocks: DurableBlock[];
  readonly checkpoint: Checkpoint;
  readonly accepted: Map<TransactionId, Uint8Array>;
  readonly payloads: PayloadRows;
  readonly health: DiskHealth;
}

export interface DiskHealth {
  /** The next write of any kind fails, and whoever writes stops. */
  isFull: boolean;
  /** Added to every write. */
  slowMs: number;
  /** Blocks whose bytes no longer match their digest: reading one says so. */
  readonly damaged: Set<number>;
}

/** What storage says of a row that differs from its digest. */
export class DamageError extends Error {
  readonly code = 'data-damaged';
  readonly facts: { readonly height: number };
  readonly health: DiskHealth;
  constructor(height: number, health: DiskHealth) {
    super(`Block ${height} does not match its digest`);
    this.facts = { height };
    this.health = health;
  }
}

export function readBlock(disk: Disk, height: number): StoredBlock | undefined {
  if (disk.health.damaged.has(height)) throw new DamageError(height, disk.health);
  return disk.blocks[height - 1]?.stored;
}

/** Throws on a gap, as storage does: a block that never became durable would be missing for ever. */
export function appendBlock({ blocks }: Disk, entry: DurableBlock): void {
  const { height } = entry.block;
  const expected = blocks.length + 1;
  if (height !== expected) throw new Error(`Block ${height} is written where block ${expected} belongs`);
  blocks.push(entry);
}

/** A copy as an operator makes it, of everything or of single stores. */
export function copyDisk(disk: Disk): Disk {
  const { checkpoint } = disk;
  return {
    incarnation: disk.incarnation,
    records: [...disk.records],
    blocks: [...disk.blocks],
    checkpoint: {
      ...checkpoint,
      entries: new Map(checkpoint.entries),
      nodes: new Map(checkpoint.nodes),
    },
    accepted: new Map(disk.accepted),
    payloads: new Map([...disk.payloads].map(([digest, row]) => [digest, { ...row }])),
    health: { isFull: false, slowMs: 0, damaged: new Set() },
  };
}

export function createDisk(genesis: Genesis, incarnation: Incarnation): Disk {
  const checkpoint: Checkpoint = {
    height: genesis.header.height,
    root: genesis.stateRoot,
    history: genesis.history,
    entries: new Map(),
    nodes: new Map(),
  };
  applyAll(checkpoint.entries, genesis.changes);
  applyAll(checkpoint.nodes, genesis.nodes);
  const health = { isFull: false, slowMs: 0, damaged: new Set<number>() };
  const payloads: PayloadRows = new Map();
  return { incarnation, records: [], blocks: [], checkpoint, accepted: new Map(), payloads, health };
}

export function tipOf(disk: Disk, genesis: Genesis): Tip {
  const last = disk.blocks.at(-1);
  if (last === undefined) {
    return { height: genesis.header.height, hash: genesis.hash, header: genesis.header };
  }
  const { block, stored } = last;
  return {
    height: block.height,
    hash: block.hash,
    header: block.header,
    certificate: stored.certificate,
  };
}

/** Folds durable blocks into the checkpoint up to this height. */
export function advanceCheckpoint({ checkpoint, blocks }: Disk, height: Height): void {
  while (checkpoint.height < height) {
    const { block } = blocks[checkpoint.height]!;
    applyAll(checkpoint.entries, block.changes);
    applyAll(checkpoint.nodes, block.nodes);
    checkpoint.height = block.height;
    checkpoint.root = block.header.state;
    checkpoint.history = block.history;
  }
}

export function applyAll<Key, Value>(
  map: Map<Key, Value>,
  changes: ReadonlyMap<Key, Value | undefined>,
): void {
  for (const [key, value] of changes) {
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  }
}

/** Rule D2: what is at or below the height leaves; the latest VIEW-CHANGE and NEW-VIEW stay. */
export function pruneRecords(records: readonly VoteRecord[], height: Height): VoteRecord[] {
  const kept = withoutOlderViews(records).filter((record) => heightOfRecord(record) > height);
  const named = new Set(kept.map(contentOf));
  return kept.filter((record) => record.kind !== 'batch' || named.has(record.digest));
}

function withoutOlderViews(records: readonly VoteRecord[]): VoteRecord[] {
  const latest = new Map<string, number>();
  records.forEach((record, index) => {
    if (record.kind === 'view-change' || record.kind === 'new-view') latest.set(record.kind, index);
  });
  return records.filter((record, index) => (latest.get(record.kind) ?? index) === index);
}

function heightOfRecord(record: VoteRecord): number {
  switch (record.kind) {
    case 'vote':
      return record.vote.sequence;
    case 'prepared':
      return record.certificate.sequence;
    case 'ordered':
    case 'seal':
      return record.height;
    default:
      return Number.POSITIVE_INFINITY;
  }
}

function contentOf(record: VoteRecord): Digest | undefined {
  if (record.kind === 'vote') return record.vote.content;
  if (record.kind === 'prepared') return record.certificate.batch;
  return record.kind === 'ordered' ? record.batch : undefined;
}

/**
 * Rows of state on disk, as of the last checkpoint. Keys with a leaf stand in `state`, in the order of the tree;
 * events of streams in runs (event-runs.ts); the others in `bound`, except entries of pairs: their pages say the same
 * (pair-table.ts).
 */
import { equalBytes, fromHex, toHex } from '../../shared/codec/hex.ts';
import type { Frontier } from '../../shared/crypto/merkle.ts';
import { keyDigest, type NodePath, valueDigest } from '../../shared/crypto/sparse-merkle-tree.ts';
import type { BlockHash, Digest, Height } from '../../shared/types/brands.ts';
import { keyRange, type Leaf } from '../ledger/leaf-build.ts';
import { isPairEntry } from '../ledger/pairs.ts';
import { streamOfEvent } from '../ledger/snapshot-bound.ts';
import { hasLeaf } from '../ledger/state-keys.ts';
import type { Database } from './database.ts';
import { damaged, naming } from './errors.ts';
import { eventRuns } from './event-runs.ts';
import { packBytes, packNumbers, unpackBytes, unpackNumbers } from './framing.ts';
import { checkHolds, isBytes, plainBytes, rowCheck } from './row-check.ts';
import { blobCrc } from './row-crc.ts';

export interface Checkpoint {
  readonly height: Height;
  readonly hash: BlockHash;
  readonly stateRoot: Digest;
  /** Over the hashes of blocks 0…height. */
  readonly history: Frontier;
}

export interface StateRows {
  /** undefined on a fresh file. */
  checkpoint(): Checkpoint | undefined;
  get(key: string): Uint8Array | undefined;
  leaves(path: NodePath): readonly Leaf[];
  /** Keys and values of leaves whose key digests begin with these bits, in the order of the tree. */
  entries(path: NodePath): readonly (readonly [key: string, value: Uint8Array])[];
  /** Rows of `bound` whose keys begin with this prefix, which ends with `/`; in the order of their text. */
  boundUnder(prefix: string): IterableIterator<readonly [key: string, value: Uint8Array]>;
  /** To be called inside a transaction. */
  write(changes: ReadonlyMap<string, Uint8Array | undefined>, checkpoint: Checkpoint): void;
  /** The same without saying which height that is, and without events: they come as runs. */
  put(changes: ReadonlyMap<string, Uint8Array | undefined>): void;
  putCheckpoint(checkpoint: Checkpoint): void;
}

interface StateRow {
  readonly key: string;
  readonly value: Buffer;
  readonly value_digest: Buffer;
}
interface BoundRow {
  readonly key: string;
  readonly value: Buffer;
  readonly crc: number;
}
type BoundColumns = readonly [key: string, value: Buffer, crc: number];
interface CheckpointRow {
  readonly height: number;
  readonly hash: Buffer;
  readonly state: Buffer;
  readonly history: Buffer;
  readonly row_check: Buffer;
}

/** Rows of `bound` that are read in one call: one by one each would be a call and an object of its own. */
const boundRowsAtOnce = 256;

export function stateRows(database: Database, file: string): StateRows {
  const selectState = database.prepare<[Uint8Array], StateRow>('SELECT * FROM state WHERE key_digest = ?');
  const selectBound = database.prepare<[string], BoundRow>('SELECT * FROM bound WHERE key = ?');
  const selectLeaves = database
    .prepare<[Uint8Array, Uint8Array], [Buffer, Buffer]>(
      'SELECT key_digest, value_digest FROM state WHERE key_digest BETWEEN ? AND ? ORDER BY key_digest',
    )
    .raw();
  const selectEntries = database.prepare<[Uint8Array, Uint8Array], StateRow>(
    'SELECT * FROM state WHERE key_digest BETWEEN ? AND ? ORDER BY key_digest',
  );
  const boundRange = (from: '>=' | '>') =>
    database
      .prepare<[string, string, number], BoundColumns>(
        `SELECT key, value, crc FROM bound WHERE key ${from} ? AND key < ? ORDER BY key LIMIT ?`,
      )
      .raw();
  const selectBoundFrom = boundRange('>=');
  const selectBoundAfter = boundRange('>');
  const selectCheckpoint = database.prepare<[], CheckpointRow>('SELECT * FROM checkpoint');
  const events = eventRuns(database, file);
  const writer = stateWriter(database);

  function fromState(row: StateRow, key: string): Uint8Array {
    const { value, value_digest } = row;
    const intact = row.key === key && isBytes(value) && isBytes(value_digest);
    if (!intact || !equalBytes(valueDigest(value), value_digest)) throw damaged(file, 'state', key);
    return plainBytes(value);
  }

  function fromBound(key: string, value: Buffer, crc: number): Uint8Array {
    if (blobCrc(value, 'bound', key) !== crc) throw damaged(file, 'bound', key);
    return plainBytes(value);
  }

  function get(key: string): Uint8Array | undefined {
    if (hasLeaf(key)) {
      const row = naming(file, () => selectState.get(keyDigest(key)));
      return row && fromState(row, key);
    }
    const stream = streamOfEvent(key);
    if (stream !== undefined) return events.get(stream, key, get);
    const row = naming(file, () => selectBound.get(key));
    return row && fromBound(row.key, row.value, row.crc);
  }

  function entries(path: NodePath): readonly (readonly [string, Uint8Array])[] {
    const { first, last } = keyRange(path);
    return naming(file, () => selectEntries.all(first, last)).map((row) => [
      row.key,
      fromState(row, row.key),
    ]);
  }

  function* boundUnder(prefix: string): IterableIterator<readonly [string, Uint8Array]> {
    // The character behind the slash.
    const end = `${prefix.slice(0, -1)}0`;
    let rows = naming(file, () => selectBoundFrom.all(prefix, end, boundRowsAtOnce));
    for (;;) {
      for (const [key, value, crc] of rows) yield [key, fromBound(key, value, crc)];
      if (rows.length < boundRowsAtOnce) return;
      const last = rows.at(-1)![0];
      rows = naming(file, () => selectBoundAfter.all(last, end, boundRowsAtOnce));
    }
  }

  function checkpoint(): Checkpoint | undefined {
    const row = naming(file, () => selectCheckpoint.get());
    if (row === undefined) return undefined;
    const intact = checkHolds(row.row_check, 'checkpoint', row.height, row.hash, row.state, row.history);
    const history = intact ? unpackFrontier(plainBytes(row.history)) : undefined;
    if (history === undefined) throw damaged(file, 'checkpoint', row.height);
    return {
      height: row.height as Height,
      hash: toHex(row.hash) as BlockHash,
      stateRoot: toHex(row.state) as Digest,
      history,
    };
  }

  return {
    checkpoint,
    get,
    leaves(path) {
      const { first, last } = keyRange(path);
      const rows = naming(file, () => selectLeaves.all(first, last));
      return rows.map(([key, value]) => {
        if (!isBytes(key) || !isBytes(value)) throw damaged(file, 'state', `bits ${path}`);
        return { kind: 'leaf', key: plainBytes(key), value: plainBytes(value) };
      });
    },
    entries,
    boundUnder,
    ...writer,
    write(changes, at) {
      events.append(changes, get);
      writer.put(changes);
      writer.putCheckpoint(at);
    },
  };
}

function stateWriter(database: Database): Pick<StateRows, 'put' | 'putCheckpoint'> {
  const putState = database.prepare('INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?)');
  const dropState = database.prepare('DELETE FROM state WHERE key_digest = ?');
  const putBound = database.prepare('INSERT OR REPLACE INTO bound VALUES (?, ?, ?)');
  const dropBound = database.prepare('DELETE FROM bound WHERE key = ?');
  const replaceCheckpoint = database.prepare('INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?, ?, ?, ?)');

  function writeLeaf(key: string, digest: Uint8Array, value: Uint8Array | undefined): void {
    if (value === undefined) dropState.run(digest);
    else putState.run(digest, key, value, valueDigest(value));
  }

  function writeBound(key: string, value: Uint8Array | undefined): void {
    if (value === undefined) dropBound.run(key);
    else putBound.run(key, value, blobCrc(value, 'bound', key));
  }

  function put(changes: ReadonlyMap<string, Uint8Array | undefined>): void {
    // In the order of the tables: neighbours share pages.
    const leaves = [...changes.keys()]
      .filter(hasLeaf)
      .map((key) => ({ key, digest: keyDigest(key) }))
      .sort((a, b) => Buffer.compare(a.digest, b.digest));
    for (const { key, digest } of leaves) writeLeaf(key, digest, changes.get(key));
    const isBound = (key: string): boolean =>
      !hasLeaf(key) && !isPairEntry(key) && streamOfEvent(key) === undefined;
    const bound = [...changes.keys()].filter(isBound).sort();
    for (const key of bound) writeBound(key, changes.get(key));
  }

  function putCheckpoint({ height, hash, stateRoot, history }: Checkpoint): void {
    const parts = [fromHex(hash), fromHex(stateRoot), packFrontier(history)] as const;
    replaceCheckpoint.run(height, ...parts, rowCheck('checkpoint', height, ...parts));
  }

  return { put, putCheckpoint };
}

const packFrontier = ({ size, hashes }: Frontier): Uint8Array => packBytes([packNumbers([size]), ...hashes]);

function unpackFrontier(bytes: Uint8Array): Frontier | undefined {
  const [packedSize, ...hashes] = unpackBytes(bytes) ?? [];
  const size = packedSize && unpackNumbers(packedSize)?.[0];
  // Copies: views would keep the row's whole buffer.
  return size === undefined ? undefined : { size, hashes: hashes.map((hash) => hash.slice()) };
}

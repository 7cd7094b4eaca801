/** `votes.db`: what this validator voted and what its votes rest on, durable before a message leaves (rule D1). */
import { randomBytes } from 'node:crypto';
import { CodecError } from '../../shared/codec/codec-error.ts';
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import { batchDigest, decodeBatch, encodeBatch, transactionId } from '../../shared/codec/ledger.ts';
import type { BatchDigest, Height, Incarnation } from '../../shared/types/brands.ts';
import type { Batch } from '../../shared/types/ledger.ts';
import type { StoredVotes, VoteRecord, VoteStorePort } from '../runtime/ports.ts';
import { type Fence, requireInside } from '../runtime/vote-records.ts';
import { type Database, openDatabase } from './database.ts';
import { damaged, naming, StorageError } from './errors.ts';
import { packBytes, unpackBytes } from './framing.ts';
import { type Fatal, type GroupCommit, makeGroupCommit } from './group-commit.ts';
import { checkHolds, isBytes, plainBytes, rowCheck } from './row-check.ts';
import {
  type BatchRecord,
  decodeSlotRecord,
  encodeSlotRecord,
  latestOnly,
  type SlotRecord,
  slotOf,
} from './vote-record-codec.ts';

export const votesFileName = 'votes.db';

const migrations = [
  `CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL, row_check BLOB NOT NULL) WITHOUT ROWID;
   CREATE TABLE records (number INTEGER PRIMARY KEY, latest_kind TEXT, epoch INTEGER, view INTEGER,
     height INTEGER NOT NULL, record BLOB NOT NULL, row_check BLOB NOT NULL);
   CREATE INDEX records_by_height ON records (height) WHERE latest_kind IS NULL;
   CREATE TABLE batches (digest BLOB PRIMARY KEY, batch BLOB NOT NULL, envelopes BLOB NOT NULL);`,
];

export interface VoteStore extends VoteStorePort {
  /** The network whose votes these are; the first opening fixes it. */
  bindNetwork(network: string): void;
  close(): void;
}

export interface VoteStoreOptions {
  readonly fatal: Fatal;
  readonly committed?: (durationMs: number) => void;
}

/** 16 random bytes as hex (rule D3). */
export const newIncarnation = (): Incarnation => randomBytes(16).toString('hex') as Incarnation;

/** Opens the file, creating it with `incarnation` if it has none yet. */
export function openVoteStore(file: string, incarnation: Incarnation, options: VoteStoreOptions): VoteStore {
  const database = openDatabase(file, {
    migrations,
    synchronous: 'FULL',
    pageBytes: 4_096,
    cacheKibibytes: 8_192,
  });
  try {
    const facts = naming(file, () => factsOf(database, file));
    const own = (facts.get('incarnation') ?? facts.set('incarnation', incarnation)) as Incarnation;
    const group = makeGroupCommit({ database, file, walBytesMax: 16 * 2 ** 20, ...options });
    return voteStore(database, file, own, facts, group);
  } catch (error) {
    database.close();
    throw error;
  }
}

interface Facts {
  get(name: string): string | undefined;
  set(name: string, value: string): string;
}

function factsOf(database: Database, file: string): Facts {
  const select = database.prepare<[string], { value: Buffer; row_check: Buffer }>(
    'SELECT value, row_check FROM facts WHERE name = ?',
  );
  const insert = database.prepare('INSERT OR REPLACE INTO facts VALUES (?, ?, ?)');
  return {
    get(name) {
      const row = select.get(name);
      if (row === undefined) return undefined;
      if (!checkHolds(row.row_check, 'facts', name, row.value)) throw damaged(file, 'facts', name);
      return row.value.toString();
    },
    set(name, value) {
      const bytes = Buffer.from(value);
      insert.run(name, bytes, rowCheck('facts', name, bytes));
      return value;
    },
  };
}

function voteStore(
  database: Database,
  file: string,
  first: Incarnation,
  facts: Facts,
  group: GroupCommit,
): VoteStore {
  const rows = recordRows(database, file);
  let incarnation = first;
  /** Derived from the blocks at every start (rule E1), so that it needs no place on disk. */
  let fence: Fence | undefined;
  /** Highest height that any record names for a stored batch; −1 while none does. */
  const batchHeights = new Map<string, number>();
  let nextNumber = rows.lastNumber() + 1;
  for (const digest of rows.batchDigests()) batchHeights.set(digest, -1);
  for (const record of rows.slots()) noteReference(record);

  function noteReference(record: SlotRecord): void {
    const { height, batch } = slotOf(record);
    const known = batch === undefined ? undefined : batchHeights.get(batch);
    if (batch !== undefined && known !== undefined) batchHeights.set(batch, Math.max(known, height));
  }

  function write(record: VoteRecord): number {
    if (record.kind === 'batch') return rows.insertBatch(record);
    return rows.insertSlot(nextNumber++, record);
  }

  function persist(records: readonly VoteRecord[], done: () => void): void {
    requireInside(fence, records);
    const fresh = records.filter((record) => record.kind !== 'batch' || !batchHeights.has(record.digest));
    for (const record of fresh) if (record.kind === 'batch') batchHeights.set(record.digest, -1);
    for (const record of fresh) if (record.kind !== 'batch') noteReference(record);
    group.add(() => fresh.reduce((bytes, record) => bytes + write(record), 0), done);
  }

  function renounce(done: (fresh: Incarnation) => void, fresh = newIncarnation()): void {
    batchHeights.clear();
    group.add(
      () => {
        facts.set('incarnation', fresh);
        rows.deleteAll();
        return 4_096;
      },
      () => {
        incarnation = fresh;
        done(fresh);
      },
    );
  }

  function prune(height: Height): void {
    const digests = [...batchHeights].filter(([, last]) => last >= 0 && last <= height);
    for (const [digest] of digests) batchHeights.delete(digest);
    group.later(() => {
      rows.deleteSlots(height);
      for (const [digest] of digests) rows.deleteBatch(digest);
      return 4_096;
    });
  }

  return {
    load: (): StoredVotes =>
      naming(file, () => ({ incarnation, records: [...rows.batches(), ...rows.slots()] })),
    persist,
    prune,
    enterEpoch: (epoch, firstHeight) => {
      fence = { epoch, firstHeight };
    },
    renounce,
    bindNetwork(network) {
      const known = naming(file, () => facts.get('network') ?? facts.set('network', network));
      if (known !== network)
        throw new StorageError('other-network', { file, expected: network, found: known });
    },
    close() {
      group.flush();
      database.close();
    },
  };
}

function recordRows(database: Database, file: string) {
  const insertSlot = database.prepare('INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)');
  const dropOlder = database.prepare(
    'DELETE FROM records WHERE latest_kind = ? AND (epoch < ? OR (epoch = ? AND view <= ?))',
  );
  const deleteSlots = database.prepare('DELETE FROM records WHERE latest_kind IS NULL AND height <= ?');
  const insertBatch = database.prepare('INSERT OR REPLACE INTO batches VALUES (?, ?, ?)');
  const deleteBatch = database.prepare('DELETE FROM batches WHERE digest = ?');
  const selectSlots = database.prepare<[], { number: number; record: Buffer; row_check: Buffer }>(
    'SELECT number, record, row_check FROM records ORDER BY number',
  );
  const selectBatches = database.prepare<[], { digest: Buffer; batch: Buffer; envelopes: Buffer }>(
    'SELECT digest, batch, envelopes FROM batches',
  );
  const selectDigests = database.prepare<[], Buffer>('SELECT digest FROM batches').pluck();
  const selectLast = database.prepare<[], number | null>('SELECT max(number) FROM records').pluck();

  return {
    lastNumber: (): number => selectLast.get() ?? 0,
    batchDigests: (): string[] => selectDigests.all().filter(isBytes).map(toHex),
    insertSlot(number: number, record: SlotRecord): number {
      const bytes = encodeSlotRecord(record);
      const latest = latestOnly(record);
      if (latest !== undefined) dropOlder.run(latest.kind, latest.epoch, latest.epoch, latest.view);
      insertSlot.run(
        number,
        latest?.kind ?? null,
        latest?.epoch ?? null,
        latest?.view ?? null,
        slotOf(record).height,
        bytes,
        rowCheck('records', number, bytes),
      );
      return bytes.length;
    },
    insertBatch(record: BatchRecord): number {
      const envelopes = packBytes(record.envelopes);
      insertBatch.run(fromHex(record.digest), encodeBatch(record.batch), envelopes);
      return envelopes.length;
    },
    deleteSlots: (height: Height) => deleteSlots.run(height),
    deleteAll: () => database.exec('DELETE FROM records; DELETE FROM batches;'),
    deleteBatch: (digest: string) => deleteBatch.run(fromHex(digest)),
    slots: (): SlotRecord[] =>
      selectSlots.all().map(({ number, record, row_check }) => {
        if (!checkHolds(row_check, 'records', number, record)) throw damaged(file, 'records', number);
        return decodeSlotRecord(record);
      }),
    batches: (): BatchRecord[] => selectBatches.all().map((row) => readBatch(row, file)),
  };
}

/** Bodies need no digest of their own: the batch names their ids, and its digest is the row's key. */
function readBatch(
  row: { readonly digest: Buffer; readonly batch: Buffer; readonly envelopes: Buffer },
  file: string,
): BatchRecord {
  if (![row.digest, row.batch, row.envelopes].every(isBytes)) throw damaged(file, 'batches', '');
  const digest = toHex(row.digest) as BatchDigest;
  const envelopes = unpackBytes(plainBytes(row.envelopes));
  const batch = intactBatch(row.batch, digest);
  if (batch === undefined || envelopes === undefined) throw damaged(file, 'batches', digest);
  const intact =
    envelopes.length === batch.ids.length &&
    envelopes.every((envelope, index) => transactionId(envelope) === batch.ids[index]);
  if (!intact) throw damaged(file, 'batches', digest);
  return { kind: 'batch', digest, batch, envelopes };
}

/** Bytes that no longer decode are damage like bytes that decode to another batch. */
function intactBatch(bytes: Uint8Array, digest: BatchDigest): Batch | undefined {
  try {
    const batch = decodeBatch(bytes);
    return batchDigest(batch) === digest ? batch : undefined;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

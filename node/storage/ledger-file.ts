/**
 * `ledger.db`: certified blocks, and the transactions that this node accepted. A transaction that ran has a
 * number, counted over the whole ledger from 0; entries stand in that order.
 */
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import {
  batchDigest,
  decodeBatch,
  decodeCertificate,
  decodeEvents,
  decodeHeader,
  decodeOutcome,
  decodeValidatorSet,
  encodeCertificate,
  headerHash,
  nullBatch,
  transactionId,
} from '../../shared/codec/ledger.ts';
import type { BlockHash, Height, TransactionId } from '../../shared/types/brands.ts';
import type {
  Batch,
  Certificate,
  Header,
  LedgerEvent,
  Outcome,
  ValidatorSet,
} from '../../shared/types/ledger.ts';
import type { AcceptedRecovery } from '../runtime/recoveries.ts';
import { type BlockEvents, decodeBlockEvents, encodeBlockEvents } from './block-events.ts';
import type { Database, FileFormat } from './database.ts';
import { type EpochRows, epochRows, epochTable } from './epoch-rows.ts';
import { damaged, isDamage, naming, StorageError, type StorageFacts } from './errors.ts';
import { inflateEvents } from './event-delta.ts';
import { readRecoveries, recoveryTable } from './recovery-rows.ts';
import { checkHolds, isBytes, plainBytes, rowCheck } from './row-check.ts';
import { blobsCrc, rowCrc } from './row-crc.ts';

export const ledgerFileName = 'ledger.db';

export const ledgerFormat: FileFormat = {
  migrations: [
    `CREATE TABLE blocks (height INTEGER PRIMARY KEY, hash BLOB NOT NULL, header BLOB NOT NULL,
       certificate BLOB NOT NULL, batch BLOB NOT NULL, first INTEGER NOT NULL, ran INTEGER NOT NULL,
       failed INTEGER NOT NULL, row_check BLOB NOT NULL);
     CREATE UNIQUE INDEX blocks_by_hash ON blocks (hash);
     CREATE TABLE entries (number INTEGER PRIMARY KEY, height INTEGER NOT NULL, envelope BLOB NOT NULL,
       outcome BLOB NOT NULL, events BLOB NOT NULL, sender TEXT NOT NULL, crc INTEGER NOT NULL);
     CREATE TABLE skipped (height INTEGER, place INTEGER, envelope BLOB NOT NULL,
       PRIMARY KEY (height, place)) WITHOUT ROWID;
     CREATE TABLE genesis (only INTEGER PRIMARY KEY CHECK (only = 1), events BLOB NOT NULL,
       validators BLOB NOT NULL, row_check BLOB NOT NULL);
     CREATE TABLE accepted (number INTEGER PRIMARY KEY, id BLOB NOT NULL, envelope BLOB NOT NULL);`,
    // From which height on the bodies are here.
    `CREATE TABLE base (only INTEGER PRIMARY KEY CHECK (only = 1), bodies_from INTEGER NOT NULL,
       first INTEGER NOT NULL, position INTEGER NOT NULL, indexed_from INTEGER NOT NULL,
       crc INTEGER NOT NULL);`,
    // What opened and closed the block (block-events.ts).
    `ALTER TABLE blocks ADD COLUMN events BLOB NOT NULL DEFAULT x'';`,
    epochTable,
    recoveryTable,
  ],
  synchronous: 'FULL',
  pageBytes: 8_192,
  cacheKibibytes: 16_384,
};

export interface BlockRow extends BlockEvents {
  readonly height: Height;
  readonly hash: BlockHash;
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  /** Absent at genesis. */
  readonly certificate?: Certificate;
  /** Without ids if the body is not here. */
  readonly batch: Batch;
  /** False if it was pruned, or was never here since a snapshot took its place. */
  readonly hasBody: boolean;
  /** Number of its first transaction that ran. */
  readonly first: number;
  readonly ran: number;
  readonly failed: number;
}

export interface EntryRow {
  readonly number: number;
  readonly height: Height;
  readonly id: TransactionId;
  readonly envelope: Uint8Array;
  /** Identity id; absent if the sender's key was unknown. */
  readonly sender?: string;
  readonly outcome: Outcome;
  readonly outcomeBytes: Uint8Array;
  /** CBOR of the list of events exactly as it was encoded at execution. */
  readonly eventsBytes: Uint8Array;
}

/** Where the bodies of this ledger begin: pruned, or a snapshot took the place of what is before. */
export interface LedgerBase {
  /** From here up to the tip all bodies are here. */
  readonly bodiesFrom: Height;
  /** Number of the first transaction there, and position of the first stream event. */
  readonly first: number;
  readonly position: number;
  /** Below, a snapshot took the place of blocks that were never indexed here. */
  readonly indexedFrom: Height;
}
const wholeLedger: LedgerBase = {
  bodiesFrom: 1 as Height,
  first: 0,
  position: 0,
  indexedFrom: 1 as Height,
};

/** What block 0 was built from. */
export interface GenesisRow {
  readonly events: readonly LedgerEvent[];
  readonly validators: ValidatorSet;
}

/** Reads rows and vouches for them: what differs from its digest throws `data-damaged`. */
export interface LedgerRows {
  tipHeight(): Height | undefined;
  genesis(): GenesisRow;
  block(height: Height): BlockRow | undefined;
  heightOf(hash: BlockHash): Height | undefined;
  entry(number: number): EntryRow | undefined;
  /** Ascending from `first`, at most `count`. @throws StorageError `pruned` */
  entries(first: number, count: number): EntryRow[];
  base(): LedgerBase;
  /** What blocks hand over to. */
  readonly epochs: EpochRows;
  /** What the operator accepted, ascending by epoch. */
  recoveries(): readonly AcceptedRecovery[];
  /** Envelopes of all ids of the block's batch, in its order. */
  envelopes(block: BlockRow): Uint8Array[];
}

export type DamageFound = (height: Height, facts: StorageFacts) => void;

interface StoredBlockRow {
  readonly height: number;
  readonly hash: Buffer;
  readonly header: Buffer;
  readonly certificate: Buffer;
  readonly batch: Buffer;
  readonly first: number;
  readonly ran: number;
  readonly failed: number;
  readonly row_check: Buffer;
  /** Absent in a file of an older version, which a reader does not change. */
  readonly events?: Buffer;
}
interface StoredBase {
  readonly bodies_from: number;
  readonly first: number;
  readonly position: number;
  readonly indexed_from: number;
  readonly crc: number;
}
interface StoredEntryRow {
  readonly number: number;
  readonly height: number;
  readonly envelope: Uint8Array;
  readonly outcome: Uint8Array;
  readonly events: Uint8Array;
  /** Empty if unknown. */
  readonly sender: string;
  readonly crc: number;
}

/** @param found told the height of each block of which something damaged was read, before that is thrown */
export function ledgerRows(database: Database, file: string, found?: DamageFound): LedgerRows {
  const selectTip = database.prepare<[], number | null>('SELECT max(height) FROM blocks').pluck();
  const selectGenesis = database.prepare<[], { events: Buffer; validators: Buffer; row_check: Buffer }>(
    'SELECT * FROM genesis',
  );
  const selectBlock = database.prepare<[number], StoredBlockRow>('SELECT * FROM blocks WHERE height = ?');
  const selectHeight = database.prepare<[Buffer], number>('SELECT height FROM blocks WHERE hash = ?').pluck();
  const selectEntries = database.prepare<[number, number], StoredEntryRow>(
    'SELECT * FROM entries WHERE number >= ? ORDER BY number LIMIT ?',
  );
  // A reader changes nothing: a file of an older version has no such table.
  const hasBase = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'base'").get() !== undefined;
  const selectBase = hasBase ? database.prepare<[], StoredBase>('SELECT * FROM base') : undefined;
  const selectSkipped = database.prepare<[number], { place: number; envelope: Buffer }>(
    'SELECT place, envelope FROM skipped WHERE height = ?',
  );

  const selectFirst = database.prepare<[number], number>('SELECT first FROM blocks WHERE height = ?').pluck();

  /** Answers of `read`; damage in it is told with the height of its block. */
  function telling<Answer>(height: () => Height, read: () => Answer): Answer {
    try {
      return read();
    } catch (error) {
      if (found !== undefined && isDamage(error) && error.facts.table !== 'base')
        found(height(), error.facts);
      throw error;
    }
  }

  const block = (height: Height): BlockRow | undefined =>
    telling(
      () => height,
      () => {
        const row = naming(file, () => selectBlock.get(height));
        return row === undefined ? undefined : checkedBlock(row, file);
      },
    );

  /** By what the rows say, unchecked: the last block that begins at or below the number. */
  function heightOfNumber(number: number): Height {
    let low = 0;
    let high = naming(file, () => selectTip.get()) ?? 0;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const first = naming(file, () => selectFirst.get(middle));
      if (first === undefined || first > number) high = middle - 1;
      else low = middle;
    }
    return low as Height;
  }

  function base(): LedgerBase {
    const row = naming(file, () => selectBase?.get());
    if (row === undefined) return wholeLedger;
    const { bodies_from, first, position, indexed_from, crc } = row;
    if (rowCrc('base', bodies_from, first, position, indexed_from) !== crc) throw damaged(file, 'base', 1);
    const [bodiesFrom, indexedFrom] = [bodies_from as Height, indexed_from as Height];
    return { bodiesFrom, first, position, indexedFrom };
  }

  const entries = (first: number, count: number): EntryRow[] => {
    let reached = first;
    return telling(
      () => heightOfNumber(reached),
      () =>
        readEntries(first, count, (number) => {
          reached = number;
        }),
    );
  };

  function readEntries(first: number, count: number, reading: (number: number) => void): EntryRow[] {
    const rows = naming(file, () => selectEntries.all(first, count));
    if (rows.length === 0 && count > 0 && first < base().first) throw missingEntry(first);
    return rows.map((row, index) => {
      reading(first + index);
      // A hole is damage too: numbers have none.
      if (row.number !== first + index) throw missingEntry(first + index);
      return checkedEntry(row, file);
    });
  }

  function missingEntry(number: number): StorageError {
    if (number < base().first) return pruned({ base }, { number });
    return damaged(file, 'entries', number);
  }

  const envelopes = (row: BlockRow): Uint8Array[] =>
    telling(
      () => row.height,
      () => readEnvelopes(row),
    );

  function readEnvelopes({ height, batch, hasBody, first, ran }: BlockRow): Uint8Array[] {
    if (!hasBody) throw pruned({ base }, { height });
    const executed = entries(first, ran);
    const skipped = new Map(
      naming(file, () => selectSkipped.all(height)).map(({ place, envelope }) => [place, envelope]),
    );
    const inOrder = executed.values();
    return batch.ids.map((id, place) => {
      const envelope = skipped.get(place) ?? inOrder.next().value?.envelope;
      if (!isBytes(envelope) || transactionId(envelope) !== id)
        throw damaged(file, skipped.has(place) ? 'skipped' : 'entries', `${height}/${place}`);
      return plainBytes(envelope);
    });
  }

  function genesis(): GenesisRow {
    const row = naming(file, () => selectGenesis.get());
    if (row === undefined || !checkHolds(row.row_check, 'genesis', 1, row.events, row.validators))
      throw damaged(file, 'genesis', 1);
    return { events: decodeEvents(row.events), validators: decodeValidatorSet(row.validators) };
  }

  const { handedOver, ...ofEpochs } = epochRows(database, file);
  const epochs: EpochRows = {
    ...ofEpochs,
    // The block that hands over brings the set again.
    handedOver: (header) =>
      telling(
        () => header.height,
        () => handedOver(header),
      ),
  };

  return {
    genesis,
    block,
    base,
    entries,
    envelopes,
    epochs,
    recoveries: () => readRecoveries(database, file),
    tipHeight: () => (naming(file, () => selectTip.get()) ?? undefined) as Height | undefined,
    heightOf: (hash) => naming(file, () => selectHeight.get(Buffer.from(hash, 'hex'))) as Height | undefined,
    entry: (number) => entries(number, 1)[0],
  };
}

/** What was asked for begins below the first body that is here. */
export const pruned = ({ base }: Pick<LedgerRows, 'base'>, facts: StorageFacts): StorageError =>
  new StorageError('pruned', { ...facts, bodiesFrom: base().bodiesFrom });

/** A block row as it is written, but for its height and check. */
export interface BlockColumns {
  readonly hash: Uint8Array;
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  readonly batch: Uint8Array;
  readonly first: number;
  readonly ran: number;
  readonly failed: number;
  /** Covered by the check only if there are any: rows of an older version have none. */
  readonly events: Uint8Array;
}

/** What a block row's check covers, in this order. */
function checkedParts({ hash, header, certificate, batch, events, ...row }: BlockColumns): Uint8Array[] {
  const parts = [hash, header, certificate, batch, Buffer.from(`${row.first}/${row.ran}/${row.failed}`)];
  return events.length === 0 ? parts : [...parts, events];
}

/** In the order of the table's columns. */
export function blockValues(height: Height, row: BlockColumns): readonly unknown[] {
  const { hash, header, certificate, batch, first, ran, failed, events } = row;
  const check = rowCheck('blocks', height, ...checkedParts(row));
  return [height, hash, header, certificate, batch, first, ran, failed, check, events];
}

function checkedBlock(row: StoredBlockRow, file: string): BlockRow {
  const { height, first, ran, failed, events = new Uint8Array(0) } = row;
  if (!isBytes(events)) throw damaged(file, 'blocks', height);
  const parts = checkedParts({ ...row, events });
  if (!checkHolds(row.row_check, 'blocks', height, ...parts)) throw damaged(file, 'blocks', height);
  const [hash, header, certificate, batch] = [
    toHex(row.hash) as BlockHash,
    plainBytes(row.header),
    plainBytes(row.certificate),
    plainBytes(row.batch),
  ];
  if (headerHash(header) !== hash) throw damaged(file, 'blocks', height);
  const decoded = decodeHeader(header);
  const hasBody = batch.length > 0;
  const decodedBatch = hasBody ? decodeBatch(batch) : nullBatch;
  const isOther = height > 0 && hasBody && batchDigest(decodedBatch) !== decoded.batch;
  if (decoded.height !== height || isOther) throw damaged(file, 'blocks', height);
  return {
    height: height as Height,
    hash,
    header: decoded,
    headerBytes: header,
    ...(certificate.length === 0 ? {} : { certificate: decodeCertificate(certificate) }),
    batch: decodedBatch,
    hasBody,
    first,
    ran,
    failed,
    ...decodeBlockEvents(plainBytes(events)),
  };
}

/** @returns the row of a block without its body, as it is written. */
export function bodilessRow(row: BodilessBlock): readonly unknown[] {
  const { height, headerBytes, first, ran, failed } = row;
  return blockValues(height, {
    hash: fromHex(row.hash),
    header: headerBytes,
    certificate: encodeCertificate(row.certificate),
    batch: new Uint8Array(0),
    first,
    ran,
    failed,
    events: encodeBlockEvents(row),
  });
}

interface BodilessBlock extends BlockEvents {
  readonly height: Height;
  readonly hash: BlockHash;
  readonly headerBytes: Uint8Array;
  readonly certificate: Certificate;
  readonly first: number;
  readonly ran: number;
  readonly failed: number;
}

/** Replaces the only row of the table `base`. To be called inside a transaction. */
export function writeBase(
  database: Database,
  { bodiesFrom, first, position, indexedFrom }: LedgerBase,
): void {
  const crc = rowCrc('base', bodiesFrom, first, position, indexedFrom);
  database
    .prepare('INSERT OR REPLACE INTO base VALUES (1, ?, ?, ?, ?, ?)')
    .run(bodiesFrom, first, position, indexedFrom, crc);
}

/** Envelope, outcome and events are covered by the block's roots too; this finds damage in one row. */
export const entryCrc = (row: Omit<StoredEntryRow, 'crc'>): number =>
  blobsCrc(rowCrc('entries', row.number, row.height, row.sender), row.envelope, row.outcome, row.events);

function checkedEntry(row: StoredEntryRow, file: string): EntryRow {
  const { number, height, sender } = row;
  if (entryCrc(row) !== row.crc) throw damaged(file, 'entries', number);
  const [envelope, outcome] = [plainBytes(row.envelope), plainBytes(row.outcome)];
  const events = inflateEvents(plainBytes(row.events), envelope);
  if (events === undefined) throw damaged(file, 'entries', number);
  return {
    number,
    height: height as Height,
    id: transactionId(envelope),
    envelope,
    ...(sender === '' ? {} : { sender }),
    outcome: decodeOutcome(outcome),
    outcomeBytes: outcome,
    eventsBytes: events,
  };
}

/**
 * `ledger.db`: certified blocks, and the transactions that this node accepted. A transaction that ran has a
 * number, counted over the whole ledger from 0; entries stand in that order.
 */
import { toHex } from '../../shared/codec/hex.ts';
import {
  batchDigest,
  decodeBatch,
  decodeCertificate,
  decodeEvents,
  decodeHeader,
  decodeOutcome,
  decodeValidatorSet,
  headerHash,
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
import type { Database, FileFormat } from './database.ts';
import { damaged, naming } from './errors.ts';
import { inflateEvents } from './event-delta.ts';
import { checkHolds, isBytes, plainBytes } from './row-check.ts';
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
  ],
  synchronous: 'FULL',
  pageBytes: 8_192,
  cacheKibibytes: 16_384,
};

export interface BlockRow {
  readonly height: Height;
  readonly hash: BlockHash;
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  /** Absent at genesis. */
  readonly certificate?: Certificate;
  readonly batch: Batch;
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
  /** Ascending from `first`, at most `count`. */
  entries(first: number, count: number): EntryRow[];
  /** Envelopes of all ids of the block's batch, in its order. */
  envelopes(block: BlockRow): Uint8Array[];
}

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

export function ledgerRows(database: Database, file: string): LedgerRows {
  const selectTip = database.prepare<[], number | null>('SELECT max(height) FROM blocks').pluck();
  const selectGenesis = database.prepare<[], { events: Buffer; validators: Buffer; row_check: Buffer }>(
    'SELECT * FROM genesis',
  );
  const selectBlock = database.prepare<[number], StoredBlockRow>('SELECT * FROM blocks WHERE height = ?');
  const selectHeight = database.prepare<[Buffer], number>('SELECT height FROM blocks WHERE hash = ?').pluck();
  const selectEntries = database.prepare<[number, number], StoredEntryRow>(
    'SELECT * FROM entries WHERE number >= ? ORDER BY number LIMIT ?',
  );
  const selectSkipped = database.prepare<[number], { place: number; envelope: Buffer }>(
    'SELECT place, envelope FROM skipped WHERE height = ?',
  );

  function block(height: Height): BlockRow | undefined {
    const row = naming(file, () => selectBlock.get(height));
    return row === undefined ? undefined : checkedBlock(row, file);
  }

  function entries(first: number, count: number): EntryRow[] {
    return naming(file, () => selectEntries.all(first, count)).map((row, index) => {
      // A hole is damage too: numbers have none.
      if (row.number !== first + index) throw damaged(file, 'entries', first + index);
      return checkedEntry(row, file);
    });
  }

  function envelopes({ height, batch, first, ran }: BlockRow): Uint8Array[] {
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

  return {
    genesis,
    block,
    entries,
    envelopes,
    tipHeight: () => (naming(file, () => selectTip.get()) ?? undefined) as Height | undefined,
    heightOf: (hash) => naming(file, () => selectHeight.get(Buffer.from(hash, 'hex'))) as Height | undefined,
    entry: (number) => entries(number, 1)[0],
  };
}

/** What a block row's check covers, in this order. */
export const blockNumbers = (row: { first: number; ran: number; failed: number }): Uint8Array =>
  Buffer.from(`${row.first}/${row.ran}/${row.failed}`);

function checkedBlock(row: StoredBlockRow, file: string): BlockRow {
  const { height, first, ran, failed } = row;
  const numbers = blockNumbers(row);
  const parts = [row.hash, row.header, row.certificate, row.batch, numbers];
  if (!checkHolds(row.row_check, 'blocks', height, ...parts)) throw damaged(file, 'blocks', height);
  const [hash, header, certificate, batch] = [
    toHex(row.hash) as BlockHash,
    plainBytes(row.header),
    plainBytes(row.certificate),
    plainBytes(row.batch),
  ];
  if (headerHash(header) !== hash) throw damaged(file, 'blocks', height);
  const decoded = decodeHeader(header);
  const decodedBatch = decodeBatch(batch);
  if (decoded.height !== height || (height > 0 && batchDigest(decodedBatch) !== decoded.batch))
    throw damaged(file, 'blocks', height);
  return {
    height: height as Height,
    hash,
    header: decoded,
    headerBytes: header,
    ...(certificate.length === 0 ? {} : { certificate: decodeCertificate(certificate) }),
    batch: decodedBatch,
    first,
    ran,
    failed,
  };
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

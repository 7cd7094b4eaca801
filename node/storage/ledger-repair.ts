/**
 * Damaged blocks of `ledger.db`: remembered when they are met, looked for, and replaced by what a peer proved. Rows
 * are numbered by what is around them, so that a replaced block stands exactly where it stood.
 */
import { fromHex } from '../../shared/codec/hex.ts';
import { decodeHeader } from '../../shared/codec/ledger.ts';
import { merkleRoot } from '../../shared/crypto/merkle.ts';
import { epochOf, type Height, heightOf, nextHeight } from '../../shared/types/brands.ts';
import type {
  DamageFacts,
  DecidedBlock,
  HandOver,
  Neighbours,
  ProvenBlock,
  RepairPort,
} from '../runtime/ports.ts';
import { type BlockEvents, noBlockEvents } from './block-events.ts';
import { blockWriter, type NewBlock } from './block-writer.ts';
import type { Database } from './database.ts';
import { lastHeightOf } from './epoch-ends.ts';
import { epochWriter } from './epoch-rows.ts';
import { damaged, intact, isDamage, namedError, naming } from './errors.ts';
import type { Fatal } from './group-commit.ts';
import {
  type BlockRow,
  bodilessRow,
  type DamageFound,
  type LedgerBase,
  type LedgerRows,
} from './ledger-file.ts';

/** Heights at which something damaged was read. */
export interface DamageBook {
  readonly found: DamageFound;
  heights(): readonly Height[];
  repaired(height: Height): void;
  watch(found: (height: Height, facts: DamageFacts) => void): void;
}

export function damageBook(): DamageBook {
  const facts = new Map<Height, DamageFacts>();
  let watcher: ((height: Height, facts: DamageFacts) => void) | undefined;
  return {
    heights: () => [...facts.keys()].sort((one, other) => one - other),
    repaired: (height) => facts.delete(height),
    found(height, about) {
      if (facts.has(height)) return;
      facts.set(height, about);
      watcher?.(height, about);
    },
    /** What was met before anybody watched is told too. */
    watch(found) {
      watcher = found;
      for (const [height, about] of facts) found(height, about);
    },
  };
}

export interface LedgerRepairOptions {
  readonly database: Database;
  readonly file: string;
  readonly rows: LedgerRows;
  readonly book: DamageBook;
  /** Commits what others have in hand, since SQLite has one transaction at a time. */
  readonly flush: () => void;
  readonly fatal: Fatal;
}

/** A hole in the heights is looked at row by row up to so many; beyond, a damaged key stands in another place. */
const holeMax = 64;

/** What stands around a block fixes its numbers. */
type Numbers = Pick<BlockRow, 'first' | 'ran' | 'failed'>;

export function ledgerRepair(options: LedgerRepairOptions): RepairPort {
  const { database, file, rows, book, flush, fatal } = options;
  const writer = blockWriter(database);
  const base = rows.base();
  const selectNext = database
    .prepare<[number], number | null>('SELECT min(height) FROM blocks WHERE height > ?')
    .pluck();

  function inspect(from: Height, transactionsMax: number): Height | undefined {
    try {
      return inspectFrom(from, transactionsMax);
    } catch (error) {
      if (!isDamage(error)) throw error;
      // The way through the table itself is damaged, which no single row says.
      book.found(from, error.facts);
      return undefined;
    }
  }

  function inspectFrom(from: Height, transactionsMax: number): Height | undefined {
    const tip = rows.tipHeight() ?? heightOf(0);
    let count = 0;
    for (let height = from; height <= tip; height = following(height, tip)) {
      if (count >= transactionsMax) return height;
      count += 1 + inspectOne(height);
    }
    return undefined;
  }

  function following(height: Height, tip: Height): Height {
    const next = naming(file, () => selectNext.get(height)) ?? tip + 1;
    return heightOf(next - height > holeMax ? next : height + 1);
  }

  /** @returns how many transactions were read; what is damaged was told when it was read. */
  function inspectOne(height: Height): number {
    try {
      const row = rows.block(height);
      if (row === undefined) throw damaged(file, 'blocks', height);
      rows.epochs.handedOver(row.header);
      if (height === 0 || !row.hasBody || height < base.bodiesFrom) return 0;
      requireWhole(row);
      return row.ran;
    } catch (error) {
      if (!isDamage(error)) throw error;
      book.found(height, error.facts);
      return 0;
    }
  }

  /** The roots find what a row's own check lets through. */
  function requireWhole(row: BlockRow): void {
    rows.envelopes(row);
    const entries = rows.entries(row.first, row.ran);
    const { transactions, outcomes } = row.header;
    const isWhole =
      entries.length === row.ran &&
      merkleRoot(entries.map(({ id }) => fromHex(id))) === transactions &&
      merkleRoot(entries.map(({ outcomeBytes }) => outcomeBytes)) === outcomes;
    if (!isWhole) throw damaged(file, 'entries', `height ${row.height}`);
  }

  function decided(height: Height): DecidedBlock | undefined {
    const row = rows.block(height);
    if (row?.certificate === undefined || !row.hasBody) return undefined;
    const { headerBytes: header, certificate, batch } = row;
    const nextValidators = rows.epochs.handedOver(row.header);
    const ran = rows
      .entries(row.first, row.ran)
      .map(({ outcomeBytes, eventsBytes }) => ({ outcome: outcomeBytes, events: eventsBytes }));
    const set = nextValidators && { nextValidators };
    return { header, certificate, ...set, batch, envelopes: rows.envelopes(row), ran };
  }

  function beside(height: Height): Neighbours {
    const below = intact(() => rows.block(heightOf(height - 1)))?.hash;
    const parentAbove = intact(() => rows.block(nextHeight(height)))?.header.parent;
    return { ...(below !== undefined && { below }), ...(parentAbove !== undefined && { parentAbove }) };
  }

  function replace(block: ProvenBlock): string | undefined {
    flush();
    const { height } = block;
    const numbers = numbersOf(rows, base, block);
    if (numbers === undefined) return 'the blocks beside it do not say which numbers it has';
    const own = ownEventsOf(rows, block);
    const write = (): void => {
      if (height < base.bodiesFrom) replaceBodiless(database, block, numbers, own);
      else writer.replace(newBlockOf(block, numbers, own));
    };
    const failure = tryWrite(write) && tryWrite(() => withNewIndex(write));
    if (failure !== undefined) return failure;
    book.repaired(height);
    inspectOne(height);
    return book.heights().includes(height) ? 'what was written is damaged again' : undefined;
  }

  /** @returns the message of damage that SQLite itself met; anything else that a disk reports ends the node. */
  function tryWrite(write: () => void): string | undefined {
    try {
      database.transaction(write)();
      return undefined;
    } catch (error) {
      const named = namedError(error, file);
      // Keys that are damaged stand where no search finds them, and in the way of what is written.
      if (isDamage(named) || isConstraint(error)) return String(error);
      if (!(named instanceof Error) || !('facts' in named) || !('code' in named)) throw named;
      fatal(String(named.code), named.facts as DamageFacts);
      return named.message;
    }
  }

  /** A row whose hash is damaged is not found in the index of hashes, and cannot be removed from it. */
  function withNewIndex(write: () => void): void {
    database.exec('REINDEX blocks_by_hash');
    write();
  }

  function handOvers(): HandOver[] {
    const found: HandOver[] = [];
    const newest = rows.epochs.last();
    for (let epoch = epochOf(0); epoch < newest; epoch = epochOf(epoch + 1)) {
      const height = intact(() => lastHeightOf(rows, epoch));
      const last = height && intact(() => rows.block(height));
      const nextValidators = last && intact(() => rows.epochs.handedOver(last.header));
      if (last !== undefined && nextValidators !== undefined)
        found.push({ header: last.header, nextValidators });
    }
    return found;
  }

  return {
    damaged: book.heights,
    watch: book.watch,
    inspect,
    decided,
    beside,
    handOvers,
    replace,
  };
}

const isConstraint = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_CONSTRAINT');

/** A damaged neighbour does not know; it is repaired before, or this block waits for it. */
function numbersOf(rows: LedgerRows, base: LedgerBase, block: ProvenBlock): Numbers | undefined {
  const { height, failed } = block;
  const ran = block.ran.length;
  if (height === base.bodiesFrom) return { first: base.first, ran, failed };
  const before = intact(() => rows.block(heightOf(height - 1)));
  if (before === undefined) return undefined;
  const first = before.first + before.ran;
  if (height > base.bodiesFrom) return { first, ran, failed };
  const after = intact(() => rows.block(nextHeight(height)));
  if (after === undefined) return undefined;
  // A snapshot leaves rows without numbers, the last of which leads over to the first number behind it.
  if (nextHeight(height) === base.indexedFrom) return { first: after.first, ran: 0, failed: 0 };
  if (after.first === first) return { first, ran: 0, failed: 0 };
  return after.first === first + ran ? { first, ran, failed } : undefined;
}

/**
 * What a block decided by itself is in no transaction, and nothing that is signed says it, so that no peer proves it.
 * The block's own row does where it is whole and the damage lies in its transactions; else it stands there with none.
 */
function ownEventsOf(rows: LedgerRows, { height, hash }: ProvenBlock): BlockEvents {
  const row = intact(() => rows.block(height));
  return row?.hash === hash ? { opening: row.opening, closing: row.closing } : noBlockEvents;
}

function replaceBodiless(database: Database, block: ProvenBlock, numbers: Numbers, own: BlockEvents): void {
  const { height, hash, stored } = block;
  const { header: headerBytes, certificate } = stored;
  epochWriter(database)(decodeHeader(headerBytes), stored.nextValidators);
  const row = bodilessRow({ height, hash, headerBytes, certificate, ...numbers, ...own });
  database.prepare('DELETE FROM blocks WHERE height = ?').run(height);
  database.prepare('INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(...row);
}

function newBlockOf(
  { height, hash, stored, ran }: ProvenBlock,
  { first, failed }: Numbers,
  own: BlockEvents,
): NewBlock {
  const { header: headerBytes, certificate, batch, envelopes, nextValidators } = stored;
  const places = new Set(ran.map(({ place }) => place));
  return {
    height,
    hash,
    header: decodeHeader(headerBytes),
    headerBytes,
    certificate,
    ...(nextValidators && { nextValidators }),
    batch,
    first,
    ran: ran.map(({ place, outcome, events, sender = '' }) => ({
      envelope: envelopes[place]!,
      outcome,
      events,
      sender,
    })),
    failed,
    ...own,
    skipped: envelopes.flatMap((envelope, place) => (places.has(place) ? [] : [{ place, envelope }])),
  };
}

/** Questions about transactions: by id, by pair, by filter, by block. */
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import type { Height, TransactionId } from '../../shared/types/brands.ts';
import type { LedgerQueries, TransactionFilter, TransactionRecord } from '../runtime/queries.ts';
import type { BlockPlace } from './block-index.ts';
import { decodeNumberCursor, encodeCursor } from './cursors.ts';
import { damaged } from './errors.ts';
import type { Indexer } from './indexer.ts';
import { type BlockRow, type EntryRow, type LedgerRows, pruned } from './ledger-file.ts';
import { intersection, type NumberSet, union } from './number-sets.ts';
import type { RecentBlocks } from './recent-blocks.ts';
import type { TermKind } from './terms.ts';

type TransactionQueries = Pick<
  LedgerQueries,
  'blockTransactions' | 'blockTransactionIds' | 'transaction' | 'transactions' | 'pairRan'
>;

const keptBlocksMax = 64;

interface NumberRange {
  readonly low: number;
  readonly high: number;
}

export function transactionQueries(
  rows: LedgerRows,
  recent: RecentBlocks,
  ledgerFile: string,
  indexer: Indexer,
): TransactionQueries {
  const { parts } = indexer;
  const blockOf = knownBlocks(rows, ledgerFile);

  function record(entry: EntryRow): TransactionRecord {
    const { height, hash, header, first } = blockOf(entry.height);
    const { body } = decodeEnvelope(entry.envelope);
    return {
      id: entry.id,
      height,
      block: hash,
      index: entry.number - first,
      time: header.time,
      ...(entry.sender === undefined ? {} : { sender: entry.sender }),
      senderKey: body.sender,
      action: body.action,
      envelope: entry.envelope,
      outcome: entry.outcome,
      outcomeBytes: entry.outcomeBytes,
    };
  }

  function required(number: number): EntryRow {
    const entry = rows.entry(number);
    if (entry === undefined) throw damaged(ledgerFile, 'entries', number);
    return entry;
  }

  function transaction(id: TransactionId): TransactionRecord | undefined {
    const pending = indexer.pendingNumber(id);
    const numbers = pending === undefined ? parts.lookups.byId(id) : [pending];
    const entry = numbers.map(required).find((candidate) => candidate.id === id);
    return entry && record(entry);
  }

  function pairRan(senderKey: string, nonce: string): TransactionId | undefined {
    const pending = indexer.pendingPair(senderKey, nonce);
    if (pending !== undefined) return pending;
    return parts.lookups
      .byPair(senderKey, nonce)
      .map(required)
      .find(({ envelope }) => {
        const { body } = decodeEnvelope(envelope);
        return body.sender === senderKey && body.nonce === nonce;
      })?.id;
  }

  function entriesOf(height: Height): readonly EntryRow[] {
    const block = rows.block(height);
    if (block === undefined) return [];
    if (!block.hasBody) throw pruned(rows, { height });
    return rows.entries(block.first, block.ran);
  }

  /** First number of the first block behind the last one for which the test holds. */
  function numberBehind(holds: (place: BlockPlace) => boolean): number {
    const last = parts.blocks.lastWhere(indexer.height(), holds);
    return last === undefined ? 0 : last.first + last.counts.length;
  }

  function rangeOf({ fromTime, toTime, fromHeight, toHeight }: TransactionFilter) {
    const lows = [0];
    const highs = [numberBehind(() => true) - 1];
    if (fromTime !== undefined) lows.push(numberBehind(({ time }) => time < fromTime));
    if (toTime !== undefined) highs.push(numberBehind(({ time }) => time <= toTime) - 1);
    if (fromHeight !== undefined) lows.push(numberBehind(({ height }) => height < fromHeight));
    if (toHeight !== undefined) highs.push(numberBehind(({ height }) => height <= toHeight) - 1);
    return { low: Math.max(...lows), high: Math.min(...highs) };
  }

  /** Numbers below this were never indexed here. */
  function firstIndexed(): number {
    const { indexedFrom, bodiesFrom, first } = rows.base();
    if (indexedFrom <= 1) return 0;
    return indexedFrom === bodiesFrom ? first : (parts.blocks.get(indexedFrom)?.first ?? first);
  }

  const lacksIndex = ({ low, high }: NumberRange): boolean => low <= high && low < firstIndexed();

  const withinIndex = ({ low, high }: NumberRange): NumberRange => ({
    low: Math.max(low, firstIndexed()),
    high,
  });

  /** Who appended to a stream stands in its chunks; who repeated an append, among the postings like all else. */
  function setOf(kind: TermKind, text: string): NumberSet | undefined {
    const posted = parts.postings.of(kind, text);
    const appended = kind === 'stream' ? parts.streams.numbersOf(text) : undefined;
    return posted && appended ? union([posted, appended]) : posted;
  }

  /** undefined if nothing at all has one of the properties. */
  function setsOf(filter: TransactionFilter): readonly NumberSet[] | undefined {
    const { sender, receiver, action, stream, label, status } = filter;
    const sets: NumberSet[] = [];
    for (const [kind, text] of Object.entries({ stream, label, receiver, sender, action, status })) {
      if (text === undefined) continue;
      const set = setOf(kind as TermKind, text);
      if (set === undefined) return undefined;
      sets.push(set);
    }
    return sets;
  }

  function transactions(filter: TransactionFilter, page: Parameters<LedgerQueries['transactions']>[1]) {
    const { cursor, limit, ascending = false } = page;
    const range = rangeOf(filter);
    const sets = setsOf(filter);
    if (sets === undefined && lacksIndex(range)) throw pruned(rows, { number: range.low });
    if (sets === undefined) return { rows: [] };
    if (cursor !== undefined) {
      const last = decodeNumberCursor('transactions', cursor);
      if (ascending) range.low = Math.max(range.low, last + 1);
      else range.high = Math.min(range.high, last - 1);
    }
    const { first } = rows.base();
    const numbers: number[] = [];
    // One more than asked for tells whether there is a next page.
    for (const number of intersection(sets, withinIndex(range), ascending))
      if (numbers.push(number) > limit) break;
    // What is not here ends the page, and the next page says so.
    const present = numbers.filter((number) => number >= first);
    const isCut = present.length < numbers.length || (numbers.length <= limit && lacksIndex(range));
    if (isCut && (ascending || present.length === 0)) throw pruned(rows, { number: range.low });
    if (isCut && present.length <= limit)
      return {
        rows: present.map((number) => record(required(number))),
        next: encodeCursor('transactions', present.at(-1) ?? first),
      };
    const found = numbers.slice(0, limit).map((number) => record(required(number)));
    const last = numbers[limit - 1];
    if (numbers.length <= limit || last === undefined) return { rows: found };
    return { rows: found, next: encodeCursor('transactions', last) };
  }

  return {
    transaction,
    transactions,
    blockTransactions: (height) => entriesOf(height).map(record),
    blockTransactionIds: (height) =>
      recent.at(height)?.transactionIds ?? entriesOf(height).map(({ id }) => id),
    pairRan,
  };
}

function knownBlocks(rows: LedgerRows, file: string): (height: Height) => BlockRow {
  const known = new Map<Height, BlockRow>();
  return (height) => {
    const block = known.get(height) ?? rows.block(height);
    if (block === undefined) throw damaged(file, 'blocks', height);
    known.set(height, block);
    const [oldest] = known.keys();
    if (known.size > keptBlocksMax && oldest !== undefined) known.delete(oldest);
    return block;
  };
}

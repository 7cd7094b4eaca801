/** Questions about transactions: by id, by pair, by filter, by block. */
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import type { Height, TransactionId } from '../../shared/types/brands.ts';
import type { LedgerQueries, TransactionFilter, TransactionRecord } from '../runtime/queries.ts';
import type { BlockPlace } from './block-index.ts';
import { decodeNumberCursor, encodeCursor } from './cursors.ts';
import { damaged } from './errors.ts';
import type { Indexer } from './indexer.ts';
import type { BlockRow, EntryRow, LedgerRows } from './ledger-file.ts';
import { intersection, type NumberSet } from './postings.ts';
import type { RecentBlocks } from './recent-blocks.ts';

type TransactionQueries = Pick<
  LedgerQueries,
  'blockTransactions' | 'blockTransactionIds' | 'transaction' | 'transactions' | 'pairRan'
>;

const keptBlocksMax = 64;

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

  function blockTransactions(height: Height): readonly TransactionRecord[] {
    const block = rows.block(height);
    return block === undefined ? [] : rows.entries(block.first, block.ran).map(record);
  }

  function blockTransactionIds(height: Height): readonly TransactionId[] {
    const known = recent.at(height);
    if (known !== undefined) return known.transactionIds;
    const block = rows.block(height);
    return block === undefined ? [] : rows.entries(block.first, block.ran).map(({ id }) => id);
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

  /** undefined if nothing at all has one of the properties. */
  function setsOf(filter: TransactionFilter): readonly NumberSet[] | undefined {
    const { sender, receiver, action, stream, label, status } = filter;
    const sets: NumberSet[] = [];
    for (const [kind, text] of Object.entries({ stream, label, receiver, sender, action, status })) {
      if (text === undefined) continue;
      const set = parts.postings.of(kind as 'stream', text);
      if (set === undefined) return undefined;
      sets.push(set);
    }
    return sets;
  }

  function transactions(filter: TransactionFilter, page: Parameters<LedgerQueries['transactions']>[1]) {
    const { cursor, limit, ascending = false } = page;
    const sets = setsOf(filter);
    if (sets === undefined) return { rows: [] };
    const range = rangeOf(filter);
    if (cursor !== undefined) {
      const last = decodeNumberCursor('transactions', cursor);
      if (ascending) range.low = Math.max(range.low, last + 1);
      else range.high = Math.min(range.high, last - 1);
    }
    const numbers: number[] = [];
    // One more than asked for tells whether there is a next page.
    for (const number of intersection(sets, range, ascending)) if (numbers.push(number) > limit) break;
    const found = numbers.slice(0, limit).map((number) => record(required(number)));
    const last = numbers[limit - 1];
    if (numbers.length <= limit || last === undefined) return { rows: found };
    return { rows: found, next: encodeCursor('transactions', last) };
  }

  return { transaction, transactions, blockTransactions, blockTransactionIds, pairRan };
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

/** A certified block as the index takes it in, fresh from execution or read back from the ledger. */
import { decodeEnvelope, decodeEvents } from '../../shared/codec/ledger.ts';
import type { BlockHash, Height, TransactionId } from '../../shared/types/brands.ts';
import {
  type AppendedEvent,
  appendedEvents,
  type BalanceChange,
  balanceChanges,
  type Touched,
  touchedBy,
} from '../ledger/index-facts.ts';
import type { ExecutedTransaction } from '../ledger/types.ts';
import type { BlockRow, EntryRow } from './ledger-file.ts';
import type { IndexableBlock } from './waiting-blocks.ts';

export interface IndexedTransaction {
  readonly number: number;
  readonly id: TransactionId;
  readonly senderKey: string;
  readonly nonce: string;
  readonly action: string;
  readonly failed: boolean;
  /** Of the envelope. */
  readonly bytes: number;
  readonly touched: Touched;
  /** Its stream events, in order. */
  readonly appended: readonly AppendedEvent[];
  readonly balanceChanges: readonly BalanceChange[];
}

export interface IndexedBlock {
  readonly height: Height;
  readonly hash: BlockHash;
  readonly time: number;
  /** Number of its first transaction. */
  readonly first: number;
  readonly transactions: readonly IndexedTransaction[];
}

export const indexedBlock = (block: IndexableBlock, first: number): IndexedBlock => ({
  height: block.height,
  hash: block.hash,
  time: block.header.time,
  first,
  transactions: block.ran.map((executed, index) => indexedTransaction(executed, first + index)),
});

export const indexedFromLedger = (block: BlockRow, entries: readonly EntryRow[]): IndexedBlock => ({
  height: block.height,
  hash: block.hash,
  time: block.header.time,
  first: block.first,
  transactions: entries.map((entry) => indexedTransaction(executedFrom(entry), entry.number)),
});

/** What execution said about a stored transaction. */
export const executedFrom = (entry: EntryRow): ExecutedTransaction => ({
  transaction: decodeEnvelope(entry.envelope),
  ...(entry.sender === undefined ? {} : { sender: entry.sender }),
  outcome: entry.outcome,
  outcomeBytes: entry.outcomeBytes,
  events: decodeEvents(entry.eventsBytes),
  eventsBytes: entry.eventsBytes,
});

function indexedTransaction(executed: ExecutedTransaction, number: number): IndexedTransaction {
  const { transaction, outcome, events } = executed;
  const { id, body, envelope } = transaction;
  return {
    number,
    id,
    senderKey: body.sender,
    nonce: body.nonce,
    action: body.action,
    failed: outcome.status === 'failed',
    bytes: envelope.length,
    touched: touchedBy(executed),
    appended: appendedEvents(events),
    balanceChanges: events.flatMap(balanceChanges),
  };
}

/** One aspect of the index: collects blocks, writes them inside the indexer's transaction. */
export interface IndexPart {
  add(block: IndexedBlock): void;
  write(): void;
}

/**
 * The (sender, nonce) pairs that ran (rule X2).
 *
 * A pair is in the book from the block that ran it until the block time reaches the end of the minute in which
 * its transaction expires. Of each minute the state tree holds one leaf: {count, pages, digest}, where `digest`
 * runs over the pages, digest("pairs", digest before ‖ page), and a page is what one block added: sender (32),
 * nonce (16), transaction id (32) for each pair, in the order in which they ran. Whoever takes a snapshot checks
 * pages and pairs against these leaves.
 *
 * The pairs themselves are entries {minute, id} without leaves. A pair is present if its entry is there *and* its
 * minute is open. Closing a minute thus takes away all its pairs at once, as the rule demands, while the entries
 * go page by page in the blocks that follow: at 2,000 transactions/s a minute has 120,000 of them, and deleting
 * them in one block would stop every validator at the same moment. What is left of closed minutes decides nothing,
 * and snapshots leave it out (docs/decisions/003-state-without-leaves.md).
 *
 * An entry says nothing that its page does not say: it is written and deleted together with it, and where two pages
 * have the same pair, the entry is that of the later minute. Storage keeps pages alone (node/storage/pair-table.ts).
 */
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { concatBytes, fromHex, toHex, writeHex } from '../../shared/codec/hex.ts';
import { digestBytes } from '../../shared/crypto/digest.ts';
import type { Nonce, PublicKey, TransactionId } from '../../shared/types/brands.ts';
import { assert } from './assert.ts';
import { readRecord, writeRecord } from './records.ts';
import { stateKeys } from './state-keys.ts';
import type { StateChanges, StateView } from './types.ts';

export interface Pair {
  readonly sender: PublicKey;
  readonly nonce: Nonce;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Of the transaction that ran. */
  readonly id: TransactionId;
}

export interface PairBook {
  has(sender: PublicKey, nonce: Nonce): boolean;
  add(pair: Pair): void;
  /** Writes pages and leaves of what was added, then collects some entries of minutes that ended. */
  close(): void;
}

export type PairData = { readonly minute: number; readonly id: Uint8Array };
export type MinuteData = { readonly count: number; readonly pages: number; readonly digest: Uint8Array };
/** Pages from `next` up to, not including, `pages` wait for collection. */
type EndedMinute = { readonly minute: number; readonly next: number; readonly pages: number };

const minuteMs = 60_000;
const senderBytes = 32;
const nonceBytes = 16;
/** Sender and nonce: what a pair is found by. */
export const pairKeyBytes = senderBytes + nonceBytes;
/** On a page. */
export const pairBytes = pairKeyBytes + 32;
const noPairs: MinuteData = { count: 0, pages: 0, digest: new Uint8Array(32) };
/** Collected in every block beyond twice what it added: what is left shrinks under any load. */
const collectedAtLeast = 64;

export function minuteOf(expiresAt: number): number {
  return Math.floor(expiresAt / minuteMs);
}

function hasEnded(minute: number, time: number): boolean {
  return (minute + 1) * minuteMs <= time;
}

/** Which transaction ran for this pair, if the pair is present; for gateway and pool. */
export function transactionOfPair(
  state: StateView,
  sender: PublicKey,
  nonce: Nonce,
): TransactionId | undefined {
  const pair = readRecord<PairData>(state, stateKeys.pair(sender, nonce));
  if (pair === undefined || state.get(stateKeys.pairMinute(pair.minute)) === undefined) return undefined;
  return toHex(pair.id) as TransactionId;
}

/** Removes the minutes that ended at or before the block's time, and opens the book for its transactions. */
export function openPairs(state: StateChanges, time: number): PairBook {
  const before = readRecord<readonly number[]>(state, stateKeys.pairMinutes) ?? [];
  const open = before.filter((minute) => !hasEnded(minute, time));
  if (open.length < before.length) {
    endMinutes(
      state,
      before.filter((minute) => hasEnded(minute, time)),
    );
    writeRecord(state, stateKeys.pairMinutes, open);
  }
  return createBook(state, new Set(open));
}

function endMinutes(state: StateChanges, minutes: readonly number[]): void {
  const ended = [...(readRecord<readonly EndedMinute[]>(state, stateKeys.endedPairs) ?? [])];
  for (const minute of minutes) {
    ended.push({ minute, next: 0, pages: readMinute(state, minute).pages });
    state.delete(stateKeys.pairMinute(minute));
  }
  writeRecord(state, stateKeys.endedPairs, ended);
}

function createBook(state: StateChanges, open: Set<number>): PairBook {
  const added = new Map<number, NewPage>();
  let addedCount = 0;
  /** Which key was made last: who is asked for is added next, and its key has 117 characters. */
  let last: { readonly sender: PublicKey; readonly nonce: Nonce; readonly key: string } | undefined;

  function keyOf(sender: PublicKey, nonce: Nonce): string {
    if (last?.nonce !== nonce || last.sender !== sender)
      last = { sender, nonce, key: stateKeys.pair(sender, nonce) };
    return last.key;
  }

  return {
    has: (sender, nonce) => {
      // Not as a record that is kept for the next question: nearly always there is none, and nobody asks again.
      const bytes = state.get(keyOf(sender, nonce));
      return bytes !== undefined && open.has((decode(bytes) as PairData).minute);
    },
    add: ({ sender, nonce, expiresAt, id }) => {
      const minute = minuteOf(expiresAt);
      open.add(minute);
      writeRecord(state, keyOf(sender, nonce), { minute, id: fromHex(id) });
      const page = added.get(minute) ?? new NewPage();
      page.add(sender, nonce, id);
      added.set(minute, page);
      addedCount += 1;
    },
    close: () => {
      for (const minute of [...added.keys()].sort((a, b) => a - b)) {
        addPage(state, minute, added.get(minute)!.bytes());
      }
      if (added.size > 0) indexMinutes(state, open);
      collectEnded(state, 2 * addedCount + collectedAtLeast);
    },
  };
}

/** What a block adds to a minute, in a buffer that grows. */
class NewPage {
  private buffer = new Uint8Array(64 * pairBytes);
  private length = 0;

  add(sender: PublicKey, nonce: Nonce, id: TransactionId): void {
    if (this.length + pairBytes > this.buffer.length) {
      const grown = new Uint8Array(2 * this.buffer.length);
      grown.set(this.buffer);
      this.buffer = grown;
    }
    writeHex(this.buffer, this.length, sender);
    writeHex(this.buffer, this.length + senderBytes, nonce);
    writeHex(this.buffer, this.length + pairKeyBytes, id);
    this.length += pairBytes;
  }

  bytes(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}

function addPage(state: StateChanges, minute: number, page: Uint8Array): void {
  const before = readMinute(state, minute);
  writeRecord(state, stateKeys.pairPage(minute, before.pages), page);
  writeRecord(state, stateKeys.pairMinute(minute), withPage(before, page));
}

export function withPage({ count, pages, digest }: MinuteData, page: Uint8Array): MinuteData {
  return {
    count: count + page.length / pairBytes,
    pages: pages + 1,
    digest: digestBytes('pairs', concatBytes(digest, page)),
  };
}

const entryPrefix = stateKeys.pair('', '');
/** All keys of pages, and no other, begin with this. */
export const pagesPrefix = stateKeys.pairPage(0, 0).slice(0, -'0/0'.length);

export const isPairEntry = (key: string): boolean => key.startsWith(entryPrefix);

/** Sender and nonce of an entry, as its page has them. */
export function pairOfEntry(key: string): Uint8Array {
  const pair = new Uint8Array(pairKeyBytes);
  writeHex(pair, 0, key, entryPrefix.length);
  return pair;
}

export interface PageName {
  readonly minute: number;
  readonly page: number;
}

/** undefined for every other key. */
export function pageOfKey(key: string): PageName | undefined {
  if (!key.startsWith(pagesPrefix)) return undefined;
  const [minute, page] = key.slice(pagesPrefix.length).split('/');
  return { minute: Number(minute), page: Number(page) };
}

/** The record of the pair that stands there on a page, as its entry has it. */
export function pairRecord(minute: number, page: Uint8Array, at: number): Uint8Array {
  const data: PairData = { minute, id: page.slice(at + pairKeyBytes, at + pairBytes) };
  return encode(data);
}

/** The entries that a page stands for: key and record of each pair. */
export function pairsOfPage(minute: number, page: Uint8Array): (readonly [key: string, data: PairData])[] {
  const entries: (readonly [string, PairData])[] = [];
  for (let at = 0; at + pairBytes <= page.length; at += pairBytes) {
    const nonceAt = at + senderBytes;
    const idAt = nonceAt + nonceBytes;
    const sender = toHex(page.subarray(at, nonceAt));
    const key = stateKeys.pair(sender, toHex(page.subarray(nonceAt, idAt)));
    entries.push([key, { minute, id: page.slice(idAt, at + pairBytes) }]);
  }
  return entries;
}

function readMinute(state: StateView, minute: number): MinuteData {
  return readRecord<MinuteData>(state, stateKeys.pairMinute(minute)) ?? noPairs;
}

function indexMinutes(state: StateChanges, open: ReadonlySet<number>): void {
  const before = readRecord<readonly number[]>(state, stateKeys.pairMinutes) ?? [];
  if (before.length < open.size) {
    writeRecord(
      state,
      stateKeys.pairMinutes,
      [...open].sort((a, b) => a - b),
    );
  }
}

function collectEnded(state: StateChanges, pairsMax: number): void {
  const ended = readRecord<readonly EndedMinute[]>(state, stateKeys.endedPairs);
  if (ended === undefined) return;
  const left = [...ended];
  for (let budget = pairsMax; budget > 0 && left[0] !== undefined; ) {
    const { minute, next, pages } = left[0];
    budget -= collectPage(state, minute, next);
    if (next + 1 < pages) left[0] = { minute, next: next + 1, pages };
    else left.shift();
  }
  if (left.length === 0) state.delete(stateKeys.endedPairs);
  else writeRecord(state, stateKeys.endedPairs, left);
}

/** Removes a page and its entries; an entry that a later transaction took over stays. */
function collectPage(state: StateChanges, minute: number, index: number): number {
  const page = readRecord<Uint8Array>(state, stateKeys.pairPage(minute, index));
  assert(page !== undefined, `page ${index} of minute ${minute} waits for collection`);
  for (const [key] of pairsOfPage(minute, page))
    if (readRecord<PairData>(state, key)?.minute === minute) state.delete(key);
  state.delete(stateKeys.pairPage(minute, index));
  return page.length / pairBytes;
}

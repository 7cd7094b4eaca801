/**
 * Finds the pairs that ran by the pages that hold them. A row for each pair would fall on a page of the file of its
 * own, be read there once more and be deleted there ten minutes later: that was the largest cost of a checkpoint.
 *
 * For each pair on a stored page there are twelve bytes in memory and up to three times that in gaps: a hash, the page
 * and the place on it. What they lead to is read from the page and compared. A minute leaves memory as a whole when the
 * last of its pages is deleted.
 */
import { decode } from '../../shared/codec/dag-cbor.ts';
import { pageOfKey, pagesPrefix, pairBytes, pairKeyBytes, pairOfEntry, pairRecord } from '../ledger/pairs.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import type { StateRows } from './state-rows.ts';

export interface PairTable {
  /** The record of a pair's entry as the stored pages have it. @throws StorageError `data-damaged` */
  get(entryKey: string): Uint8Array | undefined;
  /** These changes are stored now: takes in the pages among them. */
  update(changes: ReadonlyMap<string, Uint8Array | undefined>): void;
}

/** Pairs, one after the other. */
type Page = Uint8Array;

/** Reads all pages that are stored. @throws StorageError `data-damaged` */
export function openPairTable(rows: Pick<StateRows, 'get' | 'boundUnder'>): PairTable {
  const minutes = new Map<number, MinuteTable>();
  // Random, so that nobody can choose nonces that fall on one place on every node.
  const seed = Math.floor(Math.random() * 2 ** 32);
  /** The page that was read last: a page is collected pair by pair. */
  let read: { readonly key: string; readonly page: Page | undefined } | undefined;
  for (const [key, value] of rows.boundUnder(pagesPrefix)) put(key, value);

  function put(key: string, value: Uint8Array | undefined): void {
    const name = pageOfKey(key);
    if (name === undefined) return;
    const { minute, page } = name;
    const table = minutes.get(minute) ?? new MinuteTable();
    minutes.set(minute, table);
    if (value === undefined) table.pages.delete(page);
    else {
      const bytes = decode(value) as Page;
      table.pages.add(page);
      for (let at = 0; at + pairBytes <= bytes.length; at += pairBytes)
        table.add(hashOf(bytes, at, seed), page, at);
    }
    if (table.pages.size === 0) minutes.delete(minute);
  }

  function pageAt(minute: number, page: number): Page | undefined {
    const key = stateKeys.pairPage(minute, page);
    if (read?.key !== key) {
      const value = rows.get(key);
      read = { key, page: value && (decode(value) as Page) };
    }
    return read.page;
  }

  function get(entryKey: string): Uint8Array | undefined {
    if (minutes.size === 0) return undefined;
    const pair = pairOfEntry(entryKey);
    const hash = hashOf(pair, 0, seed);
    let latest = -1;
    let record: Uint8Array | undefined;
    for (const [minute, table] of minutes) {
      if (minute < latest) continue;
      for (const { page, at } of table.find(hash)) {
        const bytes = table.pages.has(page) ? pageAt(minute, page) : undefined;
        if (bytes === undefined || !hasPairAt(bytes, at, pair)) continue;
        latest = minute;
        record = pairRecord(minute, bytes, at);
      }
    }
    return record;
  }

  function update(changes: ReadonlyMap<string, Uint8Array | undefined>): void {
    read = undefined;
    for (const [key, value] of changes) put(key, value);
  }

  return { get, update };
}

interface Place {
  readonly page: number;
  /** Offset in it. */
  readonly at: number;
}

const noPlaces: readonly Place[] = [];
const slotWords = 3;
const firstSlots = 1_024;

/** The places of one expiry minute by the hash of their pair: open addressing with linear probing. */
class MinuteTable {
  /** Those that are stored. */
  readonly pages = new Set<number>();
  /** Hash, page, and offset + 1, which is 0 in an empty slot. */
  private words = new Uint32Array(firstSlots * slotWords);
  private mask = firstSlots - 1;
  private count = 0;

  add(hash: number, page: number, at: number): void {
    if (2 * (this.count + 1) > this.mask + 1) this.grow();
    this.place(hash, page, at + 1);
    this.count += 1;
  }

  find(hash: number): readonly Place[] {
    const { words, mask } = this;
    let found: Place[] | undefined;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const word = slot * slotWords;
      const end = words[word + 2]!;
      if (end === 0) return found ?? noPlaces;
      if (words[word] !== hash) continue;
      found ??= [];
      found.push({ page: words[word + 1]!, at: end - 1 });
    }
  }

  private place(hash: number, page: number, end: number): void {
    const { words, mask } = this;
    let slot = hash & mask;
    while (words[slot * slotWords + 2] !== 0) slot = (slot + 1) & mask;
    words.set([hash, page, end], slot * slotWords);
  }

  private grow(): void {
    const before = this.words;
    this.words = new Uint32Array(2 * before.length);
    this.mask = 2 * this.mask + 1;
    for (let word = 0; word < before.length; word += slotWords) {
      const end = before[word + 2]!;
      if (end !== 0) this.place(before[word]!, before[word + 1]!, end);
    }
  }
}

/** Of the sender and nonce that stand there, from 0 to 2^32 − 1; mixed at the end as in MurmurHash3. */
function hashOf(bytes: Uint8Array, at: number, seed: number): number {
  let hash = seed;
  for (let from = at; from < at + pairKeyBytes; from += 4) {
    const word = bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function hasPairAt(page: Page, at: number, pair: Uint8Array): boolean {
  for (let index = 0; index < pairKeyBytes; index += 1) if (page[at + index] !== pair[index]) return false;
  return true;
}

/** Pairs found by their pages against entries that are kept as state has them. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Nonce, PublicKey, TransactionId } from '../../shared/types/brands.ts';
import { createOverlay } from '../ledger/overlay.ts';
import { isPairEntry, openPairs, pageOfKey } from '../ledger/pairs.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { openDatabase } from './database.ts';
import { derivedFileName, derivedFormat } from './derived-file.ts';
import { openPairTable, type PairTable } from './pair-table.ts';
import { temporaryDirectory } from './test-support.ts';

const minuteMs = 60_000;
const sender = 'ab'.repeat(32) as PublicKey;
const nonceOf = (n: number) => n.toString(16).padStart(32, '0') as Nonce;
const idOf = (n: number) => n.toString(16).padStart(64, '0') as TransactionId;

/** A ledger's pairs in maps, and the table over those of its pages that were stored. */
class Pairs {
  readonly state = new Map<string, Uint8Array>();
  private readonly stored = new Map<string, Uint8Array>();
  private readonly seen = new Set<string>();
  private table: PairTable = this.open();
  private time = 0;
  private ran = 0;

  private open(): PairTable {
    const { stored } = this;
    return openPairTable({
      get: (key) => stored.get(key),
      *boundUnder(prefix) {
        for (const entry of stored) if (entry[0].startsWith(prefix)) yield entry;
      },
    });
  }

  run(passMs: number, pairs: readonly (readonly [nonce: number, lifetimeMs: number])[]): void {
    this.time += passMs;
    const overlay = createOverlay({ get: (key) => this.state.get(key) });
    const book = openPairs(overlay, this.time);
    for (const [nonce, lifetimeMs] of pairs) {
      if (book.has(sender, nonceOf(nonce))) continue;
      this.ran += 1;
      const expiresAt = this.time + lifetimeMs;
      book.add({ sender, nonce: nonceOf(nonce), expiresAt, id: idOf(this.ran) });
    }
    book.close();
    for (const [key, value] of overlay.changes) {
      if (isPairEntry(key)) this.seen.add(key);
      put(this.state, key, value);
      if (pageOfKey(key) !== undefined) put(this.stored, key, value);
    }
    this.table.update(overlay.changes);
  }

  reopen(): void {
    this.table = this.open();
  }

  check(): void {
    for (const key of this.seen) expect(this.table.get(key), key).toEqual(this.state.get(key));
    expect(this.table.get(stateKeys.pair(sender, nonceOf(1_000)))).toBeUndefined();
  }
}

function put(map: Map<string, Uint8Array>, key: string, value: Uint8Array | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

const pair = fc.tuple(fc.nat(12), fc.integer({ min: 1, max: 3 * minuteMs }));
const step = fc.record({
  passMs: fc.integer({ min: 0, max: minuteMs }),
  pairs: fc.array(pair, { maxLength: 6 }),
  reopens: fc.boolean(),
});

describe('a file of an older version', () => {
  it('loses its rows of pairs when it is opened, and nothing else', () => {
    const directory = temporaryDirectory();
    const file = join(directory.path, derivedFileName);
    const older = openDatabase(file, { ...derivedFormat, migrations: derivedFormat.migrations.slice(0, 2) });
    const keys = [
      stateKeys.eventId('s', 'e'),
      stateKeys.pair(sender, nonceOf(1)),
      stateKeys.pairPage(7, 0),
      stateKeys.endedPairs,
    ];
    const insert = older.prepare('INSERT INTO bound VALUES (?, ?, 0)');
    for (const key of keys) insert.run(key, new Uint8Array(1));
    older.close();
    const database = openDatabase(file, derivedFormat);
    const left = database.prepare<[], string>('SELECT key FROM bound ORDER BY key').pluck().all();
    database.close();
    directory.remove();
    expect(left).toEqual(keys.filter((key) => !isPairEntry(key)).sort());
  });
});

describe('pairs by their pages', () => {
  it('are what their entries say, whatever ended, was collected, was taken over or opened again', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const pairs = new Pairs();
        for (const { passMs, pairs: added, reopens } of steps) {
          pairs.run(passMs, added);
          if (reopens) pairs.reopen();
          pairs.check();
        }
      }),
    );
  });

  it('are found among thousands of their minute, and gone when its pages are', () => {
    const pairs = new Pairs();
    const many = Array.from({ length: 1_500 }, (_, nonce) => [nonce + 2_000, minuteMs / 2] as const);
    pairs.run(1, many.slice(0, 700));
    pairs.run(1, many.slice(700));
    pairs.check();
    for (let block = 0; block < 30; block += 1) pairs.run(2 * minuteMs, []);
    expect(pairs.state.size).toBeLessThan(3);
    pairs.check();
  });
});

import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventsPrefix } from '../ledger/snapshot-bound.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { derivedFormat } from './derived-file.ts';
import { type StateRows, stateRows } from './state-rows.ts';

let database: Database.Database;
let rows: StateRows;
beforeEach(() => {
  database = new Database(':memory:');
  database.exec(derivedFormat.migrations[0]!);
  rows = stateRows(database, 'derived.db');
});
afterEach(() => void database.close());

const keysOf = (stream: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => stateKeys.eventId(stream, String(at).padStart(4, '0')));

/** They are read 256 at a time: none, an odd number, exactly one time and two, and one more. */
it.each([0, 3, 256, 512, 513])(
  '%i rows below a prefix come once each, in the order of their keys',
  (count) => {
    const keys = keysOf('orders', count);
    const others = [...keysOf('order', 300), ...keysOf('orders2', 300)];
    rows.put(new Map([...keys, ...others].map((key) => [key, Buffer.from(key)])));
    const found = [...rows.boundUnder(eventsPrefix('orders'))];
    expect(found.map(([key]) => key)).toEqual(keys);
    expect(found.every(([key, value]) => Buffer.from(value).toString() === key)).toBe(true);
  },
);

it('a row whose key is the prefix itself is among them', () => {
  const prefix = eventsPrefix('orders');
  rows.put(new Map([[prefix, Buffer.of(1)]]));
  expect([...rows.boundUnder(prefix)].map(([key]) => key)).toEqual([prefix]);
});

it('a damaged row is named when it is come to', () => {
  const keys = keysOf('orders', 300);
  rows.put(new Map(keys.map((key) => [key, Buffer.from(key)])));
  database.prepare("UPDATE bound SET value = x'00' WHERE key = ?").run(keys[280]);
  const under = rows.boundUnder(eventsPrefix('orders'));
  for (let at = 0; at < 280; at += 1) expect(under.next().value?.[0]).toBe(keys[at]);
  expect(() => under.next()).toThrow(expect.objectContaining({ code: 'data-damaged' }));
});

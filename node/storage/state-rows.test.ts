import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stateKeys } from '../ledger/state-keys.ts';
import { derivedFormat } from './derived-file.ts';
import { type StateRows, stateRows } from './state-rows.ts';

let database: Database.Database;
let rows: StateRows;
beforeEach(() => {
  database = new Database(':memory:');
  for (const step of derivedFormat.migrations) database.exec(step);
  rows = stateRows(database, 'derived.db');
});
afterEach(() => void database.close());

const prefixOf = (minute: number): string => stateKeys.pairPage(minute, 0).slice(0, -1);
const keysOf = (minute: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => prefixOf(minute) + String(at).padStart(4, '0'));

/** They are read 256 at a time: none, an odd number, exactly one time and two, and one more. */
it.each([0, 3, 256, 512, 513])(
  '%i rows below a prefix come once each, in the order of their keys',
  (count) => {
    const keys = keysOf(17, count);
    const others = [...keysOf(1, 300), ...keysOf(172, 300)];
    rows.put(new Map([...keys, ...others].map((key) => [key, Buffer.from(key)])));
    const found = [...rows.boundUnder(prefixOf(17))];
    expect(found.map(([key]) => key)).toEqual(keys);
    expect(found.every(([key, value]) => Buffer.from(value).toString() === key)).toBe(true);
  },
);

it('a row whose key is the prefix itself is among them', () => {
  const prefix = prefixOf(17);
  rows.put(new Map([[prefix, Buffer.of(1)]]));
  expect([...rows.boundUnder(prefix)].map(([key]) => key)).toEqual([prefix]);
});

it('a damaged row is named when it is come to', () => {
  const keys = keysOf(17, 300);
  rows.put(new Map(keys.map((key) => [key, Buffer.from(key)])));
  database.prepare("UPDATE bound SET value = x'00' WHERE key = ?").run(keys[280]);
  const under = rows.boundUnder(prefixOf(17));
  for (let at = 0; at < 280; at += 1) expect(under.next().value?.[0]).toBe(keys[at]);
  expect(() => under.next()).toThrow(expect.objectContaining({ code: 'data-damaged' }));
});

/** Places of eventIds by hash, also where hashes are equal. */
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { derivedFormat } from './derived-file.ts';
import { type EventIds, eventIds, type PlacedEvent } from './event-ids.ts';

let database: Database.Database;
beforeEach(() => {
  database = new Database(':memory:');
  for (const step of derivedFormat.migrations) database.exec(step);
});
afterEach(() => void database.close());

const eventAt = (index: number): PlacedEvent => ({ key: `key ${index}`, revision: index % 150 });
/** As the runs of a stream would say it: keys 0…149 are one stream's, 150…299 another's. */
const isAt = (index: number) => (revision: number) => revision === index % 150;

function everyEventIsFound(ids: EventIds): void {
  for (let at = 0; at < 300; at += 1) expect(ids.find(`key ${at}`, isAt(at))).toBe(at % 150);
}

it.each([
  ['as they are', undefined],
  ['with seven values', (key: string) => Number(key.slice(4)) % 7],
  ['with one value', () => 5],
  ['that begin anew behind the largest', () => 2 ** 52 - 3],
])('with hashes %s every event is found and no other', (_, hashOf) => {
  const ids = eventIds(database, 'derived.db', hashOf);
  const events = Array.from({ length: 300 }, (__, at) => eventAt(at));
  ids.add(events.slice(0, 100));
  ids.add(events.slice(100, 101));
  ids.add(events.slice(101));
  everyEventIsFound(ids);
  expect(ids.find('unknown', () => false)).toBeUndefined();
  ids.add(events);
  everyEventIsFound(ids);
  const { n } = database.prepare('SELECT count(*) AS n FROM event_ids').get() as { n: number };
  expect(n).toBeLessThanOrEqual(300);
});

it.each(['revision = revision + 1', 'crc = crc + 1'])('a damaged place is named: %s', (change) => {
  const ids = eventIds(database, 'derived.db');
  ids.add([eventAt(7)]);
  database.exec(`UPDATE event_ids SET ${change}`);
  expect(() => ids.find('key 7', () => true)).toThrow(
    expect.objectContaining({ code: 'data-damaged', facts: expect.objectContaining({ table: 'event_ids' }) }),
  );
});

/** GET events: newest first, filtered, without a gap between pages, and honest about how far it looked. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiPrefix, type EventsJson, eventsSchema } from '../../shared/api.ts';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import type { IndexedStreamEvent } from '../runtime/queries.ts';
import { eventsBefore } from './events.ts';
import { appendArgs, genesisTime, testEnvelope } from './test-support/consortium.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

let gateway: StartedGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
  const { network } = gateway.ledger;
  for (let number = 0; number < 12; number++) {
    const args = appendArgs(number % 3 === 0 ? 'ports/Älv' : `orders/${number % 2}`, `e${number}`);
    const expiresAt = genesisTime + 300_000;
    const transaction = decodeEnvelope(testEnvelope({ network, action: 'streams.append', args, expiresAt }));
    gateway.node.pool.set(transaction.id, transaction);
    if (number % 2 === 1) gateway.node.certify();
  }
});
afterAll(() => gateway.close());

async function events(query = ''): Promise<EventsJson> {
  const response = await gateway.ask(`${apiPrefix}/events${query}`);
  return eventsSchema.parse(await response.json());
}
const ids = ({ rows }: EventsJson): string[] => rows.map(({ eventId }) => eventId);

test('all events, newest first, and where a subscription goes on', async () => {
  const all = await events();
  expect(ids(all)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((number) => `e${number}`));
  expect(all).toMatchObject({ head: 12, searchedFrom: 0 });
  expect(all.next).toBeUndefined();
});

test('pages join without a gap or a repeat', async () => {
  const seen: string[] = [];
  let before: number | undefined;
  do {
    const page = await events(`?limit=5${before === undefined ? '' : `&before=${before}`}`);
    seen.push(...ids(page));
    before = page.next;
  } while (before !== undefined);
  expect(seen).toEqual(ids(await events()));
});

test.each([
  ['?stream=ports%2F%C3%84lv', ['e9', 'e6', 'e3', 'e0']],
  ['?streamPrefix=orders%2F', ['e11', 'e10', 'e8', 'e7', 'e5', 'e4', 'e2', 'e1']],
  ['?streamPrefix=orders%2F&limit=2', ['e11', 'e10']],
  ['?type=note&before=3', ['e2', 'e1', 'e0']],
  ['?type=other', []],
  ['?label=source%3Dtest&limit=1', ['e11']],
  ['?label=source%3Dother', []],
])('%s', async (query, wanted) => {
  expect(ids(await events(query))).toEqual(wanted);
});

test('a filter that matches little goes on below what it looked at', async () => {
  const page = await events('?stream=ports%2F%C3%84lv&limit=1');
  expect(page).toMatchObject({ searchedFrom: 9, next: 9 });
  expect(ids(await events(`?stream=ports%2F%C3%84lv&limit=1&before=${page.next}`))).toEqual(['e6']);
});

describe('a long ledger', () => {
  const eventAt = (position: number): IndexedStreamEvent =>
    ({ position, stream: position % 7_000 === 3 ? 'rare' : 'common', labels: {} }) as never;
  const ledgerOf = (length: number, keptFrom = 0) => ({
    events(from: number, limit: number): IndexedStreamEvent[] {
      if (from < keptFrom) throw Object.assign(new Error('pruned'), { code: 'pruned' });
      return Array.from({ length: Math.max(0, Math.min(limit, length - from)) }, (_, index) =>
        eventAt(from + index),
      );
    },
  });
  const rare = { filter: { stream: 'rare' }, limit: 10 };

  test('is searched piece by piece, and every piece says how far it came', async () => {
    const queries = ledgerOf(20_000);
    const found: number[] = [];
    let pieces = 0;
    for (let before = 20_000; before > 0; pieces++) {
      const { rows, searchedFrom } = await eventsBefore(queries, before, rare);
      expect(searchedFrom).toBeLessThan(before);
      found.push(...rows.map(({ position }) => position));
      before = searchedFrom;
    }
    expect(found).toEqual([14_003, 7_003, 3]);
    expect(pieces).toBe(4);
  });

  test('ends exactly where older events were pruned; below that, it says so', async () => {
    const queries = ledgerOf(1_000, 437);
    const { rows, searchedFrom } = await eventsBefore(queries, 1_000, { filter: {}, limit: 1_000 });
    expect(rows.at(-1)?.position).toBe(437);
    expect(searchedFrom).toBe(437);
    await expect(eventsBefore(queries, 437, rare)).rejects.toMatchObject({ code: 'pruned' });
  });

  test('what is damaged is no edge', async () => {
    const queries = {
      events: () => {
        throw Object.assign(new Error('damaged'), { code: 'data-damaged' });
      },
    };
    await expect(eventsBefore(queries, 10, rare)).rejects.toMatchObject({ code: 'data-damaged' });
  });
});

import { describe, expect, it } from 'vitest';
import type { StreamEventJson } from '../../shared/api.ts';
import { compareEvents } from './compare-events.ts';
import type { SourceRow } from './source-rows.ts';

const row = (number: number): SourceRow => ({
  number,
  eventId: `event-${number}`,
  stream: 'orders',
  type: 'row',
  data: { b: String(number), a: '' },
});
const rows = [row(1), row(2), row(3)];
const eventOf = ({ eventId, stream, type, number }: SourceRow): StreamEventJson => ({
  stream,
  revision: number - 1,
  eventId,
  type,
  data: { a: '', b: String(number) },
  labels: {},
  references: [],
  height: 1,
  transaction: '0'.repeat(64),
  time: 0,
  position: number - 1,
});
const events = rows.map(eventOf);
const clean = { events: 3, streams: 1, missing: 0, doubled: 0, foreign: 0, different: 0, disordered: 0 };

describe('events against rows', () => {
  it('are the same whatever the order of names', () => {
    expect(compareEvents(rows, events)).toEqual(clean);
  });

  it('tell a missing, a doubled and a foreign one', () => {
    const first = events[0]!;
    expect(compareEvents(rows, [first, first, events[1]!, { ...first, eventId: 'other' }])).toMatchObject({
      missing: 1,
      doubled: 1,
      foreign: 1,
    });
  });

  it.each([
    ['data', { data: { a: ' ', b: '1' } }],
    ['stream', { stream: 'other' }],
    ['type', { type: 'other' }],
  ])('tell another %s', (_, change) => {
    const changed = { ...events[0]!, ...change };
    expect(compareEvents(rows, [changed, events[1]!, events[2]!]).different).toBe(1);
  });

  it('tell two rows of a stream in the wrong order', () => {
    const swapped = [{ ...events[0]!, revision: 1 }, { ...events[1]!, revision: 0 }, events[2]!];
    expect(compareEvents(rows, swapped)).toEqual({ ...clean, disordered: 1 });
  });
});

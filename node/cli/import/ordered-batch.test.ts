import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { type Append, type Fate, type StreamRow, sendInOrder } from './ordered-batch.ts';

const rowsOf = (text: string, data: CborValue = null): StreamRow[] =>
  [...text].map((stream, row) => ({
    row,
    stream,
    event: { eventId: `e${row}`, type: 't', data, labels: {}, references: [] },
  }));

/** Executes the appends of a request in whatever order; an append with a bad row fails as a whole. */
class Ledger {
  readonly streams = new Map<string, string[]>();
  readonly nonces = new Set<string>();
  readonly requests: string[][] = [];
  bad: (row: number) => boolean = () => false;

  execute(appends: readonly Append<StreamRow>[], order: readonly number[]): readonly Fate[] {
    this.requests.push(appends.map(({ rows }) => rows.map(({ row }) => row).join(' ')));
    const fates: Fate[] = [];
    for (const index of order) {
      const { rows, nonce } = appends[index]!;
      expect(this.nonces.has(nonce)).toBe(false);
      this.nonces.add(nonce);
      const refused: Fate = { kind: 'refused', code: 'too-large', facts: {} };
      const accepted: Fate = { kind: 'certified', outcome: { status: 'succeeded', events: '0' } };
      if (rows.some(({ row }) => this.bad(row))) fates[index] = refused;
      else {
        const { stream } = rows[0]!;
        const before = this.streams.get(stream) ?? [];
        this.streams.set(stream, [...before, ...rows.map(({ event }) => event.eventId)]);
        fates[index] = accepted;
      }
    }
    return fates;
  }
}

async function sent(rows: readonly StreamRow[], ledger: Ledger): Promise<Record<number, string>> {
  const fates: Record<number, string> = {};
  const send = async (appends: readonly Append<StreamRow>[]): Promise<readonly Fate[]> =>
    ledger.execute(appends, [...appends.keys()].reverse());
  await sendInOrder(rows, send, ({ row }, fate) => {
    expect(fates[row]).toBe(undefined);
    fates[row] = fate.kind;
  });
  return fates;
}

test('the rows of a stream go in one append', async () => {
  const ledger = new Ledger();
  expect(await sent(rowsOf('aabab'), ledger)).toMatchObject({ 0: 'certified', 4: 'certified' });
  expect(ledger.requests).toEqual([['0 1 3', '2 4']]);
});

test('rows of one stream that do not fit together wait for each other', async () => {
  const ledger = new Ledger();
  await sent(rowsOf('aaaba', 'x'.repeat(15_000)), ledger);
  expect(ledger.requests).toEqual([['0 1', '3'], ['2 4']]);
});

test('a row that is refused takes no other with it', async () => {
  const ledger = new Ledger();
  ledger.bad = (row) => row === 1;
  expect(await sent(rowsOf('aaab'), ledger)).toEqual({
    0: 'certified',
    1: 'refused',
    2: 'certified',
    3: 'certified',
  });
  expect(ledger.streams.get('a')).toEqual(['e0', 'e2']);
});

test('whatever order the network gives them, and whatever it refuses, each stream keeps that of the file', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      fc.uniqueArray(fc.nat(11), { maxLength: 3 }),
      async (streams, chance, bad) => {
        const ledger = new Ledger();
        ledger.bad = (row) => bad.includes(row);
        const rows = rowsOf(streams.join(''));
        const settled = new Map<number, string>();
        const send = async (appends: readonly Append<StreamRow>[]): Promise<readonly Fate[]> => {
          const keys = [...appends.keys()].map((index) => ({ index, key: chance.next().value as number }));
          const order = keys.sort((x, y) => x.key - y.key || x.index - y.index).map(({ index }) => index);
          return ledger.execute(appends, order);
        };
        await sendInOrder(rows, send, ({ row }, fate) => settled.set(row, fate.kind));
        expect(settled.size).toBe(rows.length);
        for (const stream of new Set(streams)) {
          const wanted = rows.filter((row) => row.stream === stream && !ledger.bad(row.row));
          expect(ledger.streams.get(stream) ?? []).toEqual(wanted.map(({ event }) => event.eventId));
        }
      },
    ),
  );
});

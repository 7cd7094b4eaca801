import { CarReader } from '@ipld/car';
import * as dagCbor from '@ipld/dag-cbor';
import { expect, test } from 'vitest';
import { MemoryLedger } from '../test-support/memory-ledger.ts';
import { carEncoder } from './car.ts';
import { encodeLinked } from './ipld.ts';
import { planOf } from './plan.ts';
import type { ExportRow } from './rows.ts';

const ledger = new MemoryLedger();
const subject = { network: ledger.network, plan: planOf(ledger, { of: 'events', format: 'car' }) };
const rowAt = (position: number): ExportRow => ({
  of: 'events',
  event: {
    ...{ stream: 's', revision: position, eventId: `e${position}`, type: 't', data: null },
    ...{ labels: {}, references: [], height: 1, transaction: 'ab'.repeat(32), time: 0, position },
  } as never,
});

function write(count: number) {
  const first = carEncoder(subject, undefined);
  for (let i = 0; i < count; i++) first.row(rowAt(i));
  first.end();
  const encoder = carEncoder(subject, first.rootCid());
  const parts = [encoder.begin()];
  for (let i = 0; i < count; i++) parts.push(encoder.row(rowAt(i)));
  parts.push(encoder.end());
  return Buffer.concat(parts);
}

test.each([0, 1, 999, 1_000, 1_001, 2_500])('%i rows stand in pages of a thousand', async (count) => {
  const reader = await CarReader.fromBytes(write(count));
  const [root] = await reader.getRoots();
  const { pages } = dagCbor.decode<{ pages: never[] }>((await reader.get(root!))!.bytes);
  const sizes: number[] = [];
  for (const page of pages) sizes.push(dagCbor.decode<unknown[]>((await reader.get(page))!.bytes).length);
  expect(sizes).toEqual([
    ...Array.from({ length: Math.floor(count / 1_000) }, () => 1_000),
    ...(count % 1_000 === 0 ? [] : [count % 1_000]),
  ]);
});

test('is the encoding that others write, heads of every size included', () => {
  for (const length of [0, 23, 24, 255, 256, 70_000]) {
    const list = Array.from({ length }, (_, index) => index % 7);
    const map = Object.fromEntries(list.slice(0, 300).map((value, index) => [`key${index}`, value]));
    expect(encodeLinked({ list, map })).toEqual(Buffer.from(dagCbor.encode({ list, map })));
  }
});

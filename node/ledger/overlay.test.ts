import { expect, test } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { createOverlay } from './overlay.ts';
import { readRecord, writeRecord } from './records.ts';

const base = (entries: { readonly [key: string]: number }) => ({
  get: (key: string) => (key in entries ? encode(entries[key]!) : undefined),
});

test('a record is what was written last, in the block or before it', () => {
  const state = createOverlay(base({ a: 1 }));
  expect(readRecord(state, 'a')).toBe(1);
  writeRecord(state, 'a', 2);
  expect(readRecord(state, 'a')).toBe(2);
  state.set('a', encode(3));
  expect(readRecord(state, 'a')).toBe(3);
  state.delete('a');
  expect(readRecord(state, 'a')).toBeUndefined();
  expect(state.get('a')).toBeUndefined();
  writeRecord(state, 'a', 4);
  expect(readRecord(state, 'a')).toBe(4);
  expect(readRecord(state, 'b')).toBeUndefined();
  expect([...state.changes]).toEqual([['a', encode(4)]]);
});

test('a record that is read again is not asked for again', () => {
  let asked = 0;
  const bytes = encode({ revision: 1 });
  const state = createOverlay({
    get: () => {
      asked += 1;
      return bytes;
    },
  });
  expect(readRecord(state, 'a')).toEqual({ revision: 1 });
  expect(readRecord(state, 'a')).toEqual({ revision: 1 });
  expect(asked).toBe(1);
});

test('nor is one that is not there, until it is written', () => {
  let asked = 0;
  const state = createOverlay({
    get: () => {
      asked += 1;
      return undefined;
    },
  });
  expect(readRecord(state, 'a')).toBeUndefined();
  expect(readRecord(state, 'a')).toBeUndefined();
  expect(asked).toBe(1);
  writeRecord(state, 'a', 1);
  expect(readRecord(state, 'a')).toBe(1);
});

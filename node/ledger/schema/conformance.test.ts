/** The subset means what the draft says, case by case of the official suite. */
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../../shared/codec/dag-cbor.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { schemaFault } from './check-schema.ts';
import { violationOf } from './evaluate.ts';
import { keywords } from './keywords.ts';
import { Meter } from './meter.ts';
import { onSchemas } from './test-support/combination-cases.ts';
import { onLists, onMaps } from './test-support/container-cases.ts';
import { onEquality, onNumbersAndTexts, onTypes } from './test-support/value-cases.ts';

const groups = { onTypes, onEquality, onNumbersAndTexts, onLists, onMaps, onSchemas };

const recorded = (value: CborValue): CborValue => decode(encode(value));
const faultOf = (schema: CborValue, value: CborValue) =>
  violationOf(recorded(schema), recorded(value), new Meter(10_000));

describe.each(Object.entries(groups))('%s', (_group, cases) => {
  test.each(cases.map((one) => [one.about, one] as const))('%s', (_about, { schema, valid, invalid }) => {
    expect(schemaFault(recorded(schema))).toBeUndefined();
    for (const value of valid) expect(faultOf(schema, value), inspect(value)).toBeUndefined();
    for (const value of invalid)
      expect(faultOf(schema, value), inspect(value)).toMatchObject({ keyword: expect.any(String) });
  });
});

test('every keyword of the subset stands in a case', () => {
  const used = new Set(
    Object.values(groups).flatMap((cases) => cases.flatMap(({ schema }) => keysIn(schema))),
  );
  expect([...keywords.keys()].filter((name) => !used.has(name))).toEqual([]);
});

function keysIn(value: CborValue): readonly string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysIn(inner)]);
}

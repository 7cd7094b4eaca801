/** What is no schema of the subset is refused by name and place. */
import { describe, expect, test } from 'vitest';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { limits } from '../limits.ts';
import { schemaFault } from './check-schema.ts';
import { violationOf } from './evaluate.ts';
import { Meter } from './meter.ts';

describe('keywords that are not of the subset', () => {
  test.each([
    'pattern',
    'patternProperties',
    'format',
    'unevaluatedProperties',
    'unevaluatedItems',
    'contentEncoding',
    'contentMediaType',
    'contentSchema',
    '$anchor',
    '$dynamicRef',
    '$dynamicAnchor',
    '$vocabulary',
    'definitions',
    'dependencies',
    'additionalItems',
    'requried',
    'constructor',
  ])('%s is refused by name, wherever it stands', (keyword) => {
    const code = 'schema-keyword-unsupported';
    expect(schemaFault({ [keyword]: {} })).toEqual({ code, facts: { path: '', keyword } });
    const inside = { properties: { a: { items: { anyOf: [true, { [keyword]: {} }] } } } };
    expect(schemaFault(inside)).toEqual({ code, facts: { path: '/properties/a/items/anyOf/1', keyword } });
  });

  test('are shown if they are short and plain', () => {
    expect(schemaFault({ 'free text': 1 })).toMatchObject({ facts: { keyword: '?' } });
  });

  test('are no keywords where names of properties or values stand', () => {
    expect(schemaFault({ properties: { pattern: true, format: {} }, required: ['pattern'] })).toBeUndefined();
    expect(
      schemaFault({ const: { pattern: 'x' }, enum: [{ $ref: 'nowhere' }], default: { format: 1 } }),
    ).toBeUndefined();
  });
});

describe('forms', () => {
  const bytes = new Uint8Array(2);
  test.each([
    ['a text', 'x', '', ''],
    ['null inside', { items: null }, '/items', ''],
    ['a number inside', { allOf: [true, 5] }, '/allOf/1', ''],
    ['bytes', bytes, '', ''],
    ['type of another name', { type: 'float' }, '', 'type'],
    ['type of nothing', { type: [] }, '', 'type'],
    ['type twice', { type: ['null', 'null'] }, '', 'type'],
    ['enum of nothing', { enum: [] }, '', 'enum'],
    ['enum of no list', { enum: { a: 1 } }, '', 'enum'],
    ['enum of bytes', { enum: [[{ a: bytes }]] }, '', 'enum'],
    ['const of bytes', { const: bytes }, '', 'const'],
    ['default of bytes', { default: [bytes] }, '', 'default'],
    ['minimum of a text', { minimum: '1' }, '', 'minimum'],
    ['multipleOf 0', { multipleOf: 0 }, '', 'multipleOf'],
    ['multipleOf of a fraction', { multipleOf: 0.01 }, '', 'multipleOf'],
    ['multipleOf beyond 2^53', { multipleOf: 2n ** 60n }, '', 'multipleOf'],
    ['minLength below 0', { minLength: -1 }, '', 'minLength'],
    ['maxItems of a fraction', { maxItems: 1.5 }, '', 'maxItems'],
    ['uniqueItems of a number', { uniqueItems: 1 }, '', 'uniqueItems'],
    ['required twice', { required: ['a', 'a'] }, '', 'required'],
    ['required of no text', { required: [1] }, '', 'required'],
    ['required true', { properties: { a: { required: true } } }, '/properties/a', 'required'],
    ['properties of a list', { properties: [] }, '', 'properties'],
    ['dependentRequired of texts', { dependentRequired: { a: 'b' } }, '', 'dependentRequired'],
    ['prefixItems of nothing', { prefixItems: [] }, '', 'prefixItems'],
    ['oneOf of a map', { oneOf: {} }, '', 'oneOf'],
    ['items of a list, as drafts before had it', { items: [{}] }, '/items', ''],
    ['another dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }, '', '$schema'],
    ['$id inside', { items: { $id: 'x' } }, '/items', '$id'],
    ['$defs inside', { not: { $defs: {} } }, '/not', '$defs'],
    [
      '$schema inside',
      { not: { $schema: 'https://json-schema.org/draft/2020-12/schema' } },
      '/not',
      '$schema',
    ],
    ['a definition with an odd name', { $defs: { 'a/b': true } }, '', '$defs'],
    ['title of a number', { title: 1 }, '', 'title'],
    ['a reference elsewhere', { $ref: 'https://example.org/other' }, '', '$ref'],
    ['a reference by file', { $ref: 'other.json#/$defs/a' }, '', '$ref'],
    [
      'a reference to a property',
      { properties: { a: { $ref: '#/properties/b' }, b: {} } },
      '/properties/a',
      '$ref',
    ],
    ['a reference to no definition', { $defs: { a: true }, items: { $ref: '#/$defs/b' } }, '/items', '$ref'],
    ['a reference without definitions', { $ref: '#/$defs/toString' }, '', '$ref'],
    ['a reference to what every object has', { $defs: {}, $ref: '#/$defs/constructor' }, '', '$ref'],
  ] as readonly [string, CborValue, string, string][])('%s is refused', (_about, schema, path, keyword) => {
    expect(schemaFault(schema)).toMatchObject({ code: 'schema-malformed', facts: { path, keyword } });
  });
});

describe('references that come back', () => {
  const circle = (schema: CborValue) =>
    expect(schemaFault(schema)).toMatchObject({ code: 'schema-malformed', facts: { keyword: '$ref' } });

  test('without going into the value are refused', () => {
    circle({ $ref: '#' });
    circle({ items: { $ref: '#/$defs/a' }, $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } });
    for (const keyword of ['allOf', 'anyOf', 'oneOf'])
      expect(schemaFault({ [keyword]: [{ $ref: '#' }] })).toMatchObject({ code: 'schema-malformed' });
    for (const keyword of ['not', 'if', 'then', 'else'])
      expect(schemaFault({ [keyword]: { $ref: '#' } })).toMatchObject({ code: 'schema-malformed' });
    expect(schemaFault({ dependentSchemas: { a: { $ref: '#' } } })).toMatchObject({
      code: 'schema-malformed',
    });
  });

  test('one level of the value further are fine', () => {
    for (const keyword of ['items', 'contains', 'additionalProperties', 'propertyNames'])
      expect(schemaFault({ [keyword]: { $ref: '#' } })).toBeUndefined();
    expect(schemaFault({ properties: { a: { $ref: '#' } }, prefixItems: [{ $ref: '#' }] })).toBeUndefined();
  });

  /** The first refers to the second, and so on; the last one asks for a number. */
  const chain = (length: number): CborValue => ({
    $ref: '#/$defs/1',
    $defs: Object.fromEntries(
      Array.from({ length }, (_, i) => [
        `${i + 1}`,
        i + 1 < length ? { $ref: `#/$defs/${i + 2}` } : { type: 'number' },
      ]),
    ),
  });

  test('nest up to the bound and no further', () => {
    expect(schemaFault(chain(limits.schemaNestingMax - 1))).toBeUndefined();
    expect(schemaFault(chain(limits.schemaNestingMax))).toMatchObject({
      facts: { path: '', keyword: '$ref' },
    });
  });

  test('the deepest value meets the deepest nesting within the bound of an evaluation', () => {
    const schema = chain(limits.schemaNestingMax - 2) as { $defs: { [name: string]: CborValue } };
    const last = `${limits.schemaNestingMax - 2}`;
    const deep = { ...schema, $defs: { ...schema.$defs, [last]: { items: { $ref: '#' } } } };
    expect(schemaFault(deep)).toBeUndefined();
    let value: CborValue = [];
    for (let i = 1; i < 31; i++) value = [value];
    expect(violationOf(deep, value, new Meter(limits.schemaStepsMax))).toBeUndefined();
  });

  test('twice two times over are counted without being gone through', () => {
    const doubled = Object.fromEntries(
      Array.from({ length: 13 }, (_, i) => [
        `${i}`,
        i === 12 ? true : { allOf: [{ $ref: `#/$defs/${i + 1}` }, { $ref: `#/$defs/${i + 1}` }] },
      ]),
    );
    expect(schemaFault({ $ref: '#/$defs/0', $defs: doubled })).toMatchObject({ code: 'schema-malformed' });
    const long = Object.fromEntries(
      Array.from({ length: 900 }, (_, i) => [`${i}`, { $ref: `#/$defs/${(i + 1) % 900}` }]),
    );
    expect(schemaFault({ $defs: long })).toMatchObject({ code: 'schema-malformed' });
  });
});

test('a schema has at most 32 KiB', () => {
  const sized = (bytes: number): CborValue => ({ $comment: 'x'.repeat(bytes) });
  const { schemaBytesMax: bytesMax } = limits;
  expect(schemaFault(sized(bytesMax - 13))).toBeUndefined();
  expect(schemaFault(sized(bytesMax - 12))).toEqual({
    code: 'schema-too-large',
    facts: { bytes: bytesMax + 1, bytesMax },
  });
});

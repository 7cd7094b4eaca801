/** The suite's files type, boolean_schema, enum, const, uniqueItems, minimum, … multipleOf, minLength, maxLength. */
import type { CborValue } from '../../../../shared/types/ledger.ts';
import { anyType, type ConformanceCase } from './conformance-case.ts';

const but = (...left: readonly CborValue[]): readonly CborValue[] =>
  anyType.filter((value) => !left.some((one) => JSON.stringify(one) === JSON.stringify(value)));
const integers = [0, -1];
const numbers = [...integers, 1.5];
const texts = ['', 'text'];
const lists: readonly CborValue[] = [[], [1]];
const maps: readonly CborValue[] = [{}, { a: 1 }];

export const onTypes: readonly ConformanceCase[] = [
  {
    about: 'integer',
    schema: { type: 'integer' },
    valid: [...integers, 1.0, 2 ** 53, 1e300],
    invalid: but(...integers),
  },
  { about: 'number', schema: { type: 'number' }, valid: numbers, invalid: but(...numbers) },
  { about: 'string', schema: { type: 'string' }, valid: texts, invalid: but(...texts) },
  { about: 'object', schema: { type: 'object' }, valid: maps, invalid: but(...maps) },
  { about: 'array', schema: { type: 'array' }, valid: lists, invalid: but(...lists) },
  { about: 'boolean', schema: { type: 'boolean' }, valid: [true, false], invalid: but(true, false) },
  { about: 'null', schema: { type: 'null' }, valid: [null], invalid: but(null) },
  {
    about: 'several types',
    schema: { type: ['integer', 'string'] },
    valid: [...integers, ...texts],
    invalid: but(...integers, ...texts),
  },
  { about: 'a list of one type', schema: { type: ['string'] }, valid: texts, invalid: but(...texts) },
  { about: 'true', schema: true, valid: anyType, invalid: [] },
  { about: 'false', schema: false, valid: [], invalid: anyType },
  { about: 'an empty schema', schema: {}, valid: anyType, invalid: [] },
];

export const onEquality: readonly ConformanceCase[] = [
  { about: 'enum of numbers', schema: { enum: [1, 2, 3] }, valid: [1, 3], invalid: [4, '1', [1]] },
  {
    about: 'enum of all sorts, compared deeply',
    schema: { enum: [6, 'six', [], true, { six: 12 }] },
    valid: [6, 'six', [], true, { six: 12 }],
    invalid: [null, false, { six: false }, { six: 12, more: 1 }, [[]], {}],
  },
  {
    about: 'enum with line ends',
    schema: { enum: ['a\nb', 'a\rb'] },
    valid: ['a\nb', 'a\rb'],
    invalid: ['ab'],
  },
  { about: 'enum with NUL', schema: { enum: ['a\u0000b'] }, valid: ['a\u0000b'], invalid: ['ab', 'a'] },
  { about: 'false is not 0', schema: { enum: [false] }, valid: [false], invalid: [0, null, ''] },
  { about: '[false] is not [0]', schema: { enum: [[false]] }, valid: [[false]], invalid: [[0]] },
  { about: '1 is not true', schema: { const: 1 }, valid: [1, 1.0], invalid: [true, '1'] },
  { about: '[true] is not [1]', schema: { const: [true] }, valid: [[true]], invalid: [[1]] },
  {
    about: '{a: 0} is not {a: false}',
    schema: { const: { a: 0 } },
    valid: [{ a: 0 }],
    invalid: [{ a: false }],
  },
  { about: 'const null', schema: { const: null }, valid: [null], invalid: [0, false, ''] },
  {
    about: 'const of a map, in any order',
    schema: { const: { a: 1, b: [2] } },
    valid: [
      { a: 1, b: [2] },
      { b: [2], a: 1 },
    ],
    invalid: [{ a: 1 }, [1, 2], { a: 1, b: [2, 2] }],
  },
  {
    about: 'lists in their order',
    schema: { const: [1, 2] },
    valid: [[1, 2]],
    invalid: [[2, 1], [1], [1, 2, 3]],
  },
  { about: '-2 and its float', schema: { const: -2.0 }, valid: [-2], invalid: [2, '-2'] },
  {
    about: 'unique items',
    schema: { uniqueItems: true },
    valid: [
      [1, 2],
      [1, true],
      [0, false],
      [[1], [true]],
      [{ a: 1 }, { a: 2 }],
      [[['x']], [['y']]],
      [],
      'aa',
      { a: 1, b: 1 },
    ],
    invalid: [
      [1, 1],
      [1.0, 1],
      ['x', 'y', 'x'],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [[1], [2], [1]],
      [{}, [1], true, null, {}, 1],
      [null, null],
    ],
  },
  { about: 'not unique items', schema: { uniqueItems: false }, valid: [[1, 1], [1]], invalid: [] },
];

export const onNumbersAndTexts: readonly ConformanceCase[] = [
  { about: 'minimum', schema: { minimum: 1.1 }, valid: [1.1, 2.6, 'x'], invalid: [0.6, -3] },
  { about: 'minimum below 0', schema: { minimum: -2 }, valid: [-1, 0, -2, -2.0], invalid: [-2.0001, -3] },
  { about: 'exclusiveMinimum', schema: { exclusiveMinimum: 1.1 }, valid: [1.2, 'x'], invalid: [1.1, 0.6] },
  { about: 'maximum', schema: { maximum: 300 }, valid: [299.97, 300, 300.0, 'x'], invalid: [300.5] },
  { about: 'exclusiveMaximum', schema: { exclusiveMaximum: 3 }, valid: [2.2, 'x'], invalid: [3, 3.5] },
  { about: 'multipleOf', schema: { multipleOf: 2 }, valid: [10, 0, -4, 'x'], invalid: [7, 1.5, -3] },
  { about: 'multipleOf of large floats', schema: { multipleOf: 2 }, valid: [1e308], invalid: [] },
  {
    about: 'numbers beyond 2^53',
    schema: { minimum: 9_007_199_254_740_993n, maximum: 18_446_744_073_709_551_615n, type: 'integer' },
    valid: [9_007_199_254_740_993n, 2 ** 60, 18_446_744_073_709_551_615n],
    invalid: [9_007_199_254_740_992n, 2 ** 53, 2 ** 64],
  },
  {
    about: 'numbers below −2^53',
    schema: { minimum: -18_446_744_073_709_551_615n },
    valid: [-18_446_744_073_709_551_615n, -(2 ** 63), -1.5],
    invalid: [-18_446_744_073_709_551_616n, -(2 ** 64), -1e300],
  },
  { about: 'minLength', schema: { minLength: 2 }, valid: ['foo', 'fo', 1, []], invalid: ['f', '💩'] },
  {
    about: 'maxLength',
    schema: { maxLength: 2 },
    valid: ['f', 'fo', 100, '💩💩'],
    invalid: ['foo', '💩💩💩'],
  },
];

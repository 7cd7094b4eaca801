/** The suite's files allOf, anyOf, oneOf, not, if-then-else, ref, defs, infinite-loop-detection, default. */
import { anyType, branches, type ConformanceCase } from './conformance-case.ts';

const hasA = { properties: { a: { type: 'integer' } }, required: ['a'] };
const hasB = { properties: { b: { type: 'string' } }, required: ['b'] };
const tree = {
  type: 'object',
  required: ['meta', 'nodes'],
  properties: { meta: { type: 'string' }, nodes: { type: 'array', items: { $ref: '#/$defs/node' } } },
  $defs: {
    node: {
      type: 'object',
      required: ['value'],
      properties: { value: { type: 'number' }, subtree: { $ref: '#' } },
    },
  },
};

export const onSchemas: readonly ConformanceCase[] = [
  {
    about: 'allOf, anyOf and oneOf together',
    schema: { allOf: [{ multipleOf: 2 }], anyOf: [{ multipleOf: 3 }], oneOf: [{ multipleOf: 5 }] },
    valid: [30],
    invalid: [1, 5, 3, 15, 2, 10, 6],
  },
  {
    about: 'one inside the other',
    schema: { allOf: [{ anyOf: [{ oneOf: [{ type: 'null' }] }] }] },
    valid: [null],
    invalid: [123],
  },
  {
    about: 'an empty schema among others',
    schema: { allOf: [{}, { type: 'number' }], anyOf: [{}, false] },
    valid: [1],
    invalid: ['x'],
  },
  {
    about: 'not of several types',
    schema: { not: { type: ['integer', 'boolean'] } },
    valid: ['x', 1.5],
    invalid: [1, true],
  },
  {
    about: 'allOf',
    schema: { allOf: [hasA, hasB] },
    valid: [{ a: 2, b: 'x' }],
    invalid: [{ b: 'x' }, { a: 2 }, { a: 'x', b: 'x' }],
  },
  {
    about: 'allOf beside a base',
    schema: { ...hasA, allOf: [hasB, { required: ['c'] }] },
    valid: [{ a: 1, b: 'x', c: null }],
    invalid: [
      { b: 'x', c: null },
      { a: 1, c: null },
      { a: 1, b: 'x' },
    ],
  },
  { about: 'allOf of booleans', schema: { allOf: [true, false] }, valid: [], invalid: ['x'] },
  {
    about: 'anyOf',
    schema: { anyOf: [{ type: 'integer' }, { minimum: 2 }] },
    valid: [1, 2.5, 3],
    invalid: [1.5],
  },
  {
    about: 'anyOf beside a base',
    schema: { type: 'string', anyOf: [{ maxLength: 2 }, { minLength: 4 }] },
    valid: ['foobar', 'fo'],
    invalid: [3, 'foo'],
  },
  {
    about: 'anyOf of maps',
    schema: { anyOf: [hasA, hasB] },
    valid: [{ a: 2 }, { b: 'x' }, { a: 2, b: 'x' }],
    invalid: [{ a: 'x', b: 2 }],
  },
  { about: 'anyOf of booleans', schema: { anyOf: [false, false] }, valid: [], invalid: ['x'] },
  {
    about: 'oneOf',
    schema: { oneOf: [{ type: 'integer' }, { minimum: 2 }] },
    valid: [1, 2.5],
    invalid: [3, 1.5],
  },
  { about: 'oneOf of booleans, two true', schema: { oneOf: [true, true, false] }, valid: [], invalid: ['x'] },
  {
    about: 'oneOf of booleans, one true',
    schema: { oneOf: [false, true, false] },
    valid: ['x'],
    invalid: [],
  },
  {
    about: 'oneOf with required',
    schema: { oneOf: [{ required: ['a', 'b'] }, { required: ['a', 'c'] }] },
    valid: [
      { a: 1, b: 2 },
      { a: 1, c: 3 },
    ],
    invalid: [{ b: 2 }, { a: 1, b: 2, c: 3 }],
  },
  { about: 'not', schema: { not: { type: 'integer' } }, valid: ['x', 1.5], invalid: [1] },
  {
    about: 'not of a map',
    schema: { not: { type: 'object', properties: { a: { type: 'string' } } } },
    valid: [1, { a: 1 }],
    invalid: [{ a: 'x' }, {}],
  },
  { about: 'not true', schema: { not: true }, valid: [], invalid: anyType },
  { about: 'not false, not {}', schema: { not: { not: {} } }, valid: anyType, invalid: [] },
  {
    about: 'a property that must be absent',
    schema: { properties: { a: { not: {} } } },
    valid: [{ b: 1 }, {}],
    invalid: [{ a: 1 }],
  },
  { about: 'if alone', schema: { if: { const: 0 } }, valid: [0, 'x'], invalid: [] },
  {
    about: 'then and else alone',
    schema: branches({ fulfilled: { const: 0 }, else: { const: 1 } }),
    valid: [0, 'x'],
    invalid: [],
  },
  {
    about: 'if and then',
    schema: branches({ if: { exclusiveMaximum: 0 }, fulfilled: { minimum: -10 } }),
    valid: [-1, 3],
    invalid: [-100],
  },
  {
    about: 'if and else',
    schema: { if: { exclusiveMaximum: 0 }, else: { multipleOf: 2 } },
    valid: [-1, 4],
    invalid: [3],
  },
  {
    about: 'if, then and else',
    schema: branches({ if: { exclusiveMaximum: 0 }, fulfilled: { minimum: -10 }, else: { multipleOf: 2 } }),
    valid: [-1, 4],
    invalid: [-100, 3],
  },
  {
    about: 'if of another schema',
    schema: {
      allOf: [
        { if: { exclusiveMaximum: 0 } },
        branches({ fulfilled: { minimum: -10 } }),
        { else: { multipleOf: 2 } },
      ],
    },
    valid: [-100, 3],
    invalid: [],
  },
  {
    about: 'if true',
    schema: branches({ if: true, fulfilled: { const: 'then' }, else: { const: 'else' } }),
    valid: ['then'],
    invalid: ['else'],
  },
  {
    about: 'if false',
    schema: branches({ if: false, fulfilled: { const: 'then' }, else: { const: 'else' } }),
    valid: ['else'],
    invalid: ['then'],
  },
  {
    about: 'then false, else false',
    schema: branches({ if: { type: 'number' }, fulfilled: false, else: false }),
    valid: [],
    invalid: [4, 'x'],
  },
  {
    about: '$ref to the root',
    schema: { properties: { a: { $ref: '#' } }, additionalProperties: false },
    valid: [{ a: false }, { a: { a: false } }],
    invalid: [{ b: false }, { a: { b: false } }],
  },
  {
    about: '$ref by $ref',
    schema: {
      $defs: { a: { type: 'integer' }, b: { $ref: '#/$defs/a' }, c: { $ref: '#/$defs/b' } },
      $ref: '#/$defs/c',
    },
    valid: [5],
    invalid: ['a'],
  },
  {
    about: '$ref beside other keywords',
    schema: { $defs: { l: { type: 'array' } }, properties: { a: { $ref: '#/$defs/l', maxItems: 2 } } },
    valid: [{ a: [] }],
    invalid: [{ a: [1, 2, 3] }, { a: 'x' }],
  },
  {
    about: 'a property of the name $ref',
    schema: { properties: { $ref: { $ref: '#/$defs/s' } }, $defs: { s: { type: 'string' } } },
    valid: [{ $ref: 'a' }],
    invalid: [{ $ref: 2 }],
  },
  { about: '$ref to true', schema: { $ref: '#/$defs/b', $defs: { b: true } }, valid: ['x'], invalid: [] },
  { about: '$ref to false', schema: { $ref: '#/$defs/b', $defs: { b: false } }, valid: [], invalid: ['x'] },
  {
    about: 'schemas that refer to one another',
    schema: tree,
    valid: [
      {
        meta: 'root',
        nodes: [{ value: 1, subtree: { meta: 'child', nodes: [{ value: 1.1 }] } }, { value: 2 }],
      },
    ],
    invalid: [{ meta: 'root', nodes: [{ value: 1, subtree: { meta: 'child', nodes: [{ value: 'x' }] } }] }],
  },
  {
    about: 'what looks like a $ref inside enum is none',
    schema: { $defs: { s: { type: 'string' } }, enum: [{ $ref: '#/$defs/s' }] },
    valid: [{ $ref: '#/$defs/s' }],
    invalid: ['text', { type: 'string' }],
  },
  {
    about: 'the same schema met twice is no circle',
    schema: {
      $defs: { int: { type: 'integer' } },
      allOf: [
        { properties: { a: { $ref: '#/$defs/int' } } },
        { additionalProperties: { $ref: '#/$defs/int' } },
      ],
    },
    valid: [{ a: 1 }],
    invalid: [{ a: 'x' }],
  },
  {
    about: 'annotations',
    schema: {
      default: 'x',
      title: 't',
      description: 'd',
      $comment: 'c',
      examples: [1],
      readOnly: true,
      writeOnly: false,
      deprecated: true,
      type: 'integer',
    },
    valid: [1],
    invalid: ['x'],
  },
  {
    about: 'dialect and name',
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'https://example.org/orders',
      type: 'object',
    },
    valid: [{}],
    invalid: [[]],
  },
];

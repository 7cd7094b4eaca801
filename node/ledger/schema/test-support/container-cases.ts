/** The suite's files items, prefixItems, contains, minContains, … and properties, required, dependentRequired, … */
import type { ConformanceCase } from './conformance-case.ts';

export const onLists: readonly ConformanceCase[] = [
  {
    about: 'items',
    schema: { items: { type: 'integer' } },
    valid: [[1, 2, 3], [], { 0: 'x', length: 1 }],
    invalid: [[1, 'x'], [null]],
  },
  { about: 'items true', schema: { items: true }, valid: [[1, 'x'], []], invalid: [] },
  { about: 'items false', schema: { items: false }, valid: [[]], invalid: [[1, 'x', true], [null]] },
  {
    about: 'items of items',
    schema: { type: 'array', items: { type: 'array', items: { type: 'array', items: { type: 'number' } } } },
    valid: [[[[1]], [[2], [3]]], [[]]],
    invalid: [
      [[['1']], [[2]]],
      [[1], [2]],
    ],
  },
  {
    about: 'items behind prefixItems',
    schema: { prefixItems: [{ type: 'string' }], items: { type: 'integer' } },
    valid: [['x', 2, 3], [], ['x']],
    invalid: [['x', 'y'], [1]],
  },
  {
    about: 'prefixItems and no more',
    schema: { prefixItems: [{}, {}, {}], items: false },
    valid: [[], [1], [1, 2, 3]],
    invalid: [[1, 2, 3, 4]],
  },
  {
    about: 'items does not look into allOf',
    schema: { allOf: [{ prefixItems: [{ minimum: 3 }] }], items: { minimum: 5 } },
    valid: [[5, 5]],
    invalid: [[3, 5]],
  },
  {
    about: 'prefixItems',
    schema: { prefixItems: [{ type: 'integer' }, { type: 'string' }] },
    valid: [[1, 'x'], [1], [1, 'x', true], [], { 0: 'wrong', 1: 'value', length: 2 }],
    invalid: [
      ['x', 1],
      [1, 2],
    ],
  },
  {
    about: 'prefixItems of booleans',
    schema: { prefixItems: [true, false] },
    valid: [[1], []],
    invalid: [[1, 'x']],
  },
  {
    about: 'contains',
    schema: { contains: { minimum: 5 } },
    valid: [[3, 4, 5], [5, 6], {}, 'x'],
    invalid: [[2, 3], []],
  },
  { about: 'contains true', schema: { contains: true }, valid: [['x']], invalid: [[]] },
  { about: 'contains false', schema: { contains: false }, valid: ['x'], invalid: [['x'], []] },
  {
    about: 'contains beside items',
    schema: { items: { multipleOf: 2 }, contains: { multipleOf: 3 } },
    valid: [[6, 12]],
    invalid: [
      [2, 4],
      [3, 6],
      [1, 5],
    ],
  },
  {
    about: 'minContains',
    schema: { contains: { const: 1 }, minContains: 2 },
    valid: [
      [1, 1],
      [1, 2, 1],
    ],
    invalid: [[1], [], [2]],
  },
  {
    about: 'minContains 0',
    schema: { contains: { const: 1 }, minContains: 0 },
    valid: [[], [2], [1]],
    invalid: [],
  },
  {
    about: 'maxContains',
    schema: { contains: { const: 1 }, maxContains: 1 },
    valid: [[1], [1, 2]],
    invalid: [[1, 1], [], [2]],
  },
  {
    about: 'minContains below maxContains',
    schema: { contains: { const: 1 }, minContains: 1, maxContains: 3 },
    valid: [
      [1, 1],
      [1, 2, 1, 1],
    ],
    invalid: [[], [1, 1, 1, 1]],
  },
  {
    about: 'maxContains 0',
    schema: { contains: { const: 1 }, maxContains: 0 },
    valid: ['x'],
    invalid: [[], [1]],
  },
  {
    about: 'maxContains below minContains',
    schema: { contains: { const: 1 }, minContains: 3, maxContains: 1 },
    valid: [],
    invalid: [[], [1], [1, 1, 1]],
  },
  {
    about: 'minContains and maxContains alone',
    schema: { minContains: 2, maxContains: 1 },
    valid: [[1], []],
    invalid: [],
  },
  { about: 'minItems', schema: { minItems: 1 }, valid: [[1, 2], [1], ''], invalid: [[]] },
  { about: 'maxItems', schema: { maxItems: 2 }, valid: [[1], [1, 2], 'foobar'], invalid: [[1, 2, 3]] },
];

export const onMaps: readonly ConformanceCase[] = [
  {
    about: 'the name __proto__',
    schema: {
      properties: JSON.parse('{"__proto__": {"type": "number"}}'),
      required: ['__proto__', 'toString'],
    },
    valid: [JSON.parse('{"__proto__": 12, "toString": 1}'), []],
    invalid: [
      {},
      { toString: 1 },
      JSON.parse('{"__proto__": 12}'),
      JSON.parse('{"__proto__": "x", "toString": 1}'),
    ],
  },
  {
    about: 'dependentSchemas that exclude what the root describes',
    schema: {
      properties: { a: {} },
      dependentSchemas: { a: { properties: { b: {} }, additionalProperties: false } },
    },
    valid: [{ b: 1 }, { c: 1 }],
    invalid: [{ a: 1 }, { a: 1, b: 2 }],
  },
  {
    about: 'dependentSchemas of names that are escaped in JSON',
    schema: { dependentSchemas: { 'a\tb': { minProperties: 3 }, "a'b": { required: ['a"b'] } } },
    valid: [
      { 'a\tb': 1, c: 2, d: 3 },
      { "a'b": 1, 'a"b': 2 },
    ],
    invalid: [{ 'a\tb': 1, c: 2 }, { "a'b": 1 }, { "a'b": { 'a"b': 1 } }],
  },
  {
    about: 'properties',
    schema: { properties: { a: { type: 'integer' }, b: { type: 'string' } } },
    valid: [{ a: 1, b: 'x' }, { c: [] }, [], 12, {}],
    invalid: [
      { a: 1, b: {} },
      { a: [], b: {} },
    ],
  },
  {
    about: 'properties of booleans',
    schema: { properties: { a: true, b: false } },
    valid: [{}, { a: 1 }],
    invalid: [{ b: 2 }, { a: 1, b: 2 }],
  },
  {
    about: 'names of every object',
    schema: {
      properties: {
        constructor: { type: 'number' },
        toString: { properties: { length: { type: 'string' } } },
      },
    },
    valid: [{}, [], { constructor: 37 }, { toString: { length: 'x' } }],
    invalid: [{ constructor: { length: 37 } }, { toString: { length: 37 } }],
  },
  {
    about: 'a null',
    schema: { properties: { a: { type: 'null' } } },
    valid: [{ a: null }],
    invalid: [{ a: 0 }],
  },
  {
    about: 'additionalProperties false',
    schema: { properties: { a: {}, b: {} }, additionalProperties: false },
    valid: [{ a: 1 }, {}, [1, 2], 'abc', 12],
    invalid: [{ a: 1, b: 2, quux: 'boom' }],
  },
  {
    about: 'additionalProperties with a schema',
    schema: { properties: { a: {}, b: {} }, additionalProperties: { type: 'boolean' } },
    valid: [{ a: 1 }, { a: 1, b: 2, c: true }],
    invalid: [{ a: 1, b: 2, c: 12 }],
  },
  {
    about: 'additionalProperties alone',
    schema: { additionalProperties: { type: 'boolean' } },
    valid: [{ a: true }],
    invalid: [{ a: 1 }],
  },
  {
    about: 'additionalProperties does not look into allOf',
    schema: { allOf: [{ properties: { a: {} } }], additionalProperties: { type: 'boolean' } },
    valid: [{ b: true }],
    invalid: [{ a: 1, b: true }],
  },
  {
    about: 'additionalProperties beside propertyNames',
    schema: { propertyNames: { maxLength: 5 }, additionalProperties: { type: 'number' } },
    valid: [{ apple: 4 }],
    invalid: [{ fig: 2, pear: 'available' }, { oranges: 1 }],
  },
  {
    about: 'additionalProperties does not look into dependentSchemas',
    schema: {
      properties: { b: {} },
      dependentSchemas: { a: {}, b: { properties: { c: {} } } },
      additionalProperties: false,
    },
    valid: [{ b: 1 }, {}],
    invalid: [{ a: '' }, { c: '' }, { b: '', c: '' }],
  },
  {
    about: 'propertyNames',
    schema: { propertyNames: { maxLength: 3 } },
    valid: [{ f: {}, foo: {} }, {}, [1], 'foobar'],
    invalid: [{ foo: {}, foobar: {} }],
  },
  { about: 'propertyNames false', schema: { propertyNames: false }, valid: [{}], invalid: [{ a: 1 }] },
  {
    about: 'propertyNames of an enum',
    schema: { propertyNames: { enum: ['a', 'b'] } },
    valid: [{ a: 1, b: 1 }],
    invalid: [{ c: 1 }],
  },
  {
    about: 'required',
    schema: { properties: { a: {}, b: {} }, required: ['a'] },
    valid: [{ a: 1 }, [], '', 12],
    invalid: [{ b: 1 }, {}],
  },
  { about: 'required of nothing', schema: { required: [] }, valid: [{}], invalid: [] },
  {
    about: 'required with names that are escaped in JSON',
    schema: { required: ['a\nb', 'a"b', 'a\\b'] },
    valid: [{ 'a\nb': 1, 'a"b': 1, 'a\\b': 1 }],
    invalid: [{ 'a\nb': 1, 'a"b': 1 }],
  },
  {
    about: 'required names of every object',
    schema: { required: ['toString', 'constructor'] },
    valid: [[], { toString: 1, constructor: 1 }],
    invalid: [{}, { toString: 1 }],
  },
  {
    about: 'dependentRequired',
    schema: { dependentRequired: { b: ['a'] } },
    valid: [{}, { a: 1 }, { a: 1, b: 2 }, ['b'], 'b'],
    invalid: [{ b: 2 }],
  },
  {
    about: 'dependentRequired of nothing',
    schema: { dependentRequired: { b: [] } },
    valid: [{}, { b: 2 }, 1],
    invalid: [],
  },
  {
    about: 'dependentRequired of several',
    schema: { dependentRequired: { q: ['a', 'b'] } },
    valid: [{}, { a: 1, b: 2, q: 3 }],
    invalid: [{ a: 1, q: 2 }, { b: 1, q: 2 }, { q: 1 }],
  },
  {
    about: 'dependentSchemas',
    schema: { dependentSchemas: { b: { properties: { a: { type: 'integer' }, b: { type: 'integer' } } } } },
    valid: [{ a: 1, b: 2 }, { a: 'x' }, ['b'], 'b'],
    invalid: [
      { a: 'x', b: 2 },
      { a: 2, b: 'x' },
    ],
  },
  {
    about: 'dependentSchemas of booleans',
    schema: { dependentSchemas: { a: true, b: false } },
    valid: [{ a: 1 }, {}],
    invalid: [{ b: 2 }, { a: 1, b: 2 }],
  },
  {
    about: 'minProperties',
    schema: { minProperties: 1 },
    valid: [{ a: 1 }, { a: 1, b: 2 }, [], '', 12],
    invalid: [{}],
  },
  {
    about: 'maxProperties',
    schema: { maxProperties: 2 },
    valid: [{ a: 1 }, { a: 1, b: 2 }, [1, 2, 3], 'abc'],
    invalid: [{ a: 1, b: 2, c: 3 }],
  },
  { about: 'maxProperties 0', schema: { maxProperties: 0 }, valid: [{}], invalid: [{ a: 1 }] },
];

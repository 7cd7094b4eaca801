/** What the suite does not ask: values that JSON has not, what faults say, and that checking is total and bounded. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../../shared/codec/dag-cbor.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { schemaFault } from './check-schema.ts';
import { equalValues, textOfValue } from './equality.ts';
import { violationOf } from './evaluate.ts';
import { Meter } from './meter.ts';
import { onSchemas } from './test-support/combination-cases.ts';
import { onLists, onMaps } from './test-support/container-cases.ts';
import { onEquality, onNumbersAndTexts, onTypes } from './test-support/value-cases.ts';

const faultOf = (schema: CborValue, value: CborValue, stepsMax = 10_000) =>
  violationOf(schema, value, new Meter(stepsMax));
const stepsOf = (schema: CborValue, value: CborValue): number => {
  const meter = new Meter(1_000_000);
  violationOf(schema, value, meter);
  return 1_000_000 - meter.left;
};

describe('bytes', () => {
  const bytes = new Uint8Array([1, 2]);
  const everyType = ['null', 'boolean', 'number', 'string', 'array', 'object'];

  test('are of no type of JSON, and equal to nothing that a schema can say', () => {
    for (const type of [...everyType, 'integer'])
      expect(faultOf({ type }, bytes), type).toMatchObject({ keyword: 'type' });
    expect(faultOf({ enum: ['AQI', '0102', [1, 2]] }, bytes)).toMatchObject({ keyword: 'enum' });
  });

  test('pass where no type is asked for, and can be asked for by excluding all types', () => {
    expect(faultOf({ minLength: 9, minimum: 9, required: ['a'], minItems: 9 }, bytes)).toBeUndefined();
    const only = { not: { type: everyType } };
    expect(faultOf(only, bytes)).toBeUndefined();
    expect(faultOf(only, 'AQI')).toMatchObject({ keyword: 'not' });
  });

  test('are compared by content among items', () => {
    expect(faultOf({ uniqueItems: true }, [bytes, new Uint8Array([1, 3]), new Uint8Array()])).toBeUndefined();
    expect(faultOf({ uniqueItems: true }, [bytes, new Uint8Array([1, 2])])).toMatchObject({
      keyword: 'uniqueItems',
    });
  });
});

describe('integers beyond 2^53', () => {
  test('and floats compare by their value', () => {
    expect(faultOf({ uniqueItems: true }, [2 ** 60, 2n ** 60n])).toMatchObject({ keyword: 'uniqueItems' });
    expect(faultOf({ uniqueItems: true }, [2 ** 60, 2n ** 60n + 1n])).toBeUndefined();
    expect(faultOf({ const: 2n ** 60n }, 2 ** 60)).toBeUndefined();
    expect(faultOf({ minimum: 2n ** 53n + 1n }, 2 ** 53)).toMatchObject({
      expected: 'a number ≥ 9007199254740993',
    });
    expect(faultOf({ multipleOf: 3 }, 3n * 2n ** 60n)).toBeUndefined();
    expect(faultOf({ multipleOf: 3 }, 2n ** 60n)).toMatchObject({ keyword: 'multipleOf' });
  });
});

describe('a fault', () => {
  const order = {
    required: ['data', 'type'],
    properties: {
      type: { enum: ['created', 'shipped'] },
      data: {
        type: 'object',
        properties: { lines: { items: { properties: { quantity: { type: 'integer', minimum: 1 } } } } },
        additionalProperties: false,
      },
    },
  };

  test.each([
    [{ type: 'created' }, { path: '', keyword: 'required', expected: 'the property data' }],
    [
      { type: 'sold', data: {} },
      { path: '/type', keyword: 'enum', expected: 'one of "created", "shipped"' },
    ],
    [
      { type: 'shipped', data: { lines: [{ quantity: 1 }, { quantity: 0 }] } },
      { path: '/data/lines/1/quantity', keyword: 'minimum', expected: 'a number ≥ 1' },
    ],
    [
      { type: 'shipped', data: 7 },
      { path: '/data', keyword: 'type', expected: 'object' },
    ],
    [
      { type: 'shipped', data: { 'free text of a stranger': 1 } },
      {
        path: '/data/?',
        keyword: 'additionalProperties',
        expected: 'no property besides those of the schema',
      },
    ],
  ])('of %j is %j', (value, fault) => {
    expect(faultOf(order, value)).toEqual(fault);
  });

  test.each([
    [{ dependentRequired: { a: ['b'] } }, { a: 1 }, 'the property b beside a'],
    [{ contains: { type: 'null' }, minContains: 2 }, [null], 'at least 2 items that contains describes'],
    [{ contains: { type: 'null' }, maxContains: 1 }, [null, null], 'at most 1 items that contains describes'],
    [{ oneOf: [{}, {}] }, 1, 'exactly one of 2 schemas'],
    [{ const: { a: 1 } }, 1, 'the value of the schema'],
    [{ const: null }, 1, 'the value null'],
    [{ enum: Array.from({ length: 99 }, (_, i) => `name-${i}`) }, 1, 'one of the 99 values of the schema'],
    [{ enum: ['a b'] }, 1, 'one of the 1 values of the schema'],
    [{ maxLength: 1 }, 'ab', 'at most 1 characters'],
  ] as readonly [CborValue, CborValue, string][])('of %j in %j expected %s', (schema, value, expected) => {
    expect(faultOf(schema, value)).toMatchObject({ expected });
  });
});

describe('steps', () => {
  const long = 'x'.repeat(200);
  test.each([
    ['a schema without keywords', true, 5, 1],
    ['annotations', { title: 't', description: 'd' }, 5, 3],
    ['type', { type: 'integer' }, 5, 2],
    ['properties', { properties: { a: { type: 'integer' }, c: true } }, { a: 1, b: 2 }, 2 + 2 + 2],
    ['additionalProperties', { additionalProperties: true }, { a: 1, b: 2 }, 2 + 2 + 2],
    ['maxProperties', { maxProperties: 9 }, { a: 1, b: 2 }, 2 + 2],
    ['required', { required: ['a', 'b', 'c'] }, { a: 1 }, 2 + 3],
    ['required at a list', { required: ['a', 'b', 'c'] }, [], 2],
    [
      'dependentRequired',
      { dependentRequired: { a: ['b', 'c'], d: ['e'] } },
      { a: 1, b: 1, c: 1 },
      2 + 2 + 2,
    ],
    ['dependentSchemas', { dependentSchemas: { a: true, b: true } }, { a: 1 }, 2 + 2 + 1],
    ['minLength', { minLength: 1 }, long, 2 + 1 + 3],
    ['const of a text', { const: long }, long, 2 + 1 + 1 + 3],
    ['const of another text', { const: long }, `${long}y`, 2 + 1],
    ['const of a short text', { const: 'x' }, 'x', 2 + 1],
    ['const of a map', { const: { a: [1], b: 2 } }, { a: [1], b: 2 }, 2 + 1 + 2 + 2 + 1],
    ['enum', { enum: [1, 2, 3, 4] }, 3, 2 + 3],
    [
      'uniqueItems',
      { uniqueItems: true },
      [1, 'a', long, new Uint8Array(64)],
      2 + 1 + 2 + (2 + 3) + (1 + 2 + 1 + 2),
    ],
    ['uniqueItems of maps', { uniqueItems: true }, [{ a: 1, [long]: 2 }], 2 + 1 + (2 + 1) + (2 + 3 + 1)],
    ['anyOf', { anyOf: [false, true, true] }, 1, 2 + 2],
    ['oneOf', { oneOf: [true, true, true] }, 1, 2 + 2],
    ['contains', { contains: true }, [1, 2, 3], 2 + 3],
    ['$ref', { $ref: '#/$defs/a', $defs: { a: true } }, 1, 3 + 1],
  ] as readonly [string, CborValue, CborValue, number][])(
    'of %s are as documented',
    (_name, schema, value, steps) => {
      expect(stepsOf(schema, value)).toBe(steps);
    },
  );

  test('are counted for what the value holds, not for what the schema might look at', () => {
    const wide = {
      properties: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`p${i}`, { type: 'null' }])),
    };
    expect(stepsOf(wide, { p7: null })).toBeLessThan(10);
    expect(stepsOf({ items: { type: 'integer' } }, Array(100).fill(1))).toBe(2 + 100 * 2);
    expect(stepsOf({ maxLength: 1_000_000 }, 'x'.repeat(64_000))).toBe(2 + 1_001);
  });

  test('that run out are told, and nothing else is, at whatever step', () => {
    for (const { schema, valid, invalid } of [...onSchemas, ...onLists, ...onMaps, ...onEquality]) {
      for (const value of [...valid, ...invalid]) {
        const whole = faultOf(schema, value);
        const steps = stepsOf(schema, value);
        expect(faultOf(schema, value, steps)).toEqual(whole);
        for (let stepsMax = 0; stepsMax < steps; stepsMax++)
          expect(faultOf(schema, value, stepsMax)).toBe('steps-exceeded');
      }
    }
  });

  test('are few beyond the last one allowed: what runs on has an end soon', () => {
    const many = { anyOf: Array.from({ length: 3_000 }, () => ({ contains: { const: 'x' } })) };
    const meter = new Meter(50_000);
    expect(violationOf(many, Array(10_000).fill('y'), meter)).toBe('steps-exceeded');
    expect(meter.left).toBeGreaterThan(-20_000);
  });

  test('end what goes too deep, before the stack does', () => {
    let value: CborValue = [];
    for (let i = 0; i < 100_000; i++) value = [value];
    expect(faultOf({ items: { $ref: '#' } }, value, 10_000_000)).toBe('steps-exceeded');
    expect(faultOf({ const: value }, value, 10_000_000)).toBe('steps-exceeded');
    expect(faultOf({ uniqueItems: true }, [value], 10_000_000)).toBe('steps-exceeded');
  });
});

const value: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<CborValue>(null, true, false, 0, 1, -1, 1.5, 2 ** 60, 2n ** 60n, '', 'a', 'b', '💩'),
    fc.uint8Array({ maxLength: 2 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'toString', '__proto__', '1', 'ä'), tie('value'), { maxKeys: 3 }),
  ),
})).value;

const known = [...onTypes, ...onEquality, ...onNumbersAndTexts, ...onLists, ...onMaps, ...onSchemas];
const schema: fc.Arbitrary<CborValue> = fc.letrec<{ schema: CborValue }>((tie) => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'toString', '1'), { maxLength: 3 });
  const count = fc.nat({ max: 3 });
  const schemas = fc.array(tie('schema'), { minLength: 1, maxLength: 3 });
  const named = fc.dictionary(fc.constantFrom('a', 'b', 'toString', '__proto__', '1'), tie('schema'), {
    maxKeys: 3,
  });
  const json = value.filter((one) => schemaFault({ const: one }) === undefined);
  return {
    schema: fc.oneof(
      { maxDepth: 2, depthSize: 'small' },
      fc.boolean(),
      fc.constantFrom(
        ...known.map((one) => one.schema).filter((one) => !JSON.stringify(keysOf(one)).includes('$')),
      ),
      fc.record(
        {
          type: fc.constantFrom('integer', 'string', 'object', 'array'),
          const: json,
          enum: fc.array(json, { minLength: 1, maxLength: 3 }),
          minimum: fc.constantFrom<CborValue>(0, 0.5, 2n ** 60n),
          multipleOf: fc.integer({ min: 1, max: 3 }),
          maxLength: count,
          minItems: count,
          uniqueItems: fc.boolean(),
          prefixItems: schemas,
          items: tie('schema'),
          contains: tie('schema'),
          minContains: count,
          properties: named,
          additionalProperties: tie('schema'),
          propertyNames: tie('schema'),
          required: names,
          dependentRequired: fc.dictionary(fc.constantFrom('a', 'b'), names),
          dependentSchemas: named,
          maxProperties: count,
          allOf: schemas,
          anyOf: schemas,
          oneOf: schemas,
          not: tie('schema'),
          if: tie('schema'),
          else: tie('schema'),
        },
        { requiredKeys: [] },
      ),
    ),
  };
}).schema;

function keysOf(one: CborValue): readonly string[] {
  if (typeof one !== 'object' || one === null || one instanceof Uint8Array) return [];
  return Object.entries(one).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

/** The same value with the keys of its maps turned round. */
function turned(one: CborValue): CborValue {
  if (Array.isArray(one)) return one.map(turned);
  if (typeof one !== 'object' || one === null || one instanceof Uint8Array) return one;
  return Object.fromEntries(
    Object.entries(one)
      .toReversed()
      .map(([key, inner]) => [key, turned(inner)]),
  );
}

describe('any schema of the subset on any value', () => {
  test('never throws, ends within the steps, and answers the same for the same content in any order', () => {
    fc.assert(
      fc.property(schema, value, (one, checked) => {
        fc.pre(schemaFault(one) === undefined);
        const meter = new Meter(2_000);
        const found = violationOf(one, checked, meter);
        const again = new Meter(2_000);
        expect(violationOf(turned(one), decode(encode(checked)), again)).toEqual(found);
        expect(again.left).toBe(meter.left);
        expect(found === 'steps-exceeded').toBe(meter.left < 0);
        if (typeof found === 'object') expect(encode({ ...found }).length).toBeLessThan(4_000);
      }),
      { numRuns: 600 },
    );
  }, 30_000);

  test('not is the opposite, and two nots are none', () => {
    fc.assert(
      fc.property(schema, value, (one, checked) => {
        fc.pre(schemaFault({ not: { not: one } }) === undefined);
        const isValid = faultOf(one, checked, 100_000) === undefined;
        expect(faultOf({ not: one }, checked, 100_000) === undefined).toBe(!isValid);
        expect(faultOf({ oneOf: [one, false] }, checked, 100_000) === undefined).toBe(isValid);
      }),
      { numRuns: 300 },
    );
  }, 30_000);

  test('whatever is offered as a schema, the check of it answers', () => {
    fc.assert(
      fc.property(fc.oneof(value, schema), (one) => {
        const found = schemaFault(one);
        expect(found === undefined || found.code.startsWith('schema-')).toBe(true);
      }),
    );
  });
});

test('equal values have one text, others have others', () => {
  const meter = () => new Meter(100_000);
  fc.assert(
    fc.property(value, value, (first, second) => {
      const isEqual = equalValues(first, second, meter());
      expect(textOfValue(first, meter()) === textOfValue(second, meter())).toBe(isEqual);
      expect(equalValues(first, turned(first), meter())).toBe(true);
      expect(textOfValue(turned(first), meter())).toBe(textOfValue(first, meter()));
    }),
    { numRuns: 1_000 },
  );
});

import { expect, test } from 'vitest';
import { dataOf, schemaForm } from './schema-form.ts';

/** As docs/schemas.md has it. */
const orders = {
  required: ['labels'],
  properties: {
    type: { enum: ['created', 'shipped'] },
    labels: { required: ['country'] },
    data: {
      type: 'object',
      required: ['quantity', 'grade'],
      properties: {
        quantity: { type: 'integer', minimum: 1 },
        grade: { enum: ['a', 'b'] },
        note: { type: 'string', title: 'For the driver', maxLength: 80 },
        weight: { type: 'number' },
        fragile: { type: 'boolean' },
      },
      additionalProperties: false,
    },
  },
};
const { types, fields = [] } = schemaForm(orders);

test('types and members of the data become fields, with what is asked of them', () => {
  expect(types).toEqual(['created', 'shipped']);
  expect(fields.map(({ name, kind, isRequired, hint }) => [name, kind, isRequired, hint])).toEqual([
    ['quantity', 'integer', true, 'at least 1'],
    ['grade', 'choice', true, ''],
    ['note', 'text', false, 'For the driver; characters at most: 80'],
    ['weight', 'number', false, ''],
    ['fragile', 'boolean', false, ''],
  ]);
});

test('what was typed becomes the data; what is empty and not asked for is left out', () => {
  expect(dataOf(fields, { quantity: '3', grade: 'b', weight: '2.50', fragile: 'false' })).toEqual({
    ok: true,
    data: { quantity: 3, grade: 'b', weight: 2.5, fragile: false },
  });
});

test.each([
  [{ grade: 'a' }, ['quantity']],
  [{ quantity: '1.5', grade: 'a' }, ['quantity']],
  [{ quantity: '9007199254740993', grade: 'a' }, ['quantity']],
  [{ quantity: '1', grade: 'c' }, ['grade']],
  [{ quantity: '1', grade: 'a', weight: 'heavy' }, ['weight']],
  [{ quantity: '1', grade: 'a', fragile: 'yes' }, ['fragile']],
])('%j is told at its field', (typed, names) => {
  const result = dataOf(fields, typed as { readonly [name: string]: string });
  expect(result.ok ? [] : Object.keys(result.problems)).toEqual(names);
});

test.each([
  ['no schema', undefined],
  ['a closed stream', false],
  ['data that is not a map', { properties: { data: { type: 'array' } } }],
  [
    'a member that is one',
    { properties: { data: { type: 'object', properties: { a: { type: 'object' } } } } },
  ],
  ['alternatives', { properties: { data: { type: 'object', properties: {}, oneOf: [] } } }],
])('%s is written as JSON', (_name, schema) => {
  expect(schemaForm(schema)).toEqual({});
});

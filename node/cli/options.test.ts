import { afterEach, beforeEach, expect, test } from 'vitest';
import { testGenesis } from '../gateway/test-support/consortium.ts';
import { gatewaysOf } from './options.ts';
import { createExampleData, type ExampleData } from './test-support/example-data.ts';

const [first, ...others] = testGenesis.validators;
const document = {
  ...testGenesis,
  validators: [{ ...first!, gateway: 'http://127.0.0.1:9201' }, ...others],
};
let example: ExampleData;
beforeEach(async () => {
  example = await createExampleData([], document);
});
afterEach(() => example.remove());

test('who names no gateway talks to the validators of the data directory, to the first one first', () => {
  const known = document.validators.map(({ gateway }) => gateway);
  expect(known).toHaveLength(4);
  expect(known[0]).toBe('http://127.0.0.1:9201');
  expect(gatewaysOf({ data: example.directory })).toEqual(known);
  expect(gatewaysOf({ data: example.directory, gateway: [] })).toEqual(known);
});

test('gateways that are named are all that are asked', () => {
  const gateway = ['http://127.0.0.1:9301', 'http://127.0.0.1:9302'];
  expect(gatewaysOf({ data: example.directory, gateway })).toEqual(gateway);
});

test('where no network was founded, it is the gateway of the example', () => {
  expect(gatewaysOf({ data: '/nowhere' })).toEqual(['http://127.0.0.1:8101']);
});

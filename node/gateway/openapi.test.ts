import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiPrefix, endpoints } from '../../shared/api.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

let gateway: StartedGateway;
let document: Document;
beforeAll(async () => {
  gateway = await startTestGateway();
  const response = await gateway.ask(`${apiPrefix}/openapi.json`);
  document = (await response.json()) as Document;
});
afterAll(() => gateway.close());

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: Readonly<Record<string, unknown>>;
  }[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const operation = (path: string, method: string): Operation => {
  const found = document.paths[`${apiPrefix}${path}`]?.[method];
  if (!found) throw new Error(`${method} ${path} is not described`);
  return found;
};

test('describes every endpoint once, with each path parameter', () => {
  expect(document.openapi).toBe('3.1.0');
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map((one) => one.operationId),
  );
  expect(ids.toSorted()).toEqual(Object.keys(endpoints).toSorted());
  for (const { path, method } of Object.values(endpoints)) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const described = operation(path, method).parameters.filter((parameter) => parameter.in === 'path');
    expect(described.map(({ name }) => name)).toEqual(names);
    expect(described.every(({ required }) => required)).toBe(true);
  }
});

test('gives parameters their types and bounds', () => {
  const { parameters } = operation('/blocks', 'get');
  expect(parameters).toContainEqual(
    expect.objectContaining({
      name: 'limit',
      in: 'query',
      required: false,
      schema: expect.objectContaining({ minimum: 1, maximum: 1000 }),
    }),
  );
  const by = operation('/analytics', 'get').parameters.find(({ name }) => name === 'by');
  expect(by).toMatchObject({ required: true, schema: { enum: ['time', 'action', 'sender', 'receiver'] } });
});

test('says of a range that it has an order', () => {
  const { parameters } = operation('/transactions', 'get');
  for (const [low, high] of [
    ['from', 'to'],
    ['fromHeight', 'toHeight'],
  ])
    expect(parameters).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: low, description: expect.stringContaining(`Above \`${high}\``) }),
        expect.objectContaining({ name: high, description: expect.stringContaining('included') }),
      ]),
    );
  const alone = operation('/epochs', 'get').parameters.find(({ name }) => name === 'from');
  expect(alone).not.toHaveProperty('description');
});

test('submission takes JSON and CBOR, and may answer 202', () => {
  const submit = operation('/transactions', 'post');
  expect(submit.requestBody).toMatchObject({ content: { 'application/json': {}, 'application/cbor': {} } });
  expect(Object.keys(submit.responses)).toEqual(['200', '202', 'default']);
});

test('holds no reference that leads nowhere', () => {
  const text = JSON.stringify(document);
  for (const [, pointer] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const target = (pointer ?? '')
      .split('/')
      .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
    expect(target, pointer).toBeDefined();
  }
});

/** GET evidence (rule W1): certified records in pages, each verifiable from what the answer holds. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  apiPrefix,
  evidenceRecordSchema,
  evidenceSchema,
  problemSchema,
  slotMessageOfJson,
  validatorsSchema,
} from '../../shared/api.ts';
import { decodeEvidence } from '../../shared/codec/evidence.ts';
import { fromBase64Url } from '../../shared/codec/hex.ts';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import { verifyNobleAsync } from '../../shared/crypto/ed25519.ts';
import { verifyEvidence } from '../../shared/protocol/verify-evidence.ts';
import { heightOf } from '../../shared/types/brands.ts';
import { genesisTime, testEnvelope, testGenesis, validatorKeys } from './test-support/consortium.ts';
import { accused, evidenceArgs } from './test-support/evidence.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';
import { validatorSetOf } from './validator-set.ts';

let gateway: StartedGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
  const { network } = gateway.ledger;
  for (const kind of ['prepare', 'commit', 'seal'] as const) {
    const transaction = decodeEnvelope(
      testEnvelope({
        network,
        action: 'validator.evidence',
        args: evidenceArgs(network, kind),
        key: validatorKeys[0]!,
        expiresAt: genesisTime + 300_000,
      }),
    );
    gateway.node.pool.set(transaction.id, transaction);
    gateway.node.certify();
  }
});
afterAll(() => gateway.close());

const get = async (path: string): Promise<{ readonly status: number; readonly body: unknown }> => {
  const response = await gateway.ask(`${apiPrefix}${path}`);
  return { status: response.status, body: await response.json() };
};
const list = async (query = '') => evidenceSchema.parse((await get(`/evidence${query}`)).body);

test('lists newest first, with both messages and where they are recorded', async () => {
  const { rows, next } = await list();
  expect(next).toBeUndefined();
  expect(rows.map(({ number, kind, height }) => [number, kind, height])).toEqual([
    [2, 'seal', 3],
    [1, 'commit', 2],
    [0, 'prepare', 1],
  ]);
  expect(rows[0]).toMatchObject({
    validator: accused,
    member: 'south',
    epoch: 0,
    key: validatorKeys[3]!.publicKey,
    reporter: 'validator-1',
    first: { kind: 'seal', height: 4, block: 'aa'.repeat(32) },
    second: { kind: 'seal', height: 4, block: 'bb'.repeat(32) },
  });
});

test('pages in both orders, without a gap or a repeat', async () => {
  for (const order of ['newest', 'oldest']) {
    const numbers: number[] = [];
    let query = `?limit=2&order=${order}`;
    for (;;) {
      const page = await list(query);
      numbers.push(...page.rows.map(({ number }) => number));
      if (page.next === undefined) break;
      query = `?limit=2&order=${order}&cursor=${page.next}`;
    }
    expect(numbers).toEqual(order === 'oldest' ? [0, 1, 2] : [2, 1, 0]);
  }
});

test('what is served can be verified with the validators of genesis alone', async () => {
  const { rows } = await list();
  for (const row of rows) {
    const evidence = decodeEvidence(fromBase64Url(row.bytes));
    expect(slotMessageOfJson(row.first)).toEqual(evidence.first);
    expect(slotMessageOfJson(row.second)).toEqual(evidence.second);
    const set = validatorSetOf(testGenesis);
    const { ok } = await verifyEvidence(evidence, set, gateway.ledger.network, verifyNobleAsync);
    expect(ok).toBe(true);
  }
});

test('one record by its number', async () => {
  const { body } = await get('/evidence/1');
  expect(evidenceRecordSchema.parse(body)).toMatchObject({ number: 1, kind: 'commit' });
  const missing = await get('/evidence/3');
  expect(missing.status).toBe(404);
  expect(problemSchema.parse(missing.body).code).toBe('not-found');
});

test.each([
  ['/evidence?cursor=nonsense', 'invalid-cursor'],
  ['/evidence?cursor=evidence--1', 'invalid-cursor'],
  ['/evidence?limit=0', 'invalid-request'],
  ['/evidence?other=1', 'invalid-request'],
  ['/evidence/first', 'invalid-request'],
])('%s answers %s', async (path, code) => {
  const { status, body } = await get(path);
  expect(status).toBe(400);
  expect(problemSchema.parse(body).code).toBe(code);
});

test('a validator is shown with what is recorded against it', async () => {
  const { validators } = validatorsSchema.parse((await get('/validators')).body);
  expect(validators.map(({ id, evidence }) => [id, evidence])).toEqual([
    ['validator-1', []],
    ['validator-2', []],
    ['validator-3', []],
    [accused, ['prepare', 'commit', 'seal']],
  ]);
});

test('a state that runs ahead of the certified blocks shows nothing early', async () => {
  const { ledger } = gateway;
  const certifiedHeight = ledger.certifiedHeight.bind(ledger);
  Object.assign(ledger, { certifiedHeight: () => heightOf(2) });
  try {
    expect((await list()).rows.map(({ number }) => number)).toEqual([1, 0]);
    expect((await get('/evidence/2')).status).toBe(404);
  } finally {
    Object.assign(ledger, { certifiedHeight });
  }
});

import { afterEach, expect, test } from 'vitest';
import { type Problem, submitProblemSchema, submitResponseSchema } from '../../shared/api.ts';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { toBase64Url } from '../../shared/codec/hex.ts';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import type { NetworkId } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import {
  appendArgs,
  genesisTime,
  stranger,
  type TestTransaction,
  testEnvelope,
} from './test-support/consortium.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

let gateway: StartedGateway | undefined;
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

const expiresAt = genesisTime + 300_000;

async function started(): Promise<StartedGateway> {
  gateway = await startTestGateway();
  return gateway;
}

const envelopeFor = (to: StartedGateway, changes: Partial<TestTransaction> = {}): Uint8Array =>
  testEnvelope({
    network: to.ledger.network,
    action: 'streams.append',
    args: appendArgs('orders', 'e1'),
    expiresAt,
    ...changes,
  });

function post(to: StartedGateway, body: string | Uint8Array, type: string, query = ''): Promise<Response> {
  return to.ask(`/api/v1/transactions${query}`, {
    method: 'POST',
    headers: { 'Content-Type': type },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
}

const postOne = (to: StartedGateway, envelope: Uint8Array, query = ''): Promise<Response> =>
  post(to, JSON.stringify({ envelope: toBase64Url(envelope) }), 'application/json', query);

async function problemOf(response: Response): Promise<Problem & { readonly receipt?: unknown }> {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = submitProblemSchema.parse(await response.json());
  expect(problem.status).toBe(response.status);
  expect(problem.next.length).toBeGreaterThan(10);
  expect(problem.requestId).toBe(response.headers.get('x-request-id'));
  return problem as Problem & { readonly receipt?: unknown };
}

test('a JSON envelope is accepted, pooled, then certified', async () => {
  const to = await started();
  const envelope = envelopeFor(to);
  const { id } = decodeEnvelope(envelope);
  const response = await postOne(to, envelope);
  expect(response.status).toBe(202);
  const body = submitResponseSchema.parse(await response.json());
  expect(body.results).toEqual([{ status: 'accepted', id }]);

  const look = async () => (await to.ask(`/api/v1/transactions/${id}`)).json();
  expect(await look()).toMatchObject({ status: 'pooled', id, expiresAt });
  to.node.certify();
  expect(await look()).toMatchObject({
    status: 'certified',
    id,
    height: 1,
    outcome: { status: 'succeeded' },
  });
});

test('wait=certified answers with a receipt, also for bytes that were sent before', async () => {
  const to = await started();
  const envelope = envelopeFor(to);
  expect((await postOne(to, envelope)).status).toBe(202);
  const again = postOne(to, envelope, '?wait=certified');
  while (to.node.handedIn.get(decodeEnvelope(envelope).id) !== 2) await new Promise(setImmediate);
  to.node.certify();
  const response = await again;
  expect(response.status).toBe(200);
  const { results } = submitResponseSchema.parse(await response.json());
  expect(results[0]).toMatchObject({
    status: 'certified',
    height: 1,
    receipt: { certificate: { height: 1 } },
  });
});

test('receipts=omit certifies without receipts', async () => {
  const to = await started();
  to.node.isEager = true;
  const response = await postOne(to, envelopeFor(to), '?wait=certified&receipts=omit');
  const { results } = submitResponseSchema.parse(await response.json());
  expect(results).toEqual([
    { status: 'certified', id: expect.any(String), height: 1, outcome: expect.anything() },
  ]);
});

test('wait=certified ends after its time with 202 and where to look', async () => {
  const to = await started();
  const response = await postOne(to, envelopeFor(to), '?wait=certified&timeoutMs=20');
  expect(response.status).toBe(202);
  expect(await response.json()).toMatchObject({
    results: [{ status: 'accepted' }],
    follow: '/api/v1/transactions/{id}',
  });
});

test('many in one request: JSON, a CBOR array of maps, a CBOR array of byte strings', async () => {
  const to = await started();
  const make = (name: string): Uint8Array => envelopeFor(to, { args: appendArgs('orders', name) });
  const json = JSON.stringify({ envelopes: [toBase64Url(make('a')), toBase64Url(make('b'))] });
  const maps = Buffer.concat([Buffer.from([0x82]), make('c'), make('d')]);
  const strings = encode([make('e'), make('f')]);
  for (const [body, type] of [
    [json, 'application/json'],
    [maps, 'application/cbor'],
    [strings, 'application/cbor'],
  ] as const) {
    const response = await post(to, body, type);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ accepted: 2, refused: 0 });
  }
  to.node.certify();
  expect(to.ledger.streamLength('orders')).toBe(6);
});

test('of many, each result speaks for itself', async () => {
  const to = await started();
  const known = envelopeFor(to);
  await postOne(to, known);
  const envelopes = [known, envelopeFor(to, { key: stranger }), envelopeFor(to)].map(toBase64Url);
  const response = await post(to, JSON.stringify({ envelopes }), 'application/json');
  expect(response.status).toBe(202);
  const { results, accepted, refused } = submitResponseSchema.parse(await response.json());
  expect(results.map(({ status }) => status)).toEqual(['duplicate', 'refused', 'accepted']);
  expect([accepted, refused]).toEqual([2, 1]);
});

test('if all of many are refused, the answer is a problem that holds the results', async () => {
  const to = await started();
  const envelopes = [envelopeFor(to, { key: stranger }), envelopeFor(to, { expiresAt: 1 })].map(toBase64Url);
  const response = await post(to, JSON.stringify({ envelopes }), 'application/json');
  const problem = submitProblemSchema.parse(await response.json());
  expect([problem.code, problem.results?.length]).toEqual(['all-refused', 2]);
});

const badArgs: CborValue = { stream: 'orders', expectedRevision: 'any', events: 7 };
const otherNetwork = 'ab'.repeat(32) as NetworkId;

test.each<[code: string, status: number, envelope: (to: StartedGateway) => Uint8Array]>([
  ['wrong-network', 400, (to) => envelopeFor(to, { network: otherNetwork })],
  ['bad-signature', 400, (to) => flipLastByte(envelopeFor(to))],
  ['unknown-sender', 403, (to) => envelopeFor(to, { key: stranger })],
  ['expired', 400, (to) => envelopeFor(to, { expiresAt: genesisTime })],
  ['unknown-action', 400, (to) => envelopeFor(to, { action: 'streams.erase' })],
  ['malformed-args', 400, (to) => envelopeFor(to, { args: badArgs })],
  ['too-large', 413, (to) => envelopeFor(to, { args: appendArgs('orders', 'e', 'any', 'x'.repeat(70_000)) })],
  ['malformed-cbor', 400, () => new Uint8Array([0xa1, 0x61, 0x61, 0x01])],
])('%s is refused with %i', async (code, status, envelope) => {
  const to = await started();
  for (const send of [
    postOne,
    (_: StartedGateway, bytes: Uint8Array) => post(to, bytes, 'application/cbor'),
  ]) {
    const problem = await problemOf(await send(to, envelope(to)));
    expect([problem.code, problem.status]).toEqual([code, status]);
  }
  expect(to.node.pool.size).toBe(0);
});

/** The signature is the envelope's last member. */
function flipLastByte(envelope: Uint8Array): Uint8Array {
  const copy = new Uint8Array(envelope);
  copy[copy.length - 40] = (copy[copy.length - 40] ?? 0) ^ 1;
  return copy;
}

test.each<[code: string, status: number, body: string | Uint8Array, type: string]>([
  ['malformed-json', 400, '{"envelope": ', 'application/json'],
  ['malformed-json', 400, new Uint8Array([0x22, 0xff, 0x22]), 'application/json'],
  ['invalid-request', 400, '{"envelop": "AA"}', 'application/json'],
  ['invalid-request', 400, '{"envelope": "A+/="}', 'application/json'],
  ['invalid-request', 400, '{"envelopes": []}', 'application/json'],
  ['malformed-cbor', 400, new Uint8Array([0x80]), 'application/cbor'],
  ['malformed-cbor', 400, new Uint8Array([0x9f, 0xff]), 'application/cbor'],
  ['malformed-cbor', 400, new Uint8Array([0x82, 0xa0]), 'application/cbor'],
  ['malformed-cbor', 400, new Uint8Array([0x81, 0xa0, 0x00]), 'application/cbor'],
  ['malformed-cbor', 400, new Uint8Array([0x81, 0x01]), 'application/cbor'],
  ['malformed-cbor', 400, new Uint8Array(0), 'application/cbor'],
  ['too-large', 413, new Uint8Array([0x9a, 0xff, 0xff, 0xff, 0xff]), 'application/cbor'],
  ['unsupported-media-type', 415, 'envelope', 'text/plain'],
])('a body that is %s answers %i', async (code, status, body, type) => {
  const to = await started();
  const problem = await problemOf(await post(to, body, type));
  expect([problem.code, problem.status]).toEqual([code, status]);
});

test('the next step speaks of nothing that the facts do not hold', async () => {
  const to = await started();
  const unknown = await problemOf(await postOne(to, envelopeFor(to, { action: 'streams.erase' })));
  expect(unknown).toMatchObject({
    facts: { action: 'streams.erase' },
    next: expect.not.stringContaining('facts'),
  });
  const broken = await problemOf(await post(to, '{"envelope": ', 'application/json'));
  expect(broken).toMatchObject({
    facts: { reason: expect.stringContaining('JSON') },
    next: expect.stringContaining('the reason in the facts'),
  });
});

test('a body above the limit is refused before it is read', async () => {
  gateway = await startTestGateway({ limits: { bodyBytesMax: 100 } });
  const problem = await problemOf(await post(gateway, new Uint8Array(101), 'application/cbor'));
  expect(problem.code).toBe('too-large');
});

test('the same bytes again: duplicate, with where to look', async () => {
  const to = await started();
  const envelope = envelopeFor(to);
  const { id } = decodeEnvelope(envelope);
  await postOne(to, envelope);
  expect(await problemOf(await postOne(to, envelope))).toMatchObject({ code: 'duplicate', facts: { id } });
  to.node.certify();
  expect(await problemOf(await postOne(to, envelope))).toMatchObject({ code: 'duplicate', status: 409 });
});

test('another transaction with a nonce that ran: superseded, and its status says by which', async () => {
  const to = await started();
  const nonce = 'f'.repeat(32);
  const [first, second] = ['a', 'b'].map((name) =>
    envelopeFor(to, { nonce, args: appendArgs('orders', name) }),
  );
  if (!first || !second) throw new Error('two envelopes');
  await postOne(to, first);
  await postOne(to, second);
  to.node.certify();
  expect((await problemOf(await postOne(to, second))).code).toBe('superseded');
  const { id } = decodeEnvelope(second);
  const status = await (await to.ask(`/api/v1/transactions/${id}`)).json();
  expect(status).toEqual({ status: 'superseded', id, by: decodeEnvelope(first).id });
});

test('a revision that the stream is not at is refused at once, or recorded when another came first', async () => {
  const to = await started();
  const append = (eventId: string, revision: number): Uint8Array =>
    envelopeFor(to, { args: appendArgs('orders', eventId, revision) });
  await postOne(to, append('a', -1));
  to.node.certify();
  const problem = await problemOf(await postOne(to, append('b', -1)));
  expect(problem).toMatchObject({ code: 'wrong-expected-revision', facts: { expected: -1, actual: 0 } });

  await postOne(to, append('c', 0));
  to.node.isEager = true;
  const failed = await problemOf(await postOne(to, append('d', 0), '?wait=certified'));
  expect(failed).toMatchObject({
    code: 'wrong-expected-revision',
    status: 409,
    facts: { height: 2, actual: 1 },
  });
  expect(failed.receipt).toMatchObject({ certificate: { height: 2 } });
});

test('a full pool answers 429 with Retry-After, and the same bytes pass later', async () => {
  const to = await started();
  to.node.poolMax = 1;
  await postOne(to, envelopeFor(to));
  const envelope = envelopeFor(to);
  const response = await postOne(to, envelope);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await problemOf(response)).toMatchObject({ code: 'pool-full', status: 429 });
  to.node.certify();
  expect((await postOne(to, envelope)).status).toBe(202);
});

test('a node that is not ready says so', async () => {
  const to = await started();
  to.node.notReadyReason = 'catching-up';
  expect(await problemOf(await postOne(to, envelopeFor(to)))).toMatchObject({
    code: 'not-ready',
    status: 503,
  });
  const ready = await to.ask(`/readyz`);
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'not-ready', reason: 'catching-up' }]);
  expect((await to.ask(`/healthz`)).status).toBe(200);
});

test('expired is said only once a certified block says so', async () => {
  const to = await started();
  const envelope = envelopeFor(to, { expiresAt: genesisTime + 5_000 });
  const { id, body } = decodeEnvelope(envelope);
  const hints = `?sender=${body.sender}&nonce=${body.nonce}&expiresAt=${body.expiresAt}`;
  const status = async (query = '') => {
    const response = await to.ask(`/api/v1/transactions/${id}${query}`);
    return [response.status, ((await response.json()) as { status: unknown }).status];
  };
  expect(await status(hints)).toEqual([404, 404]);
  await postOne(to, envelope);
  to.node.pool.clear();
  expect(await status()).toEqual([200, 'pooled']);
  to.node.certify(4_999);
  expect(await status()).toEqual([200, 'pooled']);
  to.node.certify(1);
  expect(await status()).toEqual([200, 'expired']);
  expect(await status(hints)).toEqual([200, 'expired']);
});

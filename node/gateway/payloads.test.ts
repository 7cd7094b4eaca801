/** Payloads over HTTP: beside an envelope, by digest, and what is answered when members erased one. */
import { afterEach, expect, test } from 'vitest';
import {
  apiPrefix,
  type PlanJson,
  type Problem,
  payloadRecordSchema,
  payloadSchema,
} from '../../shared/api.ts';
import { fromHex, toBase64Url } from '../../shared/codec/hex.ts';
import { envelopePayloadBytesMax, payloadBytesMax, payloadDigest } from '../../shared/codec/payload.ts';
import type { CborValue, Role } from '../../shared/types/ledger.ts';
import {
  appendArgs,
  genesisTime,
  keyOfRole,
  leaver,
  payloadArgs,
  submitter,
  testEnvelope,
} from './test-support/consortium.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

const open: StartedGateway[] = [];
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close();
});

async function started(): Promise<StartedGateway> {
  const gateway = await startTestGateway();
  open.push(gateway);
  return gateway;
}

const secret = Uint8Array.of(7, 7, 7);
const digest = payloadDigest(secret);

const envelopeOf = ({ ledger }: StartedGateway, action: string, args: CborValue, key = submitter): string =>
  toBase64Url(testEnvelope({ network: ledger.network, action, args, key, expiresAt: genesisTime + 300_000 }));

async function post(
  to: StartedGateway,
  body: unknown,
  query = '',
): Promise<{ readonly status: number; readonly body: Problem & { readonly results: readonly unknown[] } }> {
  const response = await to.ask(`${apiPrefix}/transactions${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as never };
}

async function get(to: StartedGateway, path: string, role: Role = 'admin') {
  const headers = { Authorization: `Bearer ${await to.token(role)}` };
  const response = await fetch(`${to.url}${apiPrefix}/payloads/${path}`, { headers });
  const body = (await response.json()) as Problem;
  return { status: response.status, body, retryAfter: response.headers.get('Retry-After') };
}

/** A gateway whose ledger has the payload in stream `orders`. */
async function withPayload(): Promise<StartedGateway> {
  const to = await started();
  const envelope = envelopeOf(to, 'streams.append', payloadArgs('orders', 'a', secret));
  expect((await post(to, { envelope, payloads: [toBase64Url(secret)] })).status).toBe(202);
  to.node.certify();
  return to;
}

test('bytes that came beside an envelope are read by digest once the event is certified', async () => {
  const to = await started();
  const envelope = envelopeOf(to, 'streams.append', payloadArgs('orders', 'a', secret));
  await post(to, { envelope, payloads: [toBase64Url(secret)] });
  expect(await get(to, digest)).toMatchObject({ status: 404, body: { code: 'payload-unknown' } });
  to.node.certify();
  const { status, body } = await get(to, digest);
  expect([status, payloadSchema.parse(body)]).toEqual([200, { digest, size: 3, bytes: toBase64Url(secret) }]);
  expect(payloadRecordSchema.parse((await get(to, `${digest}/record`)).body)).toEqual({
    digest,
    stream: 'orders',
    eventId: 'a',
    size: 3,
    erasable: true,
    recipients: ['north.submitter'],
  });
});

test('of many envelopes each has its own payloads, and says its own refusal', async () => {
  const to = await started();
  const other = Uint8Array.of(8);
  const third = envelopeOf(to, 'streams.append', payloadArgs('orders', 'c', Uint8Array.of(9)));
  const envelopes = [
    {
      envelope: envelopeOf(to, 'streams.append', payloadArgs('orders', 'a', secret)),
      payloads: [toBase64Url(secret)],
    },
    envelopeOf(to, 'streams.append', appendArgs('orders', 'b')),
    // Its bytes stand beside another envelope.
    {
      envelope: envelopeOf(to, 'streams.append', payloadArgs('orders', 'd', other)),
      payloads: [toBase64Url(secret)],
    },
    third,
  ];
  const { status, body } = await post(to, { envelopes });
  expect(status).toBe(202);
  expect(body.results).toMatchObject([
    { status: 'accepted' },
    { status: 'accepted' },
    {
      status: 'refused',
      code: 'payload-digest-mismatch',
      facts: { digest: payloadDigest(other), actual: digest },
    },
    { status: 'refused', code: 'payload-missing' },
  ]);
  expect([...to.node.payloads.keys()]).toEqual([digest]);
});

const named = (to: StartedGateway, bytes: Uint8Array, changed = {}): string =>
  envelopeOf(to, 'streams.append', payloadArgs('orders', 'a', bytes, changed));
const large = new Uint8Array(payloadBytesMax + 1);

test.each<[code: string, status: number, body: (to: StartedGateway) => unknown]>([
  ['payload-missing', 400, (to) => ({ envelope: named(to, secret) })],
  ['invalid-request', 400, (to) => ({ envelope: named(to, secret), payloads: ['BwcHB'] })],
  ['invalid-request', 400, (to) => ({ envelope: named(to, Uint8Array.of(7)), payloads: ['Bx'] })],
  ['payload-digest-mismatch', 400, (to) => ({ envelope: named(to, secret), payloads: ['AAAA'] })],
  [
    'payload-size-mismatch',
    400,
    (to) => ({ envelope: named(to, secret, { size: 4 }), payloads: [toBase64Url(secret)] }),
  ],
  [
    'payload-unreferenced',
    400,
    (to) => ({ envelope: named(to, secret), payloads: [toBase64Url(secret), 'AAAA'] }),
  ],
  [
    'payload-unreferenced',
    400,
    (to) => ({ envelope: envelopeOf(to, 'streams.append', appendArgs('orders', 'a')), payloads: ['AAAA'] }),
  ],
  ['payload-too-large', 413, (to) => ({ envelope: named(to, secret), payloads: [toBase64Url(large)] })],
  [
    'payload-too-large',
    413,
    (to) => {
      const part = toBase64Url(new Uint8Array(payloadBytesMax));
      const payloads = Array(envelopePayloadBytesMax / payloadBytesMax + 1).fill(part);
      return { envelope: named(to, secret), payloads };
    },
  ],
  ['malformed-args', 400, (to) => ({ envelope: named(to, secret, { size: payloadBytesMax + 1 }) })],
])('%s is a refusal with facts and a next step', async (code, status, body) => {
  const to = await started();
  const answer = await post(to, body(to));
  expect(answer).toMatchObject({ status, body: { code } });
  expect(Object.keys(answer.body.facts).length).toBeGreaterThan(0);
  expect(answer.body.next).not.toBe('');
  expect(to.node.pool.size).toBe(0);
});

test('a payload of another event is refused before anybody waits for it', async () => {
  const to = await withPayload();
  const envelope = envelopeOf(to, 'streams.append', payloadArgs('other', 'b', secret));
  expect(await post(to, { envelope, payloads: [toBase64Url(secret)] })).toMatchObject({
    status: 409,
    body: { code: 'payload-in-use', facts: { stream: 'orders', eventId: 'a' } },
  });
});

test('a node that has not fetched it says so, and when to ask again', async () => {
  const to = await withPayload();
  to.node.payloads.clear();
  const { status, body, retryAfter } = await get(to, digest);
  expect([status, body.code, Number(retryAfter) > 0]).toEqual([503, 'payload-not-here', true]);
});

test('one that the members erased is gone, and the answer says who asked, when and why', async () => {
  const to = await withPayload();
  const run = async (action: string, args: CborValue, key = leaver): Promise<void> => {
    expect((await post(to, { envelope: envelopeOf(to, action, args, key) })).status).toBe(202);
    to.node.certify();
  };
  const actions = [{ kind: 'payloads.erase', args: { digests: [fromHex(digest)], reason: 'asked for' } }];
  await run('governance.propose', { actions, reason: 'a proposal', expiresAt: genesisTime + 300_000 });
  expect((await get(to, digest)).status).toBe(200);
  await run('governance.vote', { proposal: 0, approve: true }, keyOfRole.admin);
  const erased = { by: 'north', reason: 'asked for', proposal: 0, height: 3, time: expect.any(Number) };
  expect(await get(to, digest)).toMatchObject({
    status: 410,
    body: { code: 'payload-erased', facts: { digest, ...erased } },
  });
  expect((await get(to, `${digest}/record`)).body).toMatchObject({ stream: 'orders', erased });
});

test('a dry run of an erasure names what was granted from it, which goes as well', async () => {
  const to = await withPayload();
  const granted = Uint8Array.of(8, 8);
  const args = payloadArgs('orders', 'b', granted, { grantOf: fromHex(digest) });
  const envelope = envelopeOf(to, 'streams.append', args);
  expect((await post(to, { envelope, payloads: [toBase64Url(granted)] })).status).toBe(202);
  to.node.certify();
  const erase = { kind: 'payloads.erase', args: { digests: [digest], reason: 'asked for' } };
  const response = await to.ask(`${apiPrefix}/proposals/dry-run`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ actions: [erase] }),
  });
  const { actions } = (await response.json()) as PlanJson;
  const both = [digest, payloadDigest(granted)];
  const shown = (isErased: boolean) => both.map((one) => expect.objectContaining({ digest: one, isErased }));
  expect(actions).toMatchObject([
    { subject: '2 payloads', before: { payloads: shown(false) }, after: { payloads: shown(true) } },
  ]);
});

test('a reader of named streams sees those of its streams, and of others not that they exist', async () => {
  const to = await withPayload();
  to.ledger.changeIdentity('south.reader', { streams: ['orders'] });
  expect((await get(to, digest, 'reader')).status).toBe(200);
  expect((await get(to, `${digest}/record`, 'reader')).status).toBe(200);
  to.ledger.changeIdentity('south.reader', { streams: ['prices'] });
  for (const path of [digest, `${digest}/record`]) {
    const hidden = await get(to, path, 'reader');
    const unknown = await get(to, path.replace(digest, 'ab'.repeat(32)), 'reader');
    expect([hidden.status, hidden.body.code]).toEqual([404, 'payload-unknown']);
    expect({ ...hidden.body, facts: {}, requestId: '' }).toEqual({
      ...unknown.body,
      facts: {},
      requestId: '',
    });
  }
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { proofPackOfJson, receiptOfJson } from '../../shared/api/ledger-of-json.ts';
import {
  apiPrefix,
  balancesSchema,
  blockSchema,
  type Endpoint,
  type EndpointName,
  endpoints,
  genesisSchema,
  problemSchema,
  type ReadName,
  receiptSchema,
  searchSchema,
  stateSchema,
  statusSchema,
  streamSchema,
} from '../../shared/api.ts';
import { fromBase64Url, fromHex } from '../../shared/codec/hex.ts';
import {
  decodeEnvelope,
  decodeHeader,
  decodeProofPack,
  decodeReceipt,
  encodeProofPack,
  headerHash,
} from '../../shared/codec/ledger.ts';
import { payloadDigest } from '../../shared/codec/payload.ts';
import { merkleRoot, verifyConsistency, verifyInclusion } from '../../shared/crypto/merkle.ts';
import {
  keyDigest,
  type SparseMerkleProof,
  valueDigest,
  verifySparseProof,
} from '../../shared/crypto/sparse-merkle-tree.ts';
import type { Digest } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { foundingProtocol, newestProtocol } from '../ledger/protocols.ts';
import {
  appendArgs,
  genesisTime,
  keyOfRole,
  leaver,
  payloadArgs,
  possessionOf,
  submitter,
  testEnvelope,
  testGenesis,
  testKey,
  validatorKeys,
} from './test-support/consortium.ts';
import { evidenceArgs } from './test-support/evidence.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

let gateway: StartedGateway;
let transactionId = '';
const stream = 'orders/2024 Ä';
const payload = Uint8Array.of(1, 2, 3);
const eventSchema = { required: ['type'], properties: { data: { maximum: 2n ** 60n } } };

beforeAll(async () => {
  gateway = await startTestGateway();
  const { network } = gateway.ledger;
  const expiresAt = genesisTime + 300_000;
  const run = (action: string, args: CborValue, key = submitter): string => {
    const transaction = decodeEnvelope(testEnvelope({ network, action, args, key, expiresAt }));
    gateway.node.pool.set(transaction.id, transaction);
    return transaction.id;
  };
  transactionId = run(
    'streams.append',
    appendArgs(stream, 'first', 'any', { big: 2n ** 60n, bytes: new Uint8Array([255]) }),
  );
  run('streams.append', appendArgs(stream, 'second'));
  run('streams.append', payloadArgs('papers', 'first', payload));
  gateway.node.payloads.set(payloadDigest(payload), payload);
  gateway.node.certify();
  run('validator.evidence', evidenceArgs(network, 'seal'), validatorKeys[0]!);
  run('assets.define', { asset: 'gold', decimals: 2 });
  run('assets.issue', { asset: 'gold', to: 'north.submitter', amount: 18_446_744_073_709_551_615n });
  run('assets.transfer', { asset: 'gold', to: 'nobody', amount: 1 });
  gateway.node.certify();
  run('assets.transfer', { asset: 'gold', to: 'south.auditor', amount: 5 });
  run('assets.define', { asset: 'silver', decimals: 0 });
  const actions = [{ kind: 'schemas.set', args: { stream, schema: eventSchema } }];
  run('governance.propose', { actions, reason: 'order', expiresAt }, leaver);
  run('governance.vote', { proposal: 0, approve: true }, keyOfRole.admin);
  const suspended = { kind: 'members.suspend', args: { member: 'north' } };
  run(
    'governance.propose',
    { actions: [suspended], reason: 'for a test', expiresAt: genesisTime + 600_000 },
    keyOfRole.admin,
  );
  const next = testKey(61);
  const possession = possessionOf(network, next, 'consensus', 'validator-1');
  run('validator.rotate', { key: fromHex(next.publicKey), possession }, validatorKeys[0]!);
  gateway.node.certify();
});
afterAll(() => gateway.close());

async function get(path: string, init?: RequestInit): Promise<Response> {
  return gateway.ask(`${apiPrefix}${path}`, init);
}
const json = async (path: string): Promise<unknown> => (await get(path)).json();

/** One address of each endpoint that reads; the plan of keys is for another member than the one that asks here. */
const examples: { readonly [Name in Exclude<ReadName, 'keysPlan'>]: () => string } = {
  session: () => '/session',
  status: () => '/status',
  validators: () => '/validators',
  epochs: () => '/epochs?from=0&limit=1',
  keyHistory: () => '/key-history?node=validator-1',
  genesis: () => '/genesis',
  consensus: () => '/consensus',
  diagnosis: () => '/diagnosis',
  disk: () => '/disk',
  metricsHistory: () => '/metrics-history?span=day&since=0',
  peers: () => '/peers',
  matrix: () => '/peers/matrix',
  members: () => '/members',
  identities: () => '/identities?member=south&limit=2',
  identity: () => '/identities/north.submitter',
  thresholds: () => '/thresholds',
  proposals: () => '/proposals?status=waiting',
  proposal: () => '/proposals/0',
  activations: () => '/activations?limit=1',
  activation: () => '/activations/0',
  evidence: () => '/evidence?limit=1',
  evidenceRecord: () => '/evidence/0',
  blocks: () => '/blocks?limit=2',
  block: () => '/blocks/1?include=envelopes',
  transactions: () => '/transactions?action=streams.append&order=oldest&limit=1',
  transaction: () => `/transactions/${transactionId}`,
  receipt: () => `/transactions/${transactionId}/receipt`,
  pack: () => `/transactions/${transactionId}/pack`,
  streams: () => '/streams?prefix=ord',
  stream: () => `/streams/${encodeURIComponent(stream)}`,
  events: () => '/events?type=note&limit=2',
  eventSchema: () => `/schemas/${encodeURIComponent(stream)}`,
  payload: () => `/payloads/${payloadDigest(payload)}`,
  payloadRecord: () => `/payloads/${payloadDigest(payload)}/record`,
  assets: () => '/assets?prefix=go',
  balances: () => '/assets/gold/balances',
  state: () => `/state/${encodeURIComponent('assets/definitions/gold')}`,
  consistency: () => '/history/consistency?from=1&to=3',
  historyInclusion: () => '/history/inclusion?height=1&at=3',
  analytics: () => '/analytics?by=action',
  exportManifest: () => '/export/manifest?of=events&format=car',
  keySigned: () => `/keys/${testGenesis.validators[0]!.consensusKey}/signed`,
  search: () => '/search?q=1',
};

test.each(Object.entries(examples))('%s answers what its schema says', async (name, path) => {
  const response = await get(path());
  expect(response.status).toBe(200);
  const endpoint: Endpoint = endpoints[name as EndpointName];
  const body: unknown = await response.json();
  expect(endpoint.response.parse(body)).toEqual(body);
});

test('the schema of a stream says from which block on it is asked', async () => {
  expect(await json(examples.eventSchema())).toEqual({
    stream,
    since: 4,
    schema: { ...eventSchema, properties: { data: { maximum: '1152921504606846976' } } },
  });
});

test('status names network, node and one coherent tip', async () => {
  const status = statusSchema.parse(await json('/status'));
  expect(status.protocol).toEqual({ inForce: foundingProtocol, newest: newestProtocol });
  const tip = gateway.ledger.block(gateway.ledger.indexedHeight());
  expect(status).toMatchObject({
    network: gateway.ledger.network,
    node: 'validator-1',
    height: 3,
    certifiedHeight: 3,
    block: tip?.hash,
    stateRoot: tip?.header.state,
    quorum: { n: 4, f: 1, q: 3, reachable: 4, voting: 4 },
  });
});

test('a block carries the leaves of its roots', async () => {
  const block = blockSchema.parse(await json('/blocks/2'));
  expect(headerHash(fromBase64Url(block.headerBytes))).toBe(block.hash);
  expect(merkleRoot(block.transactionIds.map(fromHex))).toBe(block.header.transactions);
  expect(merkleRoot(block.outcomes.map(fromBase64Url))).toBe(block.header.outcomes);
  expect([block.transactionCount, block.failedCount]).toEqual([4, 1]);
  expect(block.certificate?.seals).toHaveLength(3);
});

test('a block by hash is immutable, by height it is revalidated', async () => {
  const byHeight = await get('/blocks/2');
  const { hash } = blockSchema.parse(await byHeight.json());
  const etag = byHeight.headers.get('etag') ?? '';
  expect(byHeight.headers.get('cache-control')).toBe('private, no-cache');
  expect((await get(`/blocks/${hash}`)).headers.get('cache-control')).toBe(
    'private, max-age=31536000, immutable',
  );
  expect(
    (await get('/blocks/2', { headers: { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' } })).status,
  ).toBe(304);
});

test('genesis carries the network id, its header and its document', async () => {
  const genesis = genesisSchema.parse(await json('/genesis'));
  expect(headerHash(fromBase64Url(genesis.headerBytes))).toBe(genesis.network);
  expect(genesis.document.name).toBe(testGenesis.name);
});

test('receipt and proof pack are the same in JSON and in CBOR', async () => {
  const receipt = receiptOfJson(receiptSchema.parse(await json(`/transactions/${transactionId}/receipt`)));
  const header = decodeHeader(receipt.header);
  expect(verifyInclusion(fromHex(transactionId), receipt.transactionProof, header.transactions)).toBe(true);
  expect(verifyInclusion(receipt.outcome, receipt.outcomeProof, header.outcomes)).toBe(true);
  const accept = { headers: { Accept: 'application/cbor' } };
  const bytes = await (await get(`/transactions/${transactionId}/receipt`, accept)).arrayBuffer();
  expect(decodeReceipt(new Uint8Array(bytes))).toEqual(receipt);

  const packed = await get(`/transactions/${transactionId}/pack`, accept);
  expect(packed.headers.get('content-type')).toBe('application/cbor');
  const pack = decodeProofPack(new Uint8Array(await packed.arrayBuffer()));
  const packJson = endpoints.pack.response.parse(await json(`/transactions/${transactionId}/pack`));
  expect(encodeProofPack(proofPackOfJson(packJson))).toEqual(encodeProofPack(pack));
});

test('a stream by name with slashes and umlauts, by range, as of a height', async () => {
  const whole = streamSchema.parse(await json(`/streams/${encodeURIComponent(stream)}`));
  expect(whole.events.map(({ eventId }) => eventId)).toEqual(['first', 'second']);
  expect(whole.events[0]?.data).toEqual({ big: (2n ** 60n).toString(), bytes: '_w' });
  const second = streamSchema.parse(await json(`/streams/${encodeURIComponent(stream)}?from=1&to=1`));
  expect([second.events.length, second.events[0]?.revision, second.nextFrom]).toEqual([1, 1, undefined]);
  const first = streamSchema.parse(await json(`/streams/orders/2024%20%C3%84?limit=1`));
  expect([first.events.length, first.nextFrom, first.length]).toEqual([1, 1, 2]);
  expect((await get(`/streams/${encodeURIComponent(stream)}?asOf=0`)).status).toBe(404);
});

test('assets stand by id, each with its supply now', async () => {
  const { height, rows, next } = endpoints.assets.response.parse(await json('/assets'));
  expect([height, next]).toEqual([3, undefined]);
  expect(rows).toEqual([
    expect.objectContaining({ asset: 'gold', supply: '18446744073709551615' }),
    expect.objectContaining({ asset: 'silver', supply: '0' }),
  ]);
  expect(await json('/assets?prefix=lead')).toEqual({ height: 3, rows: [] });
  expect((await get('/assets?cursor=gold')).status).toBe(400);
});

test('balances are decimal text, as of a height', async () => {
  const now = balancesSchema.parse(await json('/assets/gold/balances'));
  expect(now.total).toBe('18446744073709551615');
  expect(now.balances).toContainEqual({ identity: 'south.auditor', amount: '5' });
  const then = balancesSchema.parse(await json('/assets/gold/balances?asOf=2'));
  expect(then.balances).toEqual([{ identity: 'north.submitter', amount: '18446744073709551615' }]);
});

test('an asset that nobody holds is there from its definition on, and unknown before it', async () => {
  const unheld = { asset: 'silver', height: 3, total: '0', balances: [] };
  expect(await json('/assets/silver/balances')).toEqual(unheld);
  expect(await json('/assets/silver/balances?asOf=3')).toEqual(unheld);
  for (const [asset, height] of [
    ['silver', 2],
    ['gold', 1],
    ['lead', 3],
  ] as const) {
    const answer = await get(`/assets/${asset}/balances?asOf=${height}`);
    expect(await answer.json()).toMatchObject({ status: 404, code: 'not-found', facts: { asset, height } });
  }
});

test.each([['assets/definitions/gold'], ['assets/definitions/lead']])(
  'state %s proves itself',
  async (key) => {
    const state = stateSchema.parse(await json(`/state/${encodeURIComponent(key)}`));
    const value = state.value === null ? undefined : valueDigest(fromBase64Url(state.value));
    const root = decodeHeader(fromBase64Url(state.headerBytes)).state;
    expect(verifySparseProof(root, keyDigest(key), value, state.proof as unknown as SparseMerkleProof)).toBe(
      true,
    );
    expect(value === undefined).toBe(key.endsWith('lead'));
  },
);

test('history between two heights is consistent, and an old block is in it', async () => {
  const { from, to, proof } = endpoints.consistency.response.parse(
    await json('/history/consistency?from=1&to=3'),
  );
  const [older, newer] = [from.header.history as Digest, to.header.history as Digest];
  expect(verifyConsistency(proof as Digest[], { size: 1, root: older }, { size: 3, root: newer })).toBe(true);
  const inclusion = endpoints.historyInclusion.response.parse(await json('/history/inclusion?height=1&at=3'));
  const path = inclusion.proof.path as Digest[];
  expect(verifyInclusion(fromHex(inclusion.hash), { ...inclusion.proof, path }, newer)).toBe(true);
});

test('lists go on by cursor without a gap', async () => {
  const heights: number[] = [];
  let next: string | undefined = '';
  while (next !== undefined) {
    const path: string = `/blocks?limit=3${next === '' ? '' : `&cursor=${next}`}`;
    const page = endpoints.blocks.response.parse(await json(path));
    heights.push(...page.rows.map(({ height }) => height));
    next = page.next;
  }
  expect(heights).toEqual([3, 2, 1, 0]);
});

test.each([
  ['1', 'block', 'height 1'],
  ['north.sub', 'identity', "identity id begins with 'north.sub'"],
  ['validator-2', 'validator', 'validator id'],
  ['orders', 'stream', "stream name begins with 'orders'"],
  ['gold', 'asset', 'asset id'],
  ['GO', 'asset', "asset id begins with 'go'"],
  ['0', 'proposal', 'number 0 of a proposal'],
  ['proposal 0', 'proposal', 'number 0 of a proposal'],
  ['id', 'transaction', 'id of a transaction in block 1'],
])('search for %s finds a %s because: %s', async (text, kind, why) => {
  const q = text === 'id' ? transactionId : text;
  const { hits } = searchSchema.parse(await json(`/search?q=${encodeURIComponent(q)}`));
  expect(hits).toContainEqual(expect.objectContaining({ kind, why }));
});

test.each([
  ['/blocks/9', 404, 'height-not-reached'],
  [`/blocks/${'0'.repeat(64)}`, 404, 'not-found'],
  ['/blocks/abc', 400, 'invalid-request'],
  ['/blocks?limit=0', 400, 'invalid-request'],
  ['/blocks?limit=ten', 400, 'invalid-request'],
  ['/blocks?limit=1&limit=2', 400, 'invalid-request'],
  ['/blocks?colour=red', 400, 'invalid-request'],
  ['/blocks?constructor', 400, 'invalid-request'],
  ['/blocks?cursor=made-up', 400, 'invalid-cursor'],
  [`/transactions/${'0'.repeat(64)}`, 404, 'unknown-transaction'],
  [`/transactions/${'0'.repeat(64)}/receipt`, 404, 'unknown-transaction'],
  ['/transactions?label=nameonly', 400, 'invalid-request'],
  ['/streams/nothing', 404, 'not-found'],
  ['/schemas/nothing', 404, 'not-found'],
  ['/streams/%E0%A4%A', 400, 'invalid-request'],
  ['/assets/lead/balances', 404, 'not-found'],
  ['/assets/gold/balances?asOf=9', 404, 'height-not-reached'],
  ['/identities/nobody', 404, 'not-found'],
  ['/history/consistency?from=3&to=1', 400, 'invalid-request'],
  ['/history/inclusion?height=3&at=3', 400, 'invalid-request'],
  ['/analytics', 400, 'invalid-request'],
  ['/analytics?by=colour', 400, 'invalid-request'],
  ['/search', 400, 'invalid-request'],
  ['/nothing', 404, 'not-found'],
])('%s answers %i %s', async (path, status, code) => {
  const response = await get(path);
  const problem = problemSchema.parse(await response.json());
  expect([response.status, problem.code]).toEqual([status, code]);
  expect(problem.type).toBe(`urn:concordat:problem:${code}`);
});

test.each([
  ['/blocks?limit=ten', 'query limit: expected a whole number, such as 20.'],
  ['/blocks?limit=0', 'query limit: expected at least 1.'],
  ['/blocks/abc', 'path heightOrHash: expected a height such as 42, or a block hash of 64 hex digits.'],
  ['/transactions/abc', 'path id: expected 64 lower-case hex digits.'],
  ['/transactions?label=x', 'query label: expected name=value, such as port=Antwerp.'],
  ['/transactions?action=x', 'query action: expected module.verb, such as streams.append.'],
  ['/transactions?sender=A%20B', /^query sender: expected an identity id such as /],
  ['/blocks?colour=red', 'query colour: no such member.'],
  ['/analytics?by=colour', /^query by: expected one of /],
  ['/history/inclusion?height=2&at=2', 'query height: expected less than 2, which is at.'],
  [`/search?q=${'x'.repeat(600)}`, 'query q: expected at most 512 characters.'],
  ['/search?q=', 'query q: expected at least 1 character.'],
  ['/streams/nothing', 'No stream is called nothing.'],
  ['/streams/orders%2F2024%20%C3%84?asOf=0', 'No stream is called orders/2024 Ä as of block 0.'],
  ['/assets/lead/balances', 'No asset is called lead.'],
  ['/assets/silver/balances?asOf=2', 'No asset is called silver as of block 2.'],
])('%s is refused in words: %s', async (path, detail) => {
  const problem = problemSchema.parse(await json(path));
  expect(problem.detail).toMatch(detail);
});

const ranges = (Object.keys(examples) as (keyof typeof examples)[]).flatMap((name) => {
  const members = Object.keys(endpoints[name].query.def.shape);
  return [
    ['from', 'to'],
    ['fromHeight', 'toHeight'],
  ].flatMap(([low = '', high = '']) =>
    members.includes(low) && members.includes(high) ? [[name, low, high] as const] : [],
  );
});

test('ranges are those of five endpoints', () => {
  expect(ranges.map(([name, low]) => `${name} ${low}`).sort()).toEqual([
    'analytics from',
    'consistency from',
    'exportManifest fromHeight',
    'stream from',
    'transactions from',
    'transactions fromHeight',
  ]);
});

test.each(ranges)('a range of %s that ends before it begins is refused: %s', async (name, low, high) => {
  const address = new URL(`http://gateway${examples[name]()}`);
  const ask = async (from: number, to: number) => {
    address.searchParams.set(low, String(from));
    address.searchParams.set(high, String(to));
    return get(address.pathname + address.search);
  };
  expect((await ask(1, 1)).status).toBe(200);
  const response = await ask(3, 2);
  const problem = problemSchema.parse(await response.json());
  expect([response.status, problem]).toMatchObject([
    400,
    {
      code: 'invalid-request',
      detail: `query ${low}: expected at most 2, where the range ends (${high}).`,
      facts: { place: 'query', member: low },
    },
  ]);
});

test('another method is refused with those that are offered', async () => {
  const response = await get('/status', { method: 'DELETE' });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
});

test('every answer carries the security headers', async () => {
  const { headers } = await get('/status');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('content-security-policy')).toContain('ws://127.0.0.1:8102');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-powered-by')).toBeNull();
});

test('consoles of the consortium may read across gateways, other sites may not', async () => {
  const allowed = await get('/status', { headers: { Origin: 'http://localhost:8103' } });
  expect(allowed.headers.get('access-control-allow-origin')).toBe('http://localhost:8103');
  const other = await get('/status', { headers: { Origin: 'https://example.org' } });
  expect(other.headers.get('access-control-allow-origin')).toBeNull();
});

test('a failure inside answers internal, without its reason, and logs it', async () => {
  const broken = await startTestGateway();
  broken.ledger.block = () => {
    throw new Error('secret path /var/lib');
  };
  const response = await broken.ask(`${apiPrefix}/status`);
  const text = await response.text();
  await broken.close();
  expect([response.status, text.includes('secret')]).toEqual([500, false]);
  expect(broken.logged).toContainEqual(expect.objectContaining({ level: 'error', code: 'gateway-failed' }));
});

test('an address that floods is told when to come back', async () => {
  const limited = await startTestGateway({ limits: { requestsPerSecond: 0.01, requestsBurst: 4 } });
  const statuses: number[] = [];
  for (let request = 0; request < 3; request++) {
    const response = await limited.ask(`${apiPrefix}/status`);
    statuses.push(response.status);
    if (response.status === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  await limited.close();
  expect(statuses).toEqual([200, 200, 429]);
});

test('a connection that rests for a while is kept: a person may be typing a passphrase', async () => {
  const { headers } = await fetch(`${gateway.url}${apiPrefix}/genesis`);
  const seconds = Number(/timeout=(\d+)/.exec(headers.get('keep-alive') ?? '')?.[1]);
  expect(seconds).toBeGreaterThanOrEqual(60);
});

import { describe, expect, test } from 'vitest';
import { type Problem, type ProblemCode, problemOf, type ServerMessage } from '../api.ts';
import { decode } from '../codec/dag-cbor.ts';
import { fromHex, toBase64Url, toHex } from '../codec/hex.ts';
import { transactionSigningBytes } from '../codec/ledger.ts';
import { publicKeyOf, signNoble, verifyNoble } from '../crypto/ed25519.ts';
import type { NetworkId, Nonce, PublicKey } from '../types/brands.ts';
import type { Transaction } from '../types/ledger.ts';
import { type Client, createClient } from './client.ts';
import type { ClientRequest, ClientResponse, ClientSocket, Credentials } from './ports.ts';
import { append, issueAsset, signTransaction } from './transaction-builder.ts';

const one = 'http://one.test:1';
const two = 'http://two.test:2';

type Answer = { readonly status: number; readonly json?: unknown; readonly retryAfter?: string } | 'down';
type Script = Readonly<Record<string, (path: string, request: ClientRequest) => Answer>>;

interface World {
  readonly client: Client;
  readonly asked: { readonly gateway: string; readonly path: string; readonly body?: Uint8Array }[];
  readonly slept: number[];
  readonly sockets: FakeSocket[];
}

function world(script: Script, rounds = 4, credentials?: () => Promise<Credentials>): World {
  const asked: World['asked'] = [];
  const slept: number[] = [];
  const sockets: FakeSocket[] = [];
  const fetch = async (url: string, request: ClientRequest): Promise<ClientResponse> => {
    const gateway = Object.keys(script).find((name) => url.startsWith(name)) ?? '';
    const path = url.slice(gateway.length);
    asked.push({ gateway, path, ...(request.body ? { body: request.body } : {}) });
    const answer = script[gateway]?.(path, request) ?? 'down';
    if (answer === 'down') throw new Error('fetch failed', { cause: new Error('ECONNREFUSED') });
    return responseOf(answer);
  };
  const client = createClient({
    gateways: Object.keys(script),
    rounds,
    fetch,
    connect: (url) => {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket;
    },
    sleep: (ms) => {
      slept.push(ms);
      return ms >= 20_000 ? new Promise(() => undefined) : Promise.resolve();
    },
    ...(credentials && { credentials }),
  });
  return { client, asked, slept, sockets };
}

function responseOf(answer: Exclude<Answer, 'down'>): ClientResponse {
  const text = typeof answer.json === 'string' ? answer.json : JSON.stringify(answer.json ?? {});
  return {
    status: answer.status,
    headers: { get: (name) => (name === 'retry-after' ? (answer.retryAfter ?? null) : null) },
    text: async () => text,
    arrayBuffer: async () => new Uint8Array([1, 2, 3]).buffer,
  };
}

class FakeSocket implements ClientSocket {
  readonly url: string;
  readonly sent: unknown[] = [];
  readonly #listeners = new Map<string, (event: { readonly data: unknown }) => void>();
  constructor(url: string) {
    this.url = url;
  }
  addEventListener(type: string, listener: (event: { readonly data: unknown }) => void): void {
    this.#listeners.set(type, listener);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.emit('close');
  }
  emit(type: 'open' | 'close' | 'error'): void {
    this.#listeners.get(type)?.({ data: undefined });
  }
  says(message: ServerMessage | string): void {
    this.#listeners.get('message')?.({
      data: typeof message === 'string' ? message : JSON.stringify(message),
    });
  }
}

const problem = (code: ProblemCode): { status: number; json: Problem } => {
  const json = problemOf(code, `It is ${code}.`, { why: 'test' }, 'request-1');
  return { status: json.status, json };
};
const balances = { asset: 'gold', height: 3, total: '7', balances: [{ identity: 'a', amount: '7' }] };

describe('reads', () => {
  test('fill path and query, and check the answer', async () => {
    const { client, asked } = world({ [one]: () => ({ status: 200, json: balances }) });
    expect(await client.get('balances', { id: 'gold', asOf: 3 })).toEqual(balances);
    expect(asked[0]?.path).toBe('/api/v1/assets/gold/balances?asOf=3');
  });

  test('escape names in the path', async () => {
    const { client, asked } = world({ [one]: () => problem('not-found') });
    await expect(client.get('stream', { name: 'a/b ä?' })).rejects.toMatchObject({ code: 'not-found' });
    expect(asked[0]?.path).toBe('/api/v1/streams/a%2Fb%20%C3%A4%3F');
  });

  test('go to the next gateway at once when one is down, and stay there', async () => {
    const { client, asked, slept } = world({
      [one]: () => 'down',
      [two]: () => ({ status: 200, json: balances }),
    });
    await client.get('balances', { id: 'gold' });
    await client.get('balances', { id: 'gold' });
    expect(asked.map(({ gateway }) => gateway)).toEqual([one, two, two]);
    expect([slept, client.gateway]).toEqual([[], two]);
  });

  test('a problem of the request is not retried, and keeps code, facts and next step', async () => {
    const { client, asked } = world({ [one]: () => problem('invalid-request'), [two]: () => 'down' });
    await expect(client.get('blocks', { limit: 1 })).rejects.toMatchObject({
      code: 'invalid-request',
      facts: { why: 'test', requestId: 'request-1' },
      next: expect.stringContaining('openapi'),
    });
    expect(asked).toHaveLength(1);
  });

  test('when no gateway answers, say so after all rounds, with growing pauses', async () => {
    const { client, asked, slept } = world({ [one]: () => 'down', [two]: () => 'down' }, 3);
    await expect(client.get('status')).rejects.toMatchObject({
      code: 'unreachable',
      facts: { gateways: `${one}, ${two}`, reason: 'fetch failed: ECONNREFUSED' },
    });
    expect([asked.length, slept]).toEqual([6, [200, 400]]);
  });

  test('Retry-After is honoured: the shortest of those that answered', async () => {
    let full = true;
    const limited = (retryAfter: string) => (): Answer =>
      full ? { ...problem('rate-limited'), retryAfter } : { status: 200, json: balances };
    const { client, slept } = world({ [one]: limited('3'), [two]: limited('7') }, 2);
    await expect(client.get('balances', { id: 'gold' })).rejects.toMatchObject({ code: 'rate-limited' });
    expect(slept).toEqual([3_000]);
    full = false;
    await client.get('balances', { id: 'gold' });
  });

  test.each([['<html>'], [{ asset: 'gold' }]])('an answer of another form is refused: %j', async (json) => {
    const { client } = world({ [one]: () => ({ status: 200, json }) });
    await expect(client.get('balances', { id: 'gold' })).rejects.toMatchObject({ code: 'invalid-answer' });
  });

  test('a proxy error page does not confuse: the next gateway is asked', async () => {
    const { client } = world({
      [one]: () => ({ status: 502, json: '<html>' }),
      [two]: () => ({ status: 200, json: balances }),
    });
    expect(await client.get('balances', { id: 'gold' })).toEqual(balances);
  });
});

const seed = new Uint8Array(32).fill(7);
const sender = toHex(publicKeyOf(seed)) as PublicKey;
const network = 'ab'.repeat(32) as NetworkId;
const sign = (message: Uint8Array): Uint8Array => signNoble(seed, message);

const transactionWith = (nonce: string): Promise<Transaction> =>
  signTransaction(
    { network, sender, nonce: nonce.padEnd(32, '0') as Nonce, expiresAt: 1_000, ...append('s', []) },
    sign,
  );

const accepted = (id: string) => ({ status: 'accepted', id });
const refused = (id: string, code: ProblemCode) => ({
  status: 'refused',
  id,
  code,
  detail: code,
  facts: {},
  next: 'n',
});
const certified = (id: string, failed = false) => ({
  status: 'certified',
  id,
  height: 4,
  outcome: failed
    ? { status: 'failed', code: 'insufficient-balance', facts: { needed: 5 } }
    : { status: 'succeeded', events: '0'.repeat(64) },
  receipt,
});
const receipt = {
  header: 'AA',
  certificate: { epoch: 0, height: 4, block: '0'.repeat(64), seals: [] },
  envelope: 'AA',
  outcome: 'AA',
  transactionProof: { index: 0, size: 1, path: [] },
  outcomeProof: { index: 0, size: 1, path: [] },
};
const answer = (results: readonly unknown[]): Answer => ({
  status: 202,
  json: { results, accepted: 0, refused: 0, follow: '' },
});

describe('submissions', () => {
  test('the same bytes go to another gateway when one fails', async () => {
    const { envelope, id } = await transactionWith('a1');
    const { client, asked } = world({ [one]: () => 'down', [two]: () => answer([certified(id)]) });
    expect(await client.submitAndWait(envelope)).toMatchObject({ id, height: 4 });
    expect(asked.map(({ gateway }) => gateway)).toEqual([one, two]);
    expect(asked[0]?.body).toEqual(asked[1]?.body);
    expect(decode(asked[0]?.body ?? new Uint8Array())).toEqual([envelope]);
  });

  test('accepted is not enough: asks again with the same bytes until it is certified', async () => {
    const { envelope, id } = await transactionWith('a2');
    const answers = [answer([accepted(id)]), answer([{ status: 'duplicate', id }]), answer([certified(id)])];
    const { client, asked } = world({ [one]: () => answers.shift() ?? 'down' });
    await client.submitAndWait(envelope);
    expect(asked.map(({ path }) => path)).toEqual(Array(3).fill('/api/v1/transactions?wait=certified'));
  });

  test('of many, only those that found no room are sent again', async () => {
    const [first, second] = [await transactionWith('b1'), await transactionWith('b2')];
    const answers = [
      answer([accepted(first.id), refused(second.id, 'pool-full')]),
      answer([accepted(second.id)]),
    ];
    const { client, asked } = world({ [one]: () => answers.shift() ?? 'down' });
    const results = await client.submit([first.envelope, second.envelope]);
    expect(results.map((result) => result.status === 'accepted' && result.id)).toEqual([first.id, second.id]);
    expect(decode(asked[1]?.body ?? new Uint8Array())).toEqual([second.envelope]);
  });

  test('bulk asks for no receipts', async () => {
    const { envelope, id } = await transactionWith('b3');
    const { receipt: _, ...outcome } = certified(id);
    const { client, asked } = world({ [one]: () => answer([outcome]) });
    expect(await client.certifyBulk([envelope])).toEqual([outcome]);
    expect(asked[0]?.path).toContain('receipts=omit');
  });

  test('payloads go beside their envelope, again with every attempt', async () => {
    const { envelope, id } = await transactionWith('b4');
    const answers = [answer([accepted(id)]), answer([certified(id)])];
    const { client, asked } = world({ [one]: () => answers.shift() ?? 'down' });
    await client.submitAndWait(envelope, [Uint8Array.of(1, 2), new Uint8Array()]);
    const bodies = asked.map(({ body }) => JSON.parse(new TextDecoder().decode(body)) as unknown);
    const sent = { envelope: toBase64Url(envelope), payloads: ['AQI', ''] };
    expect(bodies).toEqual([sent, sent]);
    const { client: other, asked: last } = world({ [one]: () => answer([accepted(id)]) });
    expect(await other.submitWithPayloads(envelope, [Uint8Array.of(3)])).toEqual(accepted(id));
    expect(last[0]?.path).toBe('/api/v1/transactions');
  });

  test('what was refused for good comes back as such, also when all were', async () => {
    const { envelope, id } = await transactionWith('c1');
    const results = [refused(id, 'unknown-sender')];
    const all: Answer = { status: 403, json: { ...problem('unknown-sender').json, results } };
    const { client } = world({ [one]: () => all });
    expect(await client.certify([envelope])).toEqual(results);
    await expect(client.submitAndWait(envelope)).rejects.toMatchObject({
      code: 'unknown-sender',
      facts: { id },
    });
  });

  test('a transaction that ran and failed throws with its reason', async () => {
    const { envelope, id } = await transactionWith('c2');
    const { client } = world({ [one]: () => answer([certified(id, true)]) });
    await expect(client.submitAndWait(envelope)).rejects.toMatchObject({
      code: 'insufficient-balance',
      facts: { rejection: 'insufficient-balance', needed: 5, height: 4 },
    });
  });

  test('expired at the door is believed only when a certified block says so', async () => {
    const { envelope, id } = await transactionWith('d1');
    const fates: Answer[] = [
      {
        status: 200,
        json: { status: 'pooled', id, expiresAt: 1_000, action: 'streams.append', senderKey: sender },
      },
      problem('unknown-transaction'),
      { status: 200, json: { status: 'expired', id, expiresAt: 1_000, height: 9, time: 2_000 } },
    ];
    const { client, asked } = world({
      [one]: (path) =>
        path.includes('wait=') ? answer([refused(id, 'expired')]) : (fates.shift() ?? 'down'),
    });
    await expect(client.submitAndWait(envelope)).rejects.toMatchObject({ code: 'expired' });
    const look = asked.find(({ path }) => path.includes(id));
    expect(look?.path).toContain(`sender=${sender}&nonce=d1${'0'.repeat(30)}&expiresAt=1000`);
    expect(fates).toHaveLength(0);
  });

  test('gives up when nothing is certified, and says that nothing is lost', async () => {
    const { envelope, id } = await transactionWith('e1');
    const { client } = world({ [one]: () => answer([accepted(id)]) });
    await expect(client.submitAndWait(envelope)).rejects.toMatchObject({
      code: 'not-certified-in-time',
      next: expect.stringContaining('Nothing is lost'),
    });
  });
});

describe('building', () => {
  test('signs domain, network and body as sent', async () => {
    const { body, bodyBytes, signature } = await transactionWith('f1');
    expect(body).toMatchObject({ network, sender, action: 'streams.append', expiresAt: 1_000 });
    expect(verifyNoble(fromHex(sender), transactionSigningBytes(network, bodyBytes), signature)).toBe(true);
  });

  test('amounts above 2^53−1 stay exact', () => {
    expect(issueAsset('gold', 'a', 5n).args).toMatchObject({ amount: 5 });
    expect(issueAsset('gold', 'a', 2n ** 63n).args).toMatchObject({ amount: 2n ** 63n });
  });
});

const eventAt = (position: number): ServerMessage => ({
  type: 'event',
  position,
  next: position + 1,
  event: {
    stream: 's',
    revision: position,
    eventId: `e${position}`,
    type: 't',
    data: null,
    labels: {},
    references: [],
    height: 1,
    transaction: '0'.repeat(64),
    time: 0,
    position,
  },
});

describe('subscriptions', () => {
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

  test('resume over another gateway from the position after the last item, without a repeat', async () => {
    const { client, sockets } = world({ [one]: () => 'down', [two]: () => 'down' });
    const positions: number[] = [];
    const reading = (async () => {
      for await (const item of client.subscribe({ topic: 'events', from: 5 })) {
        if ('position' in item) positions.push(item.position);
        if (positions.length === 4) return;
      }
    })();
    await turn();
    sockets[0]?.emit('open');
    sockets[0]?.says({ type: 'subscribed', topic: 'events', next: 5 });
    sockets[0]?.says(eventAt(5));
    sockets[0]?.says(eventAt(6));
    sockets[0]?.emit('close');
    await turn();
    sockets[1]?.emit('open');
    sockets[1]?.says(eventAt(6));
    sockets[1]?.says(eventAt(7));
    sockets[1]?.says({ type: 'heartbeat', next: 40, height: 9, nowMs: 0 });
    sockets[1]?.says({ type: 'resume-from', next: 40, reason: 'stops' });
    sockets[1]?.emit('close');
    await turn();
    sockets[2]?.emit('open');
    sockets[2]?.says(eventAt(41));
    await reading;
    expect(positions).toEqual([5, 6, 7, 41]);
    expect(sockets.map(({ url }) => url)).toEqual(
      ['one.test:1', 'two.test:2', 'one.test:1'].map((host) => `ws://${host}/api/v1/subscribe`),
    );
    expect(sockets.map(({ sent }) => (sent[0] as { from: number }).from)).toEqual([5, 7, 40]);
  });

  test('a refusal of the subscription ends it', async () => {
    const { client, sockets } = world({ [one]: () => 'down' });
    const first = client.subscribe({ topic: 'blocks', from: 'now' }).next();
    await turn();
    sockets[0]?.says({ type: 'problem', problem: problem('invalid-request').json });
    await expect(first).rejects.toMatchObject({ code: 'invalid-request' });
  });

  const nobody = { publicKey: 'ab'.repeat(32), sign: () => new Uint8Array(64) };
  const signInRequired = { type: 'problem', problem: problem('sign-in-required').json } as const;

  test('a session that could not be opened now is tried again; who gets none is told so', async () => {
    const answers = [problem('not-ready'), problem('identity-not-active')];
    const { client, sockets } = world({ [one]: () => answers.shift() ?? 'down' }, 1, async () => nobody);
    const first = client.subscribe({ topic: 'events', from: 0 }).next();
    await turn();
    sockets[0]?.says(signInRequired);
    await turn();
    expect(sockets).toHaveLength(2);
    sockets[1]?.says(signInRequired);
    await expect(first).rejects.toMatchObject({ code: 'sign-in-required' });
  });

  test('a key that cannot be opened ends it, and is told as that', async () => {
    const failing = () => Promise.reject(new Error('wrong passphrase'));
    const { client, sockets } = world({ [one]: () => 'down' }, 1, failing);
    await expect(client.subscribe({ topic: 'events', from: 0 }).next()).rejects.toThrow('wrong passphrase');
    await expect(client.token()).rejects.toThrow('wrong passphrase');
    expect(sockets).toHaveLength(0);
  });

  test('a socket that talks nonsense is left for another', async () => {
    const { client, sockets } = world({ [one]: () => 'down', [two]: () => 'down' });
    const items = client.subscribe({ topic: 'events', from: 0 });
    const first = items.next();
    await turn();
    sockets[0]?.says('{"hello":1}');
    await turn();
    sockets[1]?.says(eventAt(0));
    expect((await first).value).toMatchObject({ position: 0 });
    await items.return();
  });
});

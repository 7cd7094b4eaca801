/** A reader of named streams sees what those hold, and nothing that tells of others: lists, counts, search, proofs, events. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { apiPrefix, type ServerMessage } from '../../shared/api.ts';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { appendArgs, genesisTime, keyOfRole, leaver, testEnvelope } from './test-support/consortium.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

let gateway: StartedGateway;
let headers: Record<string, string>;
/** Transaction ids by stream. */
const ids = new Map<string, string>();
const readable = ['orders/1', 'orders/2', 'prices'];
const hidden = ['order', 'prices/secret', 'wages'];

beforeAll(async () => {
  gateway = await startTestGateway();
  const { network } = gateway.ledger;
  const run = (name: string, action: string, args: CborValue, key = keyOfRole.submitter): void => {
    const envelope = testEnvelope({
      network,
      action,
      args,
      key,
      expiresAt: genesisTime + 300_000,
    });
    const transaction = decodeEnvelope(envelope);
    gateway.node.pool.set(transaction.id, transaction);
    ids.set(name, transaction.id);
  };
  for (const stream of [...readable, ...hidden])
    run(stream, 'streams.append', appendArgs(stream, `e-${stream}`));
  run('asset', 'assets.define', { asset: 'gold', decimals: 0 });
  const actions = ['prices', 'wages'].map((name) => ({
    kind: 'schemas.set',
    args: { stream: name, schema: { type: 'object' } },
  }));
  run(
    'proposal',
    'governance.propose',
    { actions, reason: 'order', expiresAt: genesisTime + 300_000 },
    leaver,
  );
  run('ballot', 'governance.vote', { proposal: 0, approve: true }, keyOfRole.admin);
  gateway.node.certify();
  run('waiting', 'streams.append', appendArgs('orders/1', 'later'));
  gateway.ledger.changeIdentity('south.reader', { streams: ['orders/*', 'prices'] });
  headers = { Authorization: `Bearer ${await gateway.token('reader')}` };
});
afterAll(() => gateway.close());

const get = (path: string): Promise<Response> => fetch(gateway.url + apiPrefix + path, { headers });
const json = async <Body>(path: string): Promise<Body> => (await (await get(path)).json()) as Body;
const statusOf = async (path: string): Promise<number> => (await get(path)).status;

interface Streams {
  readonly rows: readonly { readonly stream: string }[];
  readonly next?: string;
}

test('the list holds its streams, and neither count nor cursor tells of others', async () => {
  const all = await json<Streams>('/streams');
  expect(all.rows.map(({ stream }) => stream).toSorted()).toEqual(readable);
  expect(all.next).toBeUndefined();
  const first = await json<Streams>('/streams?limit=2');
  const rest = await json<Streams>(`/streams?limit=2&cursor=${first.next}`);
  expect([...first.rows, ...rest.rows].map(({ stream }) => stream).toSorted()).toEqual(readable);
  expect(rest.next).toBeUndefined();
  expect((await json<Streams>('/streams?prefix=prices')).rows.map(({ stream }) => stream)).toEqual([
    'prices',
  ]);
  expect((await json<Streams>('/streams?prefix=w')).rows).toEqual([]);
  expect(await statusOf('/streams?cursor=dHg6MQ')).toBe(400);
});

test('another stream is answered like one that does not exist', async () => {
  for (const stream of readable) expect(await statusOf(`/streams/${encodeURIComponent(stream)}`)).toBe(200);
  const bodyOf = async (stream: string) => {
    const { requestId: _, ...problem } = await json<{ requestId: string }>(`/streams/${stream}`);
    return JSON.stringify(problem).replaceAll(stream, 'NAME');
  };
  expect(await bodyOf('wages')).toBe(await bodyOf('nothing'));
});

test('the schema of another stream is answered like that of one that has none', async () => {
  expect(await json('/schemas/prices')).toMatchObject({
    stream: 'prices',
    schema: { type: 'object' },
  });
  const bodyOf = async (stream: string) => {
    const { requestId: _, ...problem } = await json<{ requestId: string }>(`/schemas/${stream}`);
    return JSON.stringify(problem).replaceAll(stream, 'NAME');
  };
  expect(await bodyOf('wages')).toBe(await bodyOf('nothing'));
  expect(await statusOf('/schemas/wages')).toBe(404);
});

test('transactions, receipts and packs of its streams alone; none that waits', async () => {
  for (const [name, id] of ids) {
    const wanted = readable.includes(name) ? 200 : 404;
    for (const part of ['', '/receipt', '/pack']) {
      expect(await statusOf(`/transactions/${id}${part}`), `${name}${part}`).toBe(wanted);
    }
  }
});

test("what became of another's transaction is not told to who names itself as its sender", async () => {
  const to = await startTestGateway();
  try {
    const { network } = to.ledger;
    const envelopeOf = (id: string) =>
      testEnvelope({
        network,
        action: 'streams.append',
        args: appendArgs('wages', id),
        key: keyOfRole.submitter,
        nonce: '07'.repeat(16),
        expiresAt: genesisTime + 5_000,
      });
    const [ran, second] = ['one', 'two'].map((id) => decodeEnvelope(envelopeOf(id)));
    for (const one of [ran!, second!]) to.node.pool.set(one.id, one);
    const asked = async (role: 'reader' | 'submitter') => {
      const sender = keyOfRole[role].publicKey;
      const path = `${apiPrefix}/transactions/${second!.id}?sender=${sender}`;
      const token = { Authorization: `Bearer ${await to.token(role)}` };
      const answer = await fetch(to.url + path, { headers: token });
      return ((await answer.json()) as { status: unknown }).status;
    };
    to.node.pool.delete(second!.id);
    to.node.certify();
    to.node.pool.set(second!.id, second!);
    to.ledger.changeIdentity('south.reader', { streams: ['orders/*'] });
    expect([await asked('submitter'), await asked('reader')]).toEqual(['superseded', 404]);
  } finally {
    await to.close();
  }
});

test('search finds its streams, their transactions and validators, and nothing else', async () => {
  const hits = async (text: string) =>
    (await json<{ hits: { kind: string; id: string }[] }>(`/search?q=${encodeURIComponent(text)}`)).hits;
  expect((await hits('order')).map(({ id }) => id).toSorted()).toEqual(['orders/1', 'orders/2']);
  expect((await hits('prices')).map(({ id }) => id)).toEqual(['prices']);
  for (const text of ['wages', '1', 'gold', 'north', ids.get('wages') ?? '', ids.get('waiting') ?? '']) {
    expect(await hits(text), text).toEqual([]);
  }
  expect(await hits(ids.get('prices') ?? '')).toHaveLength(1);
  expect((await hits('validator-2')).map(({ kind }) => kind)).toEqual(['validator']);
});

test('knows itself and no other identity', async () => {
  expect(await statusOf('/identities/south.reader')).toBe(200);
  expect(await statusOf('/identities/north.submitter')).toBe(404);
});

interface Listening {
  readonly events: string[];
  readonly closed: Promise<number>;
}

async function listen(): Promise<Listening> {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}${apiPrefix}/subscribe`, { headers });
  const events: string[] = [];
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise<void>((resolve) => {
    socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', topic: 'events', from: 0 })));
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as ServerMessage;
      if (message.type === 'subscribed') resolve();
      if (message.type === 'event') events.push(message.event.stream);
    });
  });
  return { events, closed };
}

test('a subscription sends its streams, follows what it may read, and ends in the block that revokes it', async () => {
  const { events, closed } = await listen();
  await expect.poll(() => events.toSorted()).toEqual(readable);
  gateway.ledger.changeIdentity('south.reader', { streams: ['prices'] });
  gateway.node.certify();
  gateway.ledger.changeIdentity('south.reader', { status: 'revoked' });
  gateway.node.certify();
  expect(await closed).toBe(4401);
  // The event that waited is of a stream that it may not read any more.
  expect(events.toSorted()).toEqual(readable);
});

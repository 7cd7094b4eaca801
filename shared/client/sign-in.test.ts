import { expect, test } from 'vitest';
import { problemOf } from '../api.ts';
import { fromBase64Url, fromHex, toBase64Url, toHex } from '../codec/hex.ts';
import { encodeChallenge, type SignInChallenge, signInSigningBytes } from '../codec/sign-in.ts';
import { publicKeyOf, signNoble, verifyNoble } from '../crypto/ed25519.ts';
import type { NetworkId, Nonce, ValidatorId } from '../types/brands.ts';
import { type Client, createClient } from './client.ts';
import type { ClientPorts, ClientRequest, ClientResponse } from './ports.ts';

const network = 'ab'.repeat(32) as NetworkId;
const seed = new Uint8Array(32).fill(7);
const publicKey = toHex(publicKeyOf(seed));
const balances = { asset: 'gold', height: 3, total: '7', balances: [{ identity: 'a', amount: '7' }] };

/** Gateways that know the sessions they opened, and nothing else. */
class Gateways {
  readonly asked: string[] = [];
  readonly open = new Set<string>();
  isRevoked = false;
  /** Connections that are let go of while the key is opened. */
  lost = 0;
  /** So many more requests are answered by a gateway that knows nothing of the others' challenges and sessions. */
  strayed = 0;
  /** Changes what the challenge says. */
  lie: Partial<SignInChallenge> = {};

  client(urls: readonly string[], credentials?: ClientPorts['credentials']): Client {
    return createClient({
      gateways: urls,
      rounds: 1,
      fetch: async (url, request) => this.answer(new URL(url), request),
      connect: () => {
        throw new Error('no sockets here');
      },
      sleep: async () => undefined,
      credentials:
        credentials ?? (async () => ({ publicKey, network, sign: (message) => signNoble(seed, message) })),
    });
  }

  answer({ origin, pathname }: URL, { headers, body }: ClientRequest): ClientResponse {
    const path = pathname.replace('/api/v1', '');
    this.asked.push(`${origin} ${path}`);
    if (path === '/session/challenge' && this.lost-- > 0) throw new TypeError('other side closed');
    if (path === '/session/challenge') return this.#challenge(origin);
    if (path === '/session') return this.#session(origin, JSON.parse(new TextDecoder().decode(body)));
    const token = headers.Authorization?.replace('Bearer ', '');
    if (this.#isStrayed()) return refusal('sign-in-required');
    return this.open.has(`${origin} ${token}`) ? ok(balances) : refusal('sign-in-required');
  }

  #isStrayed(): boolean {
    this.strayed -= 1;
    return this.strayed >= 0;
  }

  #challenge(origin: string): ClientResponse {
    if (this.isRevoked) return refusal('identity-not-active');
    const times = { issuedAt: 1_000, expiresAt: 61_000 };
    const node = 'alpha' as ValidatorId;
    const challenge = { origin, network, node, nonce: '00'.repeat(16) as Nonce, ...times, ...this.lie };
    return ok({ challenge: toBase64Url(encodeChallenge(challenge)) });
  }

  #session(origin: string, { challenge, signature }: Record<string, string>): ClientResponse {
    const message = signInSigningBytes(network, fromBase64Url(challenge ?? ''));
    if (this.#isStrayed()) return refusal('sign-in-refused');
    if (!verifyNoble(fromHex(publicKey), message, fromBase64Url(signature ?? '')))
      return refusal('sign-in-refused');
    const token = `token-${this.asked.length}`;
    this.open.add(`${origin} ${token}`);
    const who = { node: 'alpha', identity: 'a', member: 'm', memberName: 'M', key: publicKey, roles: [] };
    return ok({ ...who, startedAt: 0, expiresAt: 1, idleMs: 1, token });
  }
}

const answerOf = (status: number, json: unknown): ClientResponse => ({
  status,
  headers: { get: () => null },
  text: async () => JSON.stringify(json),
  arrayBuffer: async () => new ArrayBuffer(0),
});
const ok = (json: unknown): ClientResponse => answerOf(200, json);
function refusal(code: 'sign-in-required' | 'sign-in-refused' | 'identity-not-active'): ClientResponse {
  const problem = problemOf(code, code, {}, '');
  return answerOf(problem.status, problem);
}

const one = 'http://one.test:1';
const two = 'http://two.test:2';
const ask = (client: Client) => client.get('balances', { id: 'gold' });

test('who is asked who he is signs in, once, and repeats the request', async () => {
  const gateways = new Gateways();
  const client = gateways.client([one]);
  expect(await ask(client)).toEqual(balances);
  expect(await ask(client)).toEqual(balances);
  const path = `${one} /assets/gold/balances`;
  expect(gateways.asked).toEqual([path, `${one} /session/challenge`, `${one} /session`, path, path]);
});

test.each([1, 2, 3])('what a load balancer sends elsewhere %i times is tried anew', async (strayed) => {
  const gateways = new Gateways();
  gateways.strayed = strayed;
  expect(await ask(gateways.client([one]))).toEqual(balances);
});

test('whom no gateway lets in is told so in the end', async () => {
  const gateways = new Gateways();
  gateways.strayed = 100;
  await expect(ask(gateways.client([one]))).rejects.toMatchObject({ code: 'sign-in-refused' });
});

test('questions at once share one sign-in', async () => {
  const gateways = new Gateways();
  const client = gateways.client([one]);
  await Promise.all([ask(client), ask(client), ask(client)]);
  expect(gateways.open.size).toBe(1);
});

test('a session that ended, and another gateway, cost one sign-in more', async () => {
  const gateways = new Gateways();
  const client = gateways.client([one]);
  await ask(client);
  gateways.open.clear();
  expect(await ask(client)).toEqual(balances);
  const both = gateways.client([two, one]);
  expect(await ask(both)).toEqual(balances);
  expect(gateways.open.size).toBe(2);
});

test('a connection that was let go of while the key was opened is no failure; a gateway that stays away is', async () => {
  const gateways = new Gateways();
  gateways.lost = 1;
  expect(await gateways.client(['http://one']).get('balances', { id: 'gold' })).toEqual(balances);
  const away = new Gateways();
  away.lost = 2;
  await expect(away.client(['http://one']).get('balances', { id: 'gold' })).rejects.toMatchObject({
    code: 'unreachable',
  });
});

test('who is not let in is told why', async () => {
  const gateways = new Gateways();
  gateways.isRevoked = true;
  await expect(ask(gateways.client([one]))).rejects.toMatchObject({ code: 'identity-not-active' });
});

test.each([
  ['origin', { origin: two }],
  ['network', { network: 'cd'.repeat(32) as NetworkId }],
  ['lifetime', { expiresAt: 86_400_000 }],
])('a challenge with another %s is not signed', async (_, lie) => {
  const gateways = new Gateways();
  gateways.lie = lie;
  await expect(ask(gateways.client([one]))).rejects.toMatchObject({ code: 'invalid-answer' });
  expect(gateways.asked).not.toContain(`${one} /session`);
});

test('a key that cannot be opened is what the caller hears of, and no other gateway is asked for it', async () => {
  const gateways = new Gateways();
  const wrong = new Error('the passphrase is wrong');
  const client = gateways.client(['http://one', 'http://two'], async () => {
    throw wrong;
  });
  await expect(ask(client)).rejects.toBe(wrong);
  expect(gateways.asked.map((line) => line.split(' ')[0])).toEqual(['http://one']);
});

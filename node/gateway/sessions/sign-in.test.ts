import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { apiPrefix, type SessionJson } from '../../../shared/api.ts';
import { fromBase64Url, toBase64Url } from '../../../shared/codec/hex.ts';
import { decodeChallenge, signInSigningBytes } from '../../../shared/codec/sign-in.ts';
import { signNoble } from '../../../shared/crypto/ed25519.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import { genesisTime, keyOfRole, leaver, stranger, type TestKey } from '../test-support/consortium.ts';
import { type StartedGateway, startTestGateway } from '../test-support/started-gateway.ts';

const opened: StartedGateway[] = [];
afterEach(async () => {
  for (const gateway of opened.splice(0)) await gateway.close();
});

async function started(options: Parameters<typeof startTestGateway>[0] = {}): Promise<StartedGateway> {
  const gateway = await startTestGateway(options);
  opened.push(gateway);
  return gateway;
}

const key = keyOfRole.auditor;

interface Answered {
  readonly status: number;
  readonly code?: string;
  readonly challenge: string;
  readonly token?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly cookie: string | null;
}

async function post(
  { url }: StartedGateway,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const response = await fetch(`${url}${apiPrefix}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const json = (await response.json()) as object;
  return { ...json, status: response.status, cookie: response.headers.get('set-cookie') } as Answered;
}

const challengeOf = async (gateway: StartedGateway, of: TestKey = key): Promise<string> =>
  (await post(gateway, '/session/challenge', { key: of.publicKey, origin: gateway.url })).challenge;

function signed(gateway: StartedGateway, challenge: string, of: TestKey = key, network?: NetworkId) {
  const message = signInSigningBytes(network ?? gateway.ledger.network, fromBase64Url(challenge));
  const signature = toBase64Url(signNoble(of.seed, message));
  return { challenge, key: of.publicKey, signature, as: 'bearer' as const };
}

const whoAmI = (gateway: StartedGateway, headers: Record<string, string>): Promise<Response> =>
  fetch(`${gateway.url}${apiPrefix}/session`, { headers });

describe('a challenge', () => {
  test('says where, in which network and for how long, and opens a session of its identity', async () => {
    const gateway = await started({ wallMs: () => genesisTime });
    const challenge = await challengeOf(gateway);
    expect(decodeChallenge(fromBase64Url(challenge))).toMatchObject({
      origin: gateway.url,
      network: gateway.ledger.network,
      node: 'validator-1',
      issuedAt: genesisTime,
      expiresAt: genesisTime + 60_000,
    });
    const { token } = await post(gateway, '/session', signed(gateway, challenge));
    const session = (await (
      await whoAmI(gateway, { Authorization: `Bearer ${token}` })
    ).json()) as SessionJson;
    expect(session).toMatchObject({ identity: 'south.auditor', member: 'south', roles: ['auditor'] });
  });

  test('is good once', async () => {
    const gateway = await started();
    const body = signed(gateway, await challengeOf(gateway));
    expect((await post(gateway, '/session', body)).status).toBe(200);
    expect(await post(gateway, '/session', body)).toMatchObject({
      status: 401,
      code: 'sign-in-refused',
      facts: { challenge: 'unknown' },
    });
  });

  test('is used up by a signature that does not verify', async () => {
    const gateway = await started();
    const challenge = await challengeOf(gateway);
    const forged = { ...signed(gateway, challenge, stranger), key: key.publicKey };
    expect((await post(gateway, '/session', forged)).code).toBe('sign-in-refused');
    expect((await post(gateway, '/session', signed(gateway, challenge))).code).toBe('sign-in-refused');
  });

  test('expires', async () => {
    let nowMs = genesisTime;
    const gateway = await started({ wallMs: () => nowMs });
    const body = signed(gateway, await challengeOf(gateway));
    nowMs += 60_000;
    expect((await post(gateway, '/session', body)).facts).toEqual({ challenge: 'expired' });
  });

  test('of another network, another gateway or another key opens nothing', async () => {
    const gateway = await started();
    const other = await started();
    const elsewhere = signed(gateway, await challengeOf(gateway), key, '00'.repeat(32) as NetworkId);
    expect((await post(gateway, '/session', elsewhere)).code).toBe('sign-in-refused');
    expect((await post(other, '/session', signed(gateway, await challengeOf(gateway)))).code).toBe(
      'sign-in-refused',
    );
    const admin = signed(gateway, await challengeOf(gateway), keyOfRole.admin);
    expect((await post(gateway, '/session', admin)).facts).toEqual({ challenge: 'other-key' });
  });

  test('is given for addresses of this gateway alone, and to no page of a stranger', async () => {
    const gateway = await started();
    const ask = (origin: string, headers: Record<string, string> = {}) =>
      post(gateway, '/session/challenge', { key: key.publicKey, origin }, headers);
    expect((await ask('https://evil.example')).code).toBe('origin-not-allowed');
    // The gateway of another member is an address of the consortium, and none of this one.
    expect((await ask('http://127.0.0.1:8102')).code).toBe('origin-not-allowed');
    expect((await ask('http://127.0.0.1:8101')).status).toBe(200);
    expect((await ask(gateway.url.replace('127.0.0.1', 'localhost'))).status).toBe(200);
    expect((await ask(gateway.url, { Origin: 'https://evil.example' })).code).toBe('origin-not-allowed');
    const proxied = await started({ origins: ['https://ledger.example'] });
    const body = { key: key.publicKey, origin: 'https://ledger.example' };
    expect((await post(proxied, '/session/challenge', body)).status).toBe(200);
  });

  test('is not given to a stranger, nor to who was revoked, nor without end', async () => {
    const gateway = await started({ limits: { challengesPerAddress: 2 } });
    const ask = (of: TestKey) =>
      post(gateway, '/session/challenge', { key: of.publicKey, origin: gateway.url });
    expect((await ask(stranger)).code).toBe('unknown-sender');
    gateway.ledger.changeIdentity('north.leaver', { status: 'revoked' });
    expect((await ask(leaver)).code).toBe('identity-not-active');
    const answers = [await ask(key), await ask(key), await ask(key)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
  });
});

describe('a session', () => {
  test('ends when it is not used, and after its life', async () => {
    let nowMs = genesisTime;
    const gateway = await started({
      wallMs: () => nowMs,
      limits: { sessionIdleMs: 1_000, sessionLifeMs: 2_500 },
    });
    const headers = { Authorization: `Bearer ${await gateway.token('auditor')}` };
    const statuses: number[] = [];
    for (const stepMs of [900, 900, 600, 100]) {
      nowMs += stepMs;
      statuses.push((await whoAmI(gateway, headers)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 401]);
    const idle = { Authorization: `Bearer ${await gateway.open(key)}` };
    nowMs += 1_000;
    expect((await whoAmI(gateway, idle)).status).toBe(401);
  });

  test('ends at the sign-out, and the one used longest ago when there are too many', async () => {
    const gateway = await started({ limits: { sessionsPerIdentity: 2 } });
    const [first, second] = [await gateway.open(key), await gateway.open(key)];
    await whoAmI(gateway, { Authorization: `Bearer ${first}` });
    const third = await gateway.open(key);
    const statusOf = async (token: string) =>
      (await whoAmI(gateway, { Authorization: `Bearer ${token}` })).status;
    expect([await statusOf(first), await statusOf(second), await statusOf(third)]).toEqual([200, 401, 200]);
    const headers = { Authorization: `Bearer ${first}` };
    await fetch(`${gateway.url}${apiPrefix}/session`, { method: 'DELETE', headers });
    expect(await statusOf(first)).toBe(401);
  });

  test('has what the identity may do now, not what it might when it began', async () => {
    const gateway = await started();
    const headers = { Authorization: `Bearer ${await gateway.open(leaver)}` };
    const peers = async () => (await fetch(`${gateway.url}${apiPrefix}/peers`, { headers })).status;
    expect(await peers()).toBe(200);
    gateway.ledger.changeIdentity('north.leaver', { roles: ['auditor'] });
    expect(await peers()).toBe(403);
    gateway.ledger.changeIdentity('north.leaver', { status: 'revoked' });
    expect(await peers()).toBe(401);
  });
});

describe('the cookie of a page', () => {
  async function signedIn(gateway: StartedGateway): Promise<Answered> {
    const body = { ...signed(gateway, await challengeOf(gateway)), as: 'cookie' };
    return post(gateway, '/session', body, { Origin: gateway.url });
  }

  test('is out of reach of scripts and other sites, and its token is in no body', async () => {
    const { cookie, token } = await signedIn(await started());
    expect(cookie).toMatch(
      /^concordat-validator-1=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=43200$/,
    );
    expect(token).toBeUndefined();
  });

  test('is given to a page of this gateway alone', async () => {
    const gateway = await started();
    const body = { ...signed(gateway, await challengeOf(gateway)), as: 'cookie' };
    expect((await post(gateway, '/session', body)).code).toBe('origin-not-allowed');
    const neighbour = { Origin: 'http://127.0.0.1:8102' };
    expect((await post(gateway, '/session', body, neighbour)).code).toBe('origin-not-allowed');
  });

  test('reads from anywhere, and changes something from a page of this gateway alone', async () => {
    const gateway = await started();
    const cookie = String((await signedIn(gateway)).cookie?.split(';')[0]);
    expect((await whoAmI(gateway, { Cookie: `other=1; ${cookie}` })).status).toBe(200);
    const code = (headers: Record<string, string>) =>
      post(gateway, '/session/code', {}, { Cookie: cookie, ...headers });
    expect((await code({})).code).toBe('origin-not-allowed');
    expect((await code({ Origin: 'http://127.0.0.1:8102' })).code).toBe('origin-not-allowed');
    expect((await code({ Origin: gateway.url })).status).toBe(200);
  });

  test('opens a subscription from a page of this gateway alone', async () => {
    const gateway = await started();
    const cookie = String((await signedIn(gateway)).cookie?.split(';')[0]);
    const upgrade = (headers: Record<string, string>): Promise<number> =>
      new Promise((resolve) => {
        const url = `${gateway.url.replace('http', 'ws')}${apiPrefix}/subscribe`;
        const socket = new WebSocket(url, { headers: { Cookie: cookie, ...headers } });
        socket.on('open', () => {
          resolve(101);
          socket.close();
        });
        socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0));
        socket.on('error', () => resolve(0));
      });
    expect(await upgrade({})).toBe(403);
    expect(await upgrade({ Origin: 'http://127.0.0.1:8102' })).toBe(403);
    expect(await upgrade({ Origin: gateway.url })).toBe(101);
  });
});

test('a code of a session opens one more of the same identity, once, for five minutes', async () => {
  let nowMs = genesisTime;
  const gateway = await started({ wallMs: () => nowMs });
  const bearer = { Authorization: `Bearer ${await gateway.token('operator')}` };
  const codeOf = async () => {
    const { code } = (await post(gateway, '/session/code', {}, bearer)) as unknown as { code: string };
    return { code, as: 'bearer' };
  };
  const body = await codeOf();
  expect(await post(gateway, '/session', body)).toMatchObject({ status: 200, identity: 'south.operator' });
  expect((await post(gateway, '/session', body)).code).toBe('sign-in-refused');
  const late = await codeOf();
  nowMs += 300_000;
  expect((await post(gateway, '/session', late)).code).toBe('sign-in-refused');
});

test('a session that a code opened ends with the one that gave the code: no token is made to live for ever', async () => {
  let nowMs = genesisTime;
  const gateway = await started({
    wallMs: () => nowMs,
    limits: { sessionIdleMs: 2_000, sessionLifeMs: 2_500 },
  });
  const end = genesisTime + 2_500;
  let { token = '' } = await post(gateway, '/session', signed(gateway, await challengeOf(gateway)));
  for (nowMs += 1_000; nowMs < end; nowMs += 1_000) {
    const bearer = { Authorization: `Bearer ${token}` };
    const given = await post(gateway, '/session/code', {}, bearer);
    expect(given).toMatchObject({ status: 200, expiresAt: end });
    const { code } = given;
    const opened = await post(gateway, '/session', { code, as: 'bearer' });
    expect(opened).toMatchObject({ status: 200, expiresAt: end });
    token = opened.token!;
  }
  nowMs = end;
  expect((await whoAmI(gateway, { Authorization: `Bearer ${token}` })).status).toBe(401);
});

test('who signs out ends what its codes opened, and what those codes opened, and no code opens anything any more', async () => {
  const gateway = await started();
  const open = async (bearer: string, opens = true) => {
    const headers = { Authorization: `Bearer ${bearer}` };
    const { code } = (await post(gateway, '/session/code', {}, headers)) as unknown as { code: string };
    return opens ? String((await post(gateway, '/session', { code, as: 'bearer' })).token) : code;
  };
  const token = await gateway.open(key);
  const other = await gateway.open(key);
  const child = await open(token);
  const grandchild = await open(child);
  const codes = [await open(token, false), await open(grandchild, false)];
  const ask = (bearer: string, method = 'GET') =>
    fetch(`${gateway.url}${apiPrefix}/session`, { method, headers: { Authorization: `Bearer ${bearer}` } });
  const statuses = async () =>
    Promise.all([token, child, grandchild, other].map(async (one) => (await ask(one)).status));
  expect(await statuses()).toEqual([200, 200, 200, 200]);
  expect((await ask(token, 'DELETE')).status).toBe(200);
  expect(await statuses()).toEqual([401, 401, 401, 200]);
  for (const code of codes)
    expect((await post(gateway, '/session', { code, as: 'bearer' })).code).toBe('sign-in-refused');
});

test('who signs out of a session that a code opened leaves the one that gave it', async () => {
  const gateway = await started();
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  const token = await gateway.open(key);
  const { code } = (await post(gateway, '/session/code', {}, bearer(token))) as unknown as { code: string };
  const { token: child = '' } = await post(gateway, '/session', { code, as: 'bearer' });
  await fetch(`${gateway.url}${apiPrefix}/session`, { method: 'DELETE', headers: bearer(child) });
  expect((await whoAmI(gateway, bearer(child))).status).toBe(401);
  expect((await whoAmI(gateway, bearer(token))).status).toBe(200);
});

test('an identity that floods is told when to come back, from whichever address', async () => {
  const gateway = await started({ limits: { requestsPerSecond: 0.01, requestsBurst: 4 } });
  const headers = { Authorization: `Bearer ${await gateway.token('auditor')}` };
  const answers = [
    await whoAmI(gateway, headers),
    await whoAmI(gateway, headers),
    await whoAmI(gateway, headers),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
});

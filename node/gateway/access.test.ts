/** Every cell of the table: each role, a revoked identity and nobody, at each endpoint and at the subscription. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { apiPrefix, type Endpoint, endpoints, type ServerMessage } from '../../shared/api.ts';
import { roles } from '../../shared/types/ledger.ts';
import { type AccessName, access } from './access.ts';
import { keyOfRole, leaver } from './test-support/consortium.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

const askers = [...roles, 'revoked', 'nobody'] as const;
type Asker = (typeof askers)[number];

let gateway: StartedGateway;
const tokens = new Map<Asker, string>();

beforeAll(async () => {
  gateway = await startTestGateway();
  for (const role of roles) tokens.set(role, await gateway.token(role));
  tokens.set('revoked', await gateway.open(leaver));
  gateway.ledger.changeIdentity('north.leaver', { status: 'revoked' });
});
afterAll(() => gateway.close());

const reading: readonly Asker[] = ['admin', 'operator', 'submitter', 'auditor'];
const operating: readonly Asker[] = ['admin', 'operator'];
/** Written out beside the table: a change there must be meant here, too. */
const letIn: { readonly [Name in AccessName]: readonly Asker[] } = {
  genesis: askers,
  challenge: askers,
  signIn: askers,
  session: roles,
  signOut: roles,
  sessionCode: roles,
  status: roles,
  validators: roles,
  epochs: roles,
  openapi: roles,
  streams: roles,
  stream: roles,
  eventSchema: roles,
  payload: roles,
  payloadRecord: roles,
  search: roles,
  subscribe: roles,
  transaction: roles,
  receipt: roles,
  pack: roles,
  identity: roles,
  members: reading,
  identities: reading,
  keyHistory: reading,
  thresholds: reading,
  proposals: reading,
  proposal: reading,
  activations: reading,
  activation: reading,
  blocks: reading,
  block: reading,
  transactions: reading,
  events: reading,
  assets: reading,
  balances: reading,
  state: reading,
  consistency: reading,
  historyInclusion: reading,
  evidence: reading,
  evidenceRecord: reading,
  analytics: reading,
  keySigned: reading,
  exportManifest: reading,
  export: reading,
  // Auditors and readers send their own encryption key, and nothing else: own-actions.test.ts.
  submit: roles,
  dryRun: operating,
  consensus: operating,
  peers: operating,
  matrix: operating,
  diagnosis: operating,
  disk: operating,
  keysPlan: operating,
  keysRotate: operating,
  keysRecipient: ['admin'],
  keysImport: ['admin'],
  metrics: operating,
  metricsHistory: operating,
};

/** The code of the refusal at the door; `in` for whatever else is answered. */
type Verdict = 'in' | 'sign-in-required' | 'role-missing';

function expectedVerdict(name: AccessName, asker: Asker): Verdict {
  if (letIn[name].includes(asker)) return 'in';
  return asker === 'nobody' || asker === 'revoked' ? 'sign-in-required' : 'role-missing';
}

const headersOf = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { Authorization: `Bearer ${token}` };

async function verdictOf(
  name: Exclude<AccessName, 'subscribe'>,
  token: string | undefined,
): Promise<Verdict> {
  const { method, path }: Pick<Endpoint, 'method' | 'path'> =
    name === 'openapi'
      ? { method: 'get', path: `${apiPrefix}/openapi.json` }
      : name === 'metrics'
        ? { method: 'get', path: '/metrics' }
        : { method: endpoints[name].method, path: apiPrefix + endpoints[name].path };
  const target = path.replace(/\{\w+\}/g, '1');
  const response = await fetch(gateway.url + target, {
    method: method.toUpperCase(),
    headers: headersOf(token),
    ...(method === 'post' ? { body: '{}' } : {}),
  });
  return verdict((await response.text()).match(/"code":"([a-z-]+)"/)?.[1]);
}

const verdict = (code: string | undefined): Verdict =>
  code === 'sign-in-required' || code === 'role-missing' ? code : 'in';

/** The token stands in the upgrade, or in the subscribe message. */
function subscribeVerdict(token: string | undefined, place: 'header' | 'message'): Promise<Verdict> {
  const headers = place === 'header' ? headersOf(token) : {};
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}${apiPrefix}/subscribe`, { headers });
  const inMessage = place === 'message' && token !== undefined ? { token } : {};
  const subscribe = { type: 'subscribe', topic: 'events', from: 0, ...inMessage };
  return new Promise((resolve, reject) => {
    socket.on('open', () => socket.send(JSON.stringify(subscribe)));
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as ServerMessage;
      resolve(verdict(message.type === 'problem' ? message.problem.code : undefined));
      socket.close();
    });
    socket.on('unexpected-response', (_request, { statusCode }) => {
      if (statusCode === 401) resolve('sign-in-required');
      else reject(new Error(String(statusCode)));
    });
    socket.on('error', reject);
  });
}

/** A session that signs out is gone: that cell has one of its own. */
async function tokenFor(name: AccessName, asker: Asker): Promise<string | undefined> {
  const role = roles.find((one) => one === asker);
  return name === 'signOut' && role !== undefined ? gateway.open(keyOfRole[role]) : tokens.get(asker);
}

describe.each(Object.keys(access) as AccessName[])('%s', (name) => {
  test.each(askers)('asked by %s', async (asker) => {
    const token = await tokenFor(name, asker);
    const wanted = expectedVerdict(name, asker);
    if (name !== 'subscribe') expect(await verdictOf(name, token)).toBe(wanted);
    else {
      expect(await subscribeVerdict(token, 'header')).toBe(wanted);
      expect(await subscribeVerdict(token, 'message')).toBe(wanted);
    }
  });
});

test('every endpoint stands in the table, and nothing else is public than health, genesis and signing in', () => {
  const names = [...Object.keys(endpoints), 'subscribe', 'openapi', 'metrics'];
  expect(Object.keys(access).toSorted()).toEqual(names.toSorted());
  const open = Object.entries(access).filter(([, rule]) => rule === 'public');
  expect(open.map(([name]) => name)).toEqual(['genesis', 'challenge', 'signIn']);
});

test('a blocks subscription is not for readers of named streams', async () => {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}${apiPrefix}/subscribe`);
  const closed = new Promise((resolve) => socket.on('close', (_code, reason) => resolve(String(reason))));
  const token = tokens.get('reader');
  socket.on('open', () =>
    socket.send(JSON.stringify({ type: 'subscribe', topic: 'blocks', from: 0, token })),
  );
  expect(await closed).toBe('role-missing');
});

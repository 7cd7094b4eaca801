/** A gateway over the in-memory node, on a free port, and sessions at it. */
import { apiPrefix, challengeSchema, signInSchema } from '../../../shared/api.ts';
import { fromBase64Url, toBase64Url } from '../../../shared/codec/hex.ts';
import { signInSigningBytes } from '../../../shared/codec/sign-in.ts';
import type { Role } from '../../../shared/types/ledger.ts';
import { verifyWithSodium } from '../../crypto/sodium.ts';
import { RotationError } from '../../rotation/rotation-error.ts';
import type { GatewayKeys, GatewayOptions } from '../ports.ts';
import { type Gateway, startGateway } from '../server.ts';
import { keyOfRole, signBy, type TestKey, testGenesis } from './consortium.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { MemoryNode } from './memory-node.ts';

export interface StartedGateway extends Gateway {
  readonly node: MemoryNode;
  readonly ledger: MemoryLedger;
  readonly logged: { readonly level: string; readonly code: string; readonly facts: unknown }[];
  /** Token of a session of the identity with this role. */
  token(role: Role): Promise<string>;
  /** Token of another session of this key. */
  open(key: TestKey): Promise<string>;
  /** Asks as the admin, whom the table lets in everywhere. `path` begins with a slash. */
  ask(path: string, init?: RequestInit): Promise<Response>;
}

/** A node whose keys nobody rotates. */
const testKeys: GatewayKeys = {
  standings: () => [],
  certificates: () => [],
  request: () => Promise.reject(new RotationError('not-a-validator', {})),
  imports: {
    recipient: () => Promise.reject(new RotationError('not-a-validator', {})),
    take: () => Promise.reject(new RotationError('not-a-validator', {})),
  },
};

const testDisk = {
  directory: '/data/validator-1',
  parts: [
    { part: 'votes', bytes: 4_096, growthPerDay: 0 },
    { part: 'ledger', bytes: 3_000_000, growthPerDay: 1_500_000 },
  ],
  freeBytes: 30_000_000,
  totalBytes: 60_000_000,
  growthPerDay: 1_500_000,
  daysLeft: 20,
  measuredOverMs: 86_400_000,
} as const;

export async function startTestGateway(
  options: Partial<GatewayOptions> & { readonly node?: MemoryNode } = {},
): Promise<StartedGateway> {
  const ledger = options.node?.ledger ?? new MemoryLedger();
  const node = options.node ?? new MemoryNode(ledger);
  const self = testGenesis.validators[0]?.id;
  if (self === undefined) throw new Error('the consortium has validators');
  const logged: { level: string; code: string; facts: unknown }[] = [];
  const gateway = await startGateway({
    listen: { host: '127.0.0.1', port: 0 },
    self,
    queries: ledger,
    state: ledger.state,
    genesis: ledger.document,
    network: ledger.network,
    disk: () => testDisk,
    keys: testKeys,
    version: '0.0.0',
    log: { write: (level, code, facts) => void logged.push({ level, code, facts }) },
    verifySignature: async (...signed) => verifyWithSodium(...signed),
    ...options,
    node,
  });
  const token = tokens(gateway.url, ledger);
  return {
    ...gateway,
    node,
    ledger,
    logged,
    token,
    open: (key) => openSession(gateway.url, ledger, key),
    async ask(path, init = {}) {
      const headers = new Headers(init.headers);
      headers.set('Authorization', `Bearer ${await token('admin')}`);
      return fetch(gateway.url + path, { ...init, headers });
    },
  };
}

/** One session for each role, opened when it is first wanted. */
function tokens(url: string, ledger: MemoryLedger): (role: Role) => Promise<string> {
  const opened = new Map<Role, Promise<string>>();
  return (role) => {
    const token = opened.get(role) ?? openSession(url, ledger, keyOfRole[role]);
    opened.set(role, token);
    return token;
  };
}

async function openSession(url: string, { network }: MemoryLedger, key: TestKey): Promise<string> {
  const { challenge } = challengeSchema.parse(
    await posted(url, '/session/challenge', { key: key.publicKey, origin: url }),
  );
  const message = signInSigningBytes(network, fromBase64Url(challenge));
  const signature = toBase64Url(signBy(key.seed, message));
  const answer = await posted(url, '/session', { challenge, key: key.publicKey, signature, as: 'bearer' });
  const { token } = signInSchema.parse(answer);
  if (token === undefined) throw new Error('a bearer session has a token');
  return token;
}

async function posted(url: string, path: string, body: unknown): Promise<unknown> {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(`${url}${apiPrefix}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return response.json();
}

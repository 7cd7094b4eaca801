/** What `keys rotate` says when the ledger refuses what the node asked for, and how long a proposal of it waits. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import type { PublicKey, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { GatewayKeys } from '../gateway/ports.ts';
import { genesisTime, keyOfRole, testEnvelope } from '../gateway/test-support/consortium.ts';
import { type StartedGateway, startTestGateway } from '../gateway/test-support/started-gateway.ts';
import type { KeyStanding } from '../rotation/key-standing.ts';
import { RotationError } from '../rotation/rotation-error.ts';
import { run } from './test-support/captured-io.ts';
import { createExampleData, type ExampleData } from './test-support/example-data.ts';

const key = '99'.repeat(32) as PublicKey;
let transaction: TransactionId;
let refusal: RotationError | undefined;
let requests: number;
let standings: readonly KeyStanding[];
const keys: GatewayKeys = {
  imports: {
    recipient: () => Promise.reject(new RotationError('not-a-validator', {})),
    take: () => Promise.reject(new RotationError('not-a-validator', {})),
  },
  standings: () => standings,
  certificates: () => [],
  request: async () => {
    requests += 1;
    if (refusal !== undefined) throw refusal;
    return { key, transaction };
  },
};

let gateway: StartedGateway;
let example: ExampleData;
beforeEach(async () => {
  refusal = undefined;
  requests = 0;
  standings = [];
  gateway = await startTestGateway({ self: 'validator-2' as ValidatorId, keys, wallMs: () => genesisTime });
  gateway.node.isEager = true;
  example = await createExampleData();
});
afterEach(async () => {
  await gateway.close();
  example.remove();
});
const rotate = (...args: string[]) => {
  const there = ['--gateway', gateway.url, '--data', example.directory, '--identity', 'south.admin'];
  return run('keys', 'rotate', ...there, ...args);
};

test('what the ledger refuses in its block ends with 1, its own code and what to do', async () => {
  const refused = decodeEnvelope(
    testEnvelope({
      network: gateway.ledger.network,
      action: 'identities.revoke',
      args: { identity: 'nobody', reason: 'none of that id' },
      key: keyOfRole.admin,
      expiresAt: genesisTime + 300_000,
    }),
  );
  gateway.node.pool.set(refused.id, refused);
  gateway.node.certify();
  transaction = refused.id;
  const { exitCode, err } = await rotate();
  expect([exitCode, err]).toEqual([1, expect.stringContaining('[unknown-identity]')]);
  expect(err).toContain('The new key lies beside the old one, and the next attempt takes it up.');
});

test('a height too far ahead is refused at once, with the limit and where it ends', async () => {
  refusal = new RotationError('not-before-too-late', { notBefore: 900, latest: 300, aheadMax: 256 });
  const { exitCode, err } = await rotate('--not-before', '900');
  expect([exitCode, err]).toEqual([1, expect.stringMatching(/at most 256 blocks ahead, up to block 300/)]);
  expect(err).toContain('not-before-too-late');
});

test('a key that is over is not asked for again', async () => {
  for (const stage of ['replaced', 'dropped', 'overlapping'] as const) {
    standings = [{ publicKey: key, kind: 'consensus', stage, isToBeErased: false }];
    const { exitCode, err } = await rotate('--use', key);
    expect([exitCode, err]).toEqual([1, expect.stringContaining('[key-over]')]);
  }
  expect(requests).toBe(0);
});

test('never changes the key of another node than the first that is named', async () => {
  const there = ['--data', example.directory, '--identity', 'south.admin'];
  const both = ['--gateway', 'http://127.0.0.1:1', '--gateway', gateway.url];
  const { exitCode, err } = await run('keys', 'rotate', ...both, ...there);
  expect([exitCode, err]).toEqual([3, expect.stringContaining('[unreachable]')]);
  expect([requests, err.includes(gateway.url)]).toEqual([0, false]);
});

test('a proposal waits for as long as is said, in the words of all other commands', async () => {
  const { exitCode, err } = await rotate('--by-ballots', '--expires', '24');
  expect([exitCode, err]).toEqual([2, expect.stringContaining('Not a duration such as 30m, 12h or 7d.')]);
});

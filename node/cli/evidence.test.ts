import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import { genesisTime, testEnvelope, validatorKeys } from '../gateway/test-support/consortium.ts';
import { evidenceArgs } from '../gateway/test-support/evidence.ts';
import { type StartedGateway, startTestGateway } from '../gateway/test-support/started-gateway.ts';
import { run } from './test-support/captured-io.ts';
import { createExampleData, type ExampleData } from './test-support/example-data.ts';
import { startLyingGateway } from './test-support/lying-gateway.ts';

let gateway: StartedGateway;
let example: ExampleData;
beforeEach(async () => {
  gateway = await startTestGateway();
  example = await createExampleData();
});
afterEach(async () => {
  await gateway.close();
  example.remove();
});

function record(kind: 'prepare' | 'seal'): void {
  const { network } = gateway.ledger;
  const args = evidenceArgs(network, kind);
  const expiresAt = genesisTime + 300_000;
  const key = validatorKeys[0]!;
  const transaction = decodeEnvelope(
    testEnvelope({ network, action: 'validator.evidence', args, key, expiresAt }),
  );
  gateway.node.pool.set(transaction.id, transaction);
  gateway.node.certify();
}
const evidence = (...args: string[]) =>
  run('evidence', ...args, '--gateway', gateway.url, '--data', example.directory);

describe('disk', () => {
  test('says what each part takes, what grows, and when the disk is full', async () => {
    const { exitCode, out } = await run('disk', '--gateway', gateway.url, '--data', example.directory);
    expect(exitCode).toBe(0);
    expect(out.split('\n')).toEqual([
      'validator-1 keeps 2.9 MiB in /data/validator-1; 28.6 MiB of 57.2 MiB are free.',
      '  votes         4.0 KiB',
      '  ledger        2.9 MiB  +1.4 MiB a day',
      '  sum           2.9 MiB  +1.4 MiB a day',
      'At the rate of the last 24 hours the disk is full in 20 days.',
    ]);
    const json = JSON.parse(
      (await run('disk', '--json', '--gateway', gateway.url, '--data', example.directory)).out,
    ) as unknown;
    expect(json).toMatchObject({ node: 'validator-1', daysLeft: 20 });
  });
});

describe('evidence', () => {
  test('list says so when there is none', async () => {
    const { exitCode, out } = await evidence('list');
    expect([exitCode, out]).toEqual([0, expect.stringContaining('No validator was ever caught')]);
    expect((await evidence('list', '--json')).out).toBe('[]');
  });

  test('list names accused, slot and place, newest first', async () => {
    record('prepare');
    record('seal');
    const { out } = await evidence('list');
    expect(out.split('\n')).toEqual([
      expect.stringMatching(
        /^1 {2}validator-4 {2}two seals for height 4 {2}\(recorded at height 2, .*by validator-1\)$/,
      ),
      expect.stringMatching(/^0 {2}validator-4 {2}two prepares for epoch 0 view 1 sequence 4 /),
    ]);
    const limited = JSON.parse((await evidence('list', '--limit', '1', '--json')).out) as unknown[];
    expect(limited).toMatchObject([{ number: 1, kind: 'seal' }]);
  });

  test('show verifies both signatures against the network id', async () => {
    record('seal');
    const { network } = gateway.ledger;
    const { exitCode, out } = await evidence('show', '0', '--network', network);
    expect(exitCode).toBe(0);
    expect(out).toContain('validator-4 signed two seals for height 4.');
    expect(out).toMatch(/ok {7}validator.*\nok {7}conflict.*\nok {7}first.*\nok {7}second/);
    expect(out).toContain(`Verified against network ${network}`);
    const json = JSON.parse((await evidence('show', '0', '--json')).out) as unknown;
    expect(json).toMatchObject({ ok: true, network, checks: [{ id: 'validator', ok: true }, {}, {}, {}] });
  });

  test.each([
    ['validator', 'validator-2'],
    ['kind', 'commit'],
    ['key', 'ab'.repeat(32)],
    ['epoch', 3],
  ])('show verifies nothing if the gateway says another %s than the messages', async (member, value) => {
    record('seal');
    const lying = await startLyingGateway(gateway, {
      answer: (path, text) =>
        path.includes('/evidence/')
          ? JSON.stringify({ ...(JSON.parse(text) as object), [member]: value })
          : text,
    });
    const { exitCode, out } = await run('evidence', 'show', '0', '--gateway', lying.url);
    await lying.close();
    expect([exitCode, out]).toEqual([1, expect.stringContaining('NOT verified')]);
    expect(out).not.toContain('Verified against');
  });

  test('show refuses a gateway of another network, and a number that is not there', async () => {
    record('seal');
    const other = await evidence('show', '0', '--network', 'ab'.repeat(32));
    expect([other.exitCode, other.err]).toEqual([2, expect.stringContaining('[wrong-network]')]);
    const missing = await evidence('show', '7');
    expect([missing.exitCode, missing.err]).toEqual([1, expect.stringContaining('[not-found]')]);
  });
});

/**
 * Four members decide together with the command line, on four real validators: they add an identity, a fifth member,
 * suspend it, change a threshold, and revoke an identity, which is out within the block that says so.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { readKeyFile } from '../../node/crypto/key-files.ts';
import { keyPairOf, signWithSodium } from '../../node/crypto/sodium.ts';
import { signedIn, signedInAs } from '../../scripts/lib/signed-in.ts';
import type {
  ActivationJson,
  BlockJson,
  EpochsJson,
  IdentityDetailJson,
  MembersJson,
  ProposalJson,
  ServerMessage,
  StatusJson,
  ThresholdsJson,
} from '../../shared/api.ts';
import { type RunningNetwork, startNetwork } from '../support/network.ts';

/** From the build, where the command lies beside it. */
const { runConcordat } = (await import(
  new URL('../../dist/scripts/lib/cli.js', import.meta.url).href
)) as typeof import('../../scripts/lib/cli.ts');

let network: RunningNetwork;
let passphraseFile: string;
beforeAll(async () => {
  network = await startNetwork();
  passphraseFile = join(network.data, 'example-passphrase');
});
afterAll(() => network.stop());

const gatewayOf = (id: string): string => network.validators.find((one) => one.id === id)!.gateway;
const file = (name: string): string => join(network.data, name);
const because = ['--reason', 'for a trial'];

/** As a member's admin, at its own validator's gateway. */
async function as(member: string, ...args: readonly string[]) {
  const where = ['--gateway', gatewayOf(member), '--data', network.data, '--identity', `${member}.admin`];
  return runConcordat([...args, ...where]);
}
async function done(member: string, ...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await as(member, ...args);
  expect([exitCode, stderr], args.join(' ')).toEqual([0, '']);
  return stdout;
}
async function createKey(name: string): Promise<string[]> {
  const created = await runConcordat(['keys', 'create', file(name), '--passphrase-file', passphraseFile]);
  expect(created.exitCode).toBe(0);
  return ['--new-key', file(name), '--new-key-passphrase-file', passphraseFile];
}
const ask = async <Body>(path: string, member = 'delta'): Promise<Body> => {
  const session = signedInAs(network.data, `${member}.admin`);
  return (await (await session.fetch(`${gatewayOf(member)}/api/v1${path}`)).json()) as Body;
};
const numberOf = (output: string): string => /^Proposal (\d+) is open/.exec(output)?.[1] ?? 'none';
/** Alpha proposed it: the others vote, each at its own gateway, and the last one decides. */
async function decide(proposed: string, voters = ['beta', 'gamma']): Promise<string> {
  const number = numberOf(proposed);
  for (const voter of voters.slice(0, -1))
    expect(await done(voter, 'proposal', 'vote', number, 'yes')).toContain(`Proposal ${number} is open`);
  return done(voters.at(-1)!, 'proposal', 'vote', number, 'yes');
}
/** More than two thirds of five, be one of them suspended. */
const four = ['beta', 'gamma', 'delta'];

/** Somebody with a key file that is not in the example's data directory. */
async function holderOf(name: string) {
  const { publicKey, seed } = await readKeyFile(file(name), network.passphrase);
  const { secretKey } = keyPairOf(seed);
  return signedIn(async () => ({ publicKey, sign: (message) => signWithSodium(secretKey, message) }));
}

describe('four members', () => {
  it('an admin adds an identity, which writes at another gateway', async () => {
    const key = await createKey('robot.age');
    const added = await done('alpha', 'identity', 'add', 'alpha.robot', ...key, '--role', 'submitter');
    expect(added).toMatch(/^alpha\.robot is registered\./);
    const appended = await runConcordat([
      ...[
        'stream',
        'append',
        'robots',
        '--type',
        'made',
        '--event-data',
        '{}',
        '--gateway',
        gatewayOf('gamma'),
      ],
      ...['--key', file('robot.age'), '--passphrase-file', passphraseFile, '--data', network.data],
    ]);
    expect([appended.exitCode, appended.stderr]).toEqual([0, '']);
    expect(await ask<IdentityDetailJson>('/identities/alpha.robot')).toMatchObject({
      member: 'alpha',
      status: 'active',
      roles: ['submitter'],
    });
  });

  it('a fifth organisation prints its admission, the members decide it, and its admin signs in', async () => {
    const admission = ['member', 'add', 'echo', '--name', 'Echo Bank', '--admin', 'echo.admin'];
    const printed = await runConcordat([
      ...[...admission, ...(await createKey('echo.age')), '--print', '--network', network.id],
      ...['--data', file('elsewhere')],
    ]);
    expect(printed.exitCode).toBe(0);
    writeFileSync(file('echo.yaml'), printed.stdout);
    const tried = await as('alpha', 'proposal', 'dry-run', file('echo.yaml'), '--json');
    const proposed = await done('alpha', 'proposal', 'create', file('echo.yaml'), ...because);
    expect(JSON.parse(tried.stdout)).toMatchObject({ ok: true, needed: 3, members: 4 });
    expect(await decide(proposed)).toMatch(/^Proposal 0 is executed/);
    const shown = await ask<ProposalJson>('/proposals/0');
    expect(shown).toMatchObject({ status: 'executed', approvals: 3, end: { by: 'gamma.admin' } });
    const echo = await holderOf('echo.age');
    const answer = await echo.fetch(`${gatewayOf('delta')}/api/v1/session`);
    expect(await answer.json()).toMatchObject({
      identity: 'echo.admin',
      memberName: 'Echo Bank',
      roles: ['admin'],
    });
  });

  it('it is suspended: its admin is out, and its ballot is refused', async () => {
    const echo = await holderOf('echo.age');
    expect((await echo.fetch(`${gatewayOf('beta')}/api/v1/status`)).status).toBe(200);
    expect(await decide(await done('alpha', 'member', 'suspend', 'echo', ...because), four)).toContain(
      'is executed',
    );
    const { members } = await ask<MembersJson>('/members');
    expect(members.find(({ id }) => id === 'echo')).toMatchObject({
      status: 'suspended',
      admins: ['echo.admin'],
    });
    // Gamma's gateway has certified it: its ballot waited for that.
    expect((await echo.fetch(`${gatewayOf('gamma')}/api/v1/status`)).ok).toBe(false);
    const voted = await runConcordat([
      ...['proposal', 'vote', '1', 'no', '--gateway', gatewayOf('gamma'), '--data', network.data],
      ...['--key', file('echo.age'), '--passphrase-file', passphraseFile],
    ]);
    expect([voted.exitCode, voted.stderr]).toEqual([1, expect.stringContaining('[identity-not-active]')]);
  });

  it('a threshold is raised, and counts from then on', async () => {
    const proposed = await done(
      'alpha',
      'proposal',
      'create',
      '--threshold',
      'members.restore=2/3',
      ...because,
    );
    expect(await decide(proposed, four)).toContain('is executed');
    const { thresholds } = await ask<ThresholdsJson>('/thresholds', 'gamma');
    expect(thresholds).toContainEqual({ kind: 'members.restore', more: [2, 3], needed: 4 });
    expect(thresholds).toContainEqual({
      kind: 'members.suspend',
      more: [2, 3],
      needed: 4,
      follows: 'thresholds.set',
    });
  });

  it('what could halt the network is refused by name, and n, f and Q are told', async () => {
    const { exitCode, stdout } = await as('alpha', 'validator', 'remove', 'delta', '--dry-run');
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('[too-few-validators]')]);
    expect(stdout).toContain('{"n":4,"f":1,"q":3}');
    expect(stdout).toContain('Add a validator first, wait until it is active, then remove the other.');
  });

  it('a validator is proposed and approved; its activation waits for the node, and is withdrawn', async () => {
    await createKey('echo.consensus.age');
    await createKey('echo.node.age');
    const add = [
      ...['validator', 'add', 'alpha-2', '--member', 'alpha', '--address', 'wss://127.0.0.1:28001'],
      ...['--own-gateway', 'http://127.0.0.1:28002', '--store', file('alpha-2')],
      ...['--consensus-key', file('echo.consensus.age'), '--node-key', file('echo.node.age')],
      ...['--new-key-passphrase-file', passphraseFile],
    ];
    expect(await decide(await done('alpha', ...add, ...because), four)).toContain('activation show 0');
    expect(await done('beta', 'activation', 'show')).toContain('alpha-2: has not said that it is ready');
    await done('alpha', 'activation', 'withdraw', '0', ...because);
    expect(await ask<ActivationJson>('/activations/0', 'alpha')).toMatchObject({ status: 'withdrawn' });
  });

  it('parameters are set, and are in force in the next epoch, on every node', async () => {
    const before = await ask<EpochsJson>('/epochs', 'alpha');
    const proposed = await done('alpha', 'proposal', 'create', '--set', 'window=8', ...because);
    expect(await decide(proposed, four)).toContain('activation show 1');
    for (const member of ['alpha', 'beta', 'gamma', 'delta'])
      await expect
        .poll(async () => (await ask<ActivationJson>('/activations/1', member)).status, { timeout: 90_000 })
        .toBe('active');
    const { at } = await ask<ActivationJson>('/activations/1');
    expect(await done('beta', 'activation', 'show')).toContain(`Activation 1 is active since height ${at}.`);
    const after = await ask<EpochsJson>('/epochs', 'alpha');
    expect(after.current).toBe(before.current + 1);
    await done('gamma', 'asset', 'define', 'gold');
    expect(await ask<StatusJson>('/status', 'gamma')).toMatchObject({ epoch: 1, ready: true });
  });

  it('a revoked identity is out in its block: session, subscription and transactions', async () => {
    const robot = await holderOf('robot.age');
    const gateway = gatewayOf('beta');
    expect((await robot.fetch(`${gateway}/api/v1/status`)).status).toBe(200);
    const subscription = subscribe(gateway, await robot.token(gateway));
    await expect.poll(() => subscription.messages.length).toBeGreaterThan(0);
    const stdout = await done('alpha', 'identity', 'revoke', 'alpha.robot', ...because, '--json');
    const { height } = JSON.parse(stdout) as { readonly height: number };
    // From the moment when beta has certified that block nothing more is answered.
    await expect
      .poll(() => ask<{ height: number }>('/status', 'beta').then((one) => one.height))
      .toBeGreaterThanOrEqual(height);
    const after = await fetch(`${gateway}/api/v1/status`, {
      headers: { Authorization: `Bearer ${subscription.token}` },
    });
    expect(after.status).toBe(401);
    expect(await subscription.closed).toBe(4401);
    const heights = subscription.messages.flatMap((one) => (one.type === 'block' ? [one.block.height] : []));
    expect(Math.max(0, ...heights)).toBeLessThanOrEqual(height);
    expect(await ask<BlockJson>(`/blocks/${height}`, 'beta')).toMatchObject({
      transactionCount: 1,
      failedCount: 0,
    });
    const refused = await runConcordat([
      ...['stream', 'append', 'robots', '--type', 'made', '--event-data', '{}', '--gateway', gateway],
      ...['--key', file('robot.age'), '--passphrase-file', passphraseFile, '--data', network.data],
    ]);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('[identity-not-active]')]);
  });
});

/** To blocks, from the next one on. */
function subscribe(gateway: string, token: string | undefined) {
  const socket = new WebSocket(`${gateway.replace('http', 'ws')}/api/v1/subscribe`);
  const messages: ServerMessage[] = [];
  socket.on('open', () =>
    socket.send(JSON.stringify({ type: 'subscribe', topic: 'blocks', from: 1, token })),
  );
  socket.on('message', (data) => messages.push(JSON.parse(String(data)) as ServerMessage));
  const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)));
  return { messages, closed, token };
}

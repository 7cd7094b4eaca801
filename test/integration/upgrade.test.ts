/**
 * The members raise the protocol: below its height the old rules refuse what the new ones allow, from there on all four
 * nodes carry it out. Raised beyond what the software knows, because three validators said with their keys that theirs
 * does, every process stops by name behind the last block that it may execute, and stops again when it is started.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consensusKeyFileOf, examplePassphraseFileOf } from '../../node/config/data-layout.ts';
import { readPassphrase } from '../../node/config/passphrase.ts';
import { readKeyFile } from '../../node/crypto/key-files.ts';
import { keyPairOf, signWithSodium } from '../../node/crypto/sodium.ts';
import { readRunRecord } from '../../node/last-words.ts';
import { newestProtocol } from '../../node/ledger/protocols.ts';
import { type SignedIn, signedInAs } from '../../scripts/lib/signed-in.ts';
import { bulkBody } from '../../scripts/lib/signed-load.ts';
import type { ActivationJson, BlockJson, StatusJson, ValidatorsJson } from '../../shared/api.ts';
import { signTransaction } from '../../shared/client/transaction-builder.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import type { NetworkId, Nonce } from '../../shared/types/brands.ts';
import { createExample, type Example, type ExampleRun, type StartedValidator } from '../support/example.ts';

/** From the build, where the command lies beside it. */
const { runConcordat } = (await import(
  new URL('../../dist/scripts/lib/cli.js', import.meta.url).href
)) as typeof import('../../scripts/lib/cli.ts');

const ids = ['alpha', 'beta', 'delta', 'gamma'];
const eventually = { timeout: 180_000, interval: 100 };
let example: Example;
let run: ExampleRun;
let validators: readonly StartedValidator[];
let session: SignedIn;

beforeAll(async () => {
  // The example begins with the newest rules; here the members raise them.
  example = await createExample((yaml) => `protocol: 1\n${yaml}`);
  run = example.run();
  validators = (await run.next('ready')).validators as readonly StartedValidator[];
  session = signedInAs(example.data, 'alpha.admin');
}, 400_000);
afterAll(() => example.cleanUp());

const gatewayOf = (id: string): string => validators.find((one) => one.id === id)!.gateway;
async function ask<Body>(path: string, id = 'alpha'): Promise<Body> {
  const response = await session.fetch(`${gatewayOf(id)}/api/v1${path}`);
  if (!response.ok) throw new Error(`${id} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}
const as = (member: string, ...args: readonly string[]) =>
  runConcordat([
    ...[...args, '--gateway', gatewayOf(member), '--data', example.data],
    ...['--identity', `${member}.admin`],
  ]);
async function done(member: string, ...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await as(member, ...args);
  expect([exitCode, stderr], args.join(' ')).toEqual([0, '']);
  return stdout;
}

/** @returns the number of its activation */
async function raise(version: number): Promise<number> {
  const create = ['proposal', 'create', '--protocol', String(version), '--reason', 'all know it'];
  const number = /^Proposal (\d+) is open/.exec(await done('alpha', ...create))?.[1] ?? 'none';
  await done('beta', 'proposal', 'vote', number, 'yes');
  await done('gamma', 'proposal', 'vote', number, 'yes');
  const { end } = await ask<{ readonly end?: { readonly activation?: number } }>(`/proposals/${number}`);
  return end!.activation!;
}
const activation = (number: number): Promise<ActivationJson> => ask(`/activations/${number}`);

/** What the validator's own process says by itself only of versions that it knows. */
async function claimsToKnow(id: string, version: number, number: number): Promise<void> {
  const { network, height, block } = await ask<StatusJson>('/status');
  const { validators: set } = await ask<ValidatorsJson>('/validators');
  const passphrase = readPassphrase(examplePassphraseFileOf(example.data));
  const { publicKey, seed } = await readKeyFile(consensusKeyFileOf(example.data, id), passphrase);
  const { secretKey } = keyPairOf(seed);
  const { envelope } = await signTransaction(
    {
      network: network as NetworkId,
      sender: publicKey,
      nonce: publicKey.slice(0, 32) as Nonce,
      expiresAt: Date.now() + 60_000,
      action: 'validator.ready',
      args: {
        activation: number,
        incarnation: fromHex(set.find((one) => one.id === id)!.incarnation),
        height,
        block: fromHex(block),
        protocol: version,
      },
    },
    (message) => signWithSodium(secretKey, message),
  );
  const response = await session.fetch(`${gatewayOf('alpha')}/api/v1/transactions`, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: bulkBody([{ id: '' as never, envelope }]) as Uint8Array<ArrayBuffer>,
  });
  expect([response.status, await response.text()]).toEqual([202, expect.stringContaining('accepted')]);
}

describe('a protocol that the software knows', () => {
  it('is in force from its height on: what it brought is refused before, and carried out by all from then on', async () => {
    await done('alpha', 'asset', 'define', 'gold');
    const memo = 'Invoice 2026-117';
    const issue = ['asset', 'issue', 'gold', '--to', 'beta.admin', '--amount', '5', '--memo', memo];
    const early = await as('alpha', ...issue);
    expect([early.exitCode, early.stderr]).toEqual([1, expect.stringContaining('[malformed-args]')]);
    expect(await ask('/status')).toMatchObject({ protocol: { inForce: 1, newest: newestProtocol } });
    const number = await raise(2);
    await expect.poll(async () => (await activation(number)).status, eventually).toBe('active');
    const { at } = await activation(number);
    const { height } = JSON.parse(await done('alpha', ...issue, '--json')) as { readonly height: number };
    expect(height).toBeGreaterThanOrEqual(at!);
    for (const id of ids) {
      await expect
        .poll(async () => (await ask<StatusJson>('/status', id)).height, eventually)
        .toBeGreaterThanOrEqual(height);
      expect(await ask<StatusJson>('/status', id)).toMatchObject({ protocol: { inForce: 2 } });
      const { transactionIds } = await ask<BlockJson>(`/blocks/${height}`, id);
      expect(JSON.stringify(await ask(`/transactions/${transactionIds[0]}`, id))).toContain(memo);
    }
  }, 400_000);
});

describe('the next one', () => {
  it('takes from its height on what the one before allowed: a threshold that would open all others', async () => {
    const lower = ['proposal', 'dry-run', '--threshold', 'members.add=2/3'];
    await done('alpha', ...lower);
    const number = await raise(3);
    await expect.poll(async () => (await activation(number)).status, eventually).toBe('active');
    const refused = await as('alpha', ...lower);
    expect([refused.exitCode, refused.stdout + refused.stderr]).toEqual([
      1,
      expect.stringContaining('[threshold-follows]'),
    ]);
  }, 400_000);
});

describe('a protocol that the software does not know', () => {
  const version = newestProtocol + 1;

  it('ends every process by name behind the last block of the rules that it knows', async () => {
    const number = await raise(version);
    for (const id of ['alpha', 'beta', 'delta']) await claimsToKnow(id, version, number);
    expect(await run.ended).toBe(1);
    const ends = ids.map((id) => readRunRecord(join(example.data, id))?.end);
    const height = ends[0]?.facts.height;
    for (const end of ends)
      expect(end).toMatchObject({
        code: 'protocol-unsupported',
        facts: { height, protocol: version, newest: newestProtocol },
      });
    const reported = run.events.filter(({ event }) => event === 'ended');
    expect(reported.map(({ reason }) => reason)).toEqual(ids.map(() => 'exit code 78'));
    for (const { logFile } of validators) {
      const log = readFileSync(logFile, 'utf8');
      expect(log).toContain('"protocol-unsupported"');
      expect(log).not.toContain('state-divergence');
    }
  }, 400_000);

  it('ends it again at each start, with the next step on standard error', async () => {
    const node = example.runValidator('beta');
    let said = '';
    node.stderr!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    expect(await once(node, 'close')).toEqual([78, null]);
    expect(said).toContain(
      'The next block follows rules that this software does not know [protocol-unsupported]',
    );
    expect(said).toContain(`Install a version of Concordat that knows protocol ${version}`);
  }, 200_000);

  it('is said of its directory, too, of which nothing is wrong', async () => {
    const { exitCode, stdout } = await runConcordat(['ledger', 'verify', join(example.data, 'beta')]);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Verified')]);
    const doctor = await runConcordat(['doctor', '--data', example.data, '--identity', 'alpha.admin']);
    expect(doctor.stdout).toContain(`knows the rules up to protocol ${newestProtocol}`);
  }, 200_000);
});

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRunRecord } from '../../node/last-words.ts';
import { exampleSigner, type SignedIn, signedInAs } from '../../scripts/lib/signed-in.ts';
import { bulkBody, type LoadSigner, signedAppend } from '../../scripts/lib/signed-load.ts';
import type { EpochsJson, KeyHistoryJson } from '../../shared/api.ts';
import type { NetworkId } from '../../shared/types/brands.ts';
import { createExample, type Example, type ExampleRun, type StartedValidator } from '../support/example.ts';

/** From the build, beside which the command lies. */
const { runConcordat } = (await import(
  new URL('../../dist/scripts/lib/cli.js', import.meta.url).href
)) as typeof import('../../scripts/lib/cli.ts');

interface Status {
  readonly network: NetworkId;
  readonly view: number;
  readonly primary: string;
  readonly height: number;
  readonly certifiedHeight: number;
  readonly block: string;
  readonly stateRoot: string;
  readonly mode: string;
}

let example: Example;
let session: SignedIn;
let run: ExampleRun;
let validators: readonly StartedValidator[];
let sent = 0;

beforeAll(async () => {
  example = await createExample();
  session = signedInAs(example.data, 'alpha.admin');
  run = example.run();
  validators = (await run.next('ready')).validators as readonly StartedValidator[];
});
afterAll(() => example.cleanUp());

const gatewayOf = (id: string) => validators.find((validator) => validator.id === id)!.gateway;
const statusOf = async (id: string): Promise<Status> =>
  (await (await session.fetch(`${gatewayOf(id)}/api/v1/status`)).json()) as Status;
const ids = ['alpha', 'beta', 'gamma', 'delta'];

const submitter = (): Promise<LoadSigner> => exampleSigner(example.data, 'alpha.submitter');

/** Appends events through one gateway and answers their statuses once they are certified. */
async function append(id: string, count: number): Promise<readonly string[]> {
  const signer = await submitter();
  const { network } = await statusOf(id);
  const shape = { network, expiresAt: Date.now() + 300_000, streams: 3, dataBytes: 50, run: 'test' };
  const transactions = Array.from({ length: count }, () => signedAppend(signer, shape, sent++));
  const response = await session.fetch(`${gatewayOf(id)}/api/v1/transactions?wait=certified`, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: bulkBody(transactions) as Uint8Array<ArrayBuffer>,
  });
  const { results } = (await response.json()) as { readonly results: readonly { readonly status: string }[] };
  return results.map(({ status }) => status);
}

const certified = (count: number) => Array.from({ length: count }, () => 'certified');
const agreed = (those: readonly string[]) =>
  expect.poll(
    async () => {
      const states = await Promise.all(those.map(statusOf));
      return new Set(states.map(({ height, block, stateRoot }) => `${height} ${block} ${stateRoot}`)).size;
    },
    { timeout: 90_000 },
  );

describe('npm start', () => {
  it('founds four validators in processes of their own that certify records and agree', async () => {
    expect(new Set(validators.map(({ pid }) => pid)).size).toBe(4);
    expect(validators.map(({ id }) => id).sort()).toEqual([...ids].sort());
    for (const [index, id] of ids.entries())
      expect(await append(id, index + 1)).toEqual(certified(index + 1));
    await agreed(ids).toBe(1);
    expect((await statusOf('delta')).certifiedHeight).toBeGreaterThan(0);
    expect(run.events.filter(({ event }) => event === 'warning')).toEqual([]);
  });

  it('says from its state which epoch it is in, who decides in it and which keys they hold', async () => {
    const ask = async <Answer>(path: string) =>
      (await (await session.fetch(`${gatewayOf('beta')}/api/v1${path}`)).json()) as Answer;
    const { current, rows } = await ask<EpochsJson>('/epochs?from=0');
    expect(current).toBe(0);
    expect(rows).toMatchObject([{ epoch: 0, firstHeight: 1, n: 4, f: 1, q: 3, link: null }]);
    const history = await ask<KeyHistoryJson>('/key-history');
    const held = history.rows.map(({ id, keys }) => [id, ...keys.map(({ kind, from }) => `${kind} ${from}`)]);
    expect(held).toEqual([...ids].sort().map((id) => [id, 'consensus 1', 'node 1']));
    expect(history.rows.map(({ keys }) => keys[0]?.key)).toEqual(
      rows[0]?.validators.map(({ consensusKey }) => consensusKey),
    );
  });

  it('goes on when the primary is killed, says so, and takes it back when it returns', async () => {
    const { primary, view } = await statusOf('beta');
    const others = ids.filter((id) => id !== primary);
    process.kill(validators.find(({ id }) => id === primary)!.pid, 'SIGKILL');
    expect(await append(others[0]!, 5)).toEqual(certified(5));
    expect((await statusOf(others[0]!)).view).toBeGreaterThan(view);
    expect(await run.next('ended')).toMatchObject({ validator: primary, reason: 'SIGKILL' });
    // A command that is told no gateway asks the next one, and says so if the first was passed over.
    const command = [
      'stream',
      'append',
      'cli',
      '--type',
      'made',
      '--event-data',
      '{}',
      '--data',
      example.data,
    ];
    const { exitCode, stdout, stderr } = await runConcordat([...command, '--json']);
    expect([exitCode, JSON.parse(stdout)], stderr).toMatchObject([0, { outcome: { status: 'succeeded' } }]);
    expect(stderr.includes('"answered-by"')).toBe(primary === validators[0]?.id);
    const returned = example.runValidator(primary);
    await expect
      .poll(async () => (await fetch(`${gatewayOf(primary)}/readyz`)).ok, { timeout: 90_000 })
      .toBe(true);
    expect(await append(primary, 2)).toEqual(certified(2));
    await agreed(ids).toBe(1);
    const gone = new Promise((resolve) => returned.once('exit', resolve));
    returned.kill('SIGTERM');
    expect(await gone).toBe(0);
  });

  it('stops all on Ctrl-C, and resumes at the same height', async () => {
    const before = await statusOf(validators.find(({ pid }) => isAlive(pid))!.id);
    run.kill('SIGINT');
    expect(await run.ended).toBe(0);
    for (const { pid } of validators) expect(isAlive(pid)).toBe(false);
    const stopped = run.events.find(({ event }) => event === 'stopped');
    console.log(`stopped in ${stopped?.seconds} s`);
    for (const id of ids)
      expect(readRunRecord(join(example.data, id))?.end).toMatchObject({ code: 'stopped' });

    run = example.run();
    expect(await run.next('starting')).toMatchObject({ network: before.network, founded: false });
    validators = (await run.next('ready')).validators as readonly StartedValidator[];
    await agreed(ids).toBe(1);
    const after = await statusOf('alpha');
    expect([after.height, after.stateRoot]).toEqual([before.height, before.stateRoot]);
    expect(await append('gamma', 3)).toEqual(certified(3));
  });

  it('refuses a second start on the same ports, and says that the network runs', async () => {
    const second = example.run();
    expect(await second.ended).toBe(1);
    expect(second.errors()).toMatch(/EADDRINUSE[\s\S]*is taken by a Concordat node[\s\S]*Ctrl-C/);
  });

  it('leaves no validator behind when it is killed itself', async () => {
    const pids = validators.map(({ pid }) => pid);
    run.kill('SIGKILL');
    await run.ended;
    await expect.poll(() => pids.filter(isAlive), { timeout: 90_000 }).toEqual([]);
  });

  it('refuses a network.yaml that changed since the founding, and founds anew with --reset', async () => {
    const yaml = readFileSync(example.networkFile, 'utf8');
    const genesis = readFileSync(join(example.data, 'genesis'), 'hex');
    writeFileSync(example.networkFile, yaml.replace('batch_limit: 1000', 'batch_limit: 500'));
    const refused = example.run();
    expect(await refused.ended).toBe(1);
    expect(refused.errors()).toMatch(
      /network-changed[\s\S]*parameters\.batchLimit: found 500, expected 1000/,
    );
    writeFileSync(join(example.data, 'notes.txt'), 'mine');

    run = example.run('--reset');
    const { deletes, leaves } = await run.next('resetting');
    expect(deletes).toEqual(expect.arrayContaining(['alpha', 'keys', 'genesis']));
    expect(leaves).toEqual(['notes.txt']);
    expect(await run.next('starting')).toMatchObject({ founded: true });
    await run.next('ready');
    run.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(readFileSync(join(example.data, 'genesis'), 'hex')).not.toBe(genesis);
    expect(readFileSync(join(example.data, 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('names the port that another program holds, before it makes anything', async () => {
    const gateway = /gateway: http:\/\/127\.0\.0\.1:(\d+)/.exec(
      readFileSync(example.networkFile, 'utf8'),
    )![1]!;
    const holder = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => holder.listen(Number(gateway), '127.0.0.1', resolve));
    const refused = example.run('--data', join(example.folder, 'other'));
    const code = await refused.ended;
    await new Promise((resolve) => holder.close(resolve));
    expect(code).toBe(1);
    expect(refused.errors()).toContain(`127.0.0.1:${gateway} (gateway of alpha) is taken\n`);
    expect(readdirSync(example.folder)).not.toContain('other');
  });

  it('says at once that there is no place for data, as does each command that would make one', async () => {
    const nowhere = '/proc/concordat/data';
    const fresh = await createExample();
    const refused = fresh.run('--data', nowhere);
    const code = await refused.ended;
    await fresh.cleanUp();
    expect(code).toBe(1);
    expect(refused.errors()).toMatch(/ENOENT[\s\S]*\/proc\/concordat'[\s\S]*npm start -- --data DIR/);
    const init = await runConcordat(['network', 'init', example.networkFile, '--data', nowhere]);
    expect([init.exitCode, init.stderr]).toEqual([4, expect.stringContaining("mkdir '/proc/concordat'")]);
    const nodeFile = join(example.data, 'alpha', 'node.yaml');
    const elsewhere = join(example.data, 'alpha', 'elsewhere.yaml');
    writeFileSync(elsewhere, readFileSync(nodeFile, 'utf8').replace('storage: .', `storage: ${nowhere}`));
    const node = await runConcordat(['node', 'start', elsewhere]);
    expect(node.exitCode).toBeGreaterThan(0);
    expect(node.stderr + node.stdout).toContain("mkdir '/proc/concordat'");
  });

  it('does not reset a directory that it did not make', async () => {
    const foreign = join(example.folder, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'genesis'), 'precious');
    const refused = example.run('--data', foreign, '--reset');
    expect(await refused.ended).toBe(1);
    expect(refused.errors()).toMatch(/was not made by npm start/);
    expect(readFileSync(join(foreign, 'genesis'), 'utf8')).toBe('precious');
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

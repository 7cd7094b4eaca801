/** Each cause that can be provoked with real processes, named by the nodes and by `concordat doctor`. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readNodeConfig } from '../../node/config/node-yaml.ts';
import { stateKeys } from '../../node/ledger/state-keys.ts';
import { openDatabase } from '../../node/storage/database.ts';
import { derivedFileName, derivedFormat } from '../../node/storage/derived-file.ts';
import { stateRows } from '../../node/storage/state-rows.ts';
import type { LocalNetwork } from '../../scripts/lib/local-network.ts';
import { bulkBody, type LoadSigner, signedAppend } from '../../scripts/lib/signed-load.ts';
import type { CauseJson, DiagnosisJson } from '../../shared/api.ts';
import { encode } from '../../shared/codec/dag-cbor.ts';

/** From the build, where the processes that they start lie beside them. */
const built = (path: string): Promise<unknown> => import(new URL(`../../dist/${path}`, import.meta.url).href);
const { LocalNetwork: Networks } = (await built(
  'scripts/lib/local-network.js',
)) as typeof import('../../scripts/lib/local-network.ts');
const { runConcordat } = (await built('scripts/lib/cli.js')) as typeof import('../../scripts/lib/cli.ts');

let network: LocalNetwork;
let directory: string;
let signer: LoadSigner;
const sent = 0;

const [first, second, , last] = [0, 1, 2, 3] as const;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'concordat-diagnosis-'));
  network = await Networks.found({ directory, validators: 4, port: 7500 }, () => undefined);
  signer = await network.signer();
  for (const index of [0, 1, 2]) network.start(index);
  network.start(last, { CONCORDAT_CLOCK_OFFSET_MS: '40000' });
  await network.ready();
});
afterAll(async () => {
  await network.stop();
  rmSync(directory, { recursive: true, force: true });
});

const diagnosisBy = async (index: number): Promise<DiagnosisJson> =>
  (await (await fetch(`${network.gateways[index]}/api/v1/diagnosis`)).json()) as DiagnosisJson;

/** Polls until this node names the cause. */
async function named(by: number, code: CauseJson['code'], matching: object = {}): Promise<void> {
  await expect
    .poll(async () => (await diagnosisBy(by)).causes, { timeout: 30_000, interval: 100 })
    .toContainEqual(expect.objectContaining({ code, ...matching }));
}
const about = (index: number) => ({ facts: expect.objectContaining({ validator: network.idOf(index) }) });

/** Waits until a record that was sent through this gateway is certified. */
async function append(by: number, run: string): Promise<number> {
  const { genesis } = network.completed;
  const shape = { network: genesis.network, expiresAt: Date.now() + 300_000, streams: 1, dataBytes: 50, run };
  const response = await fetch(`${network.gateways[by]}/api/v1/transactions?wait=certified`, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: bulkBody([signedAppend(signer, shape, sent)]) as Uint8Array<ArrayBuffer>,
  });
  return response.status;
}

interface Verdict {
  readonly exitCode: number;
  readonly sentence: string;
  readonly commits: boolean;
  readonly act: readonly string[];
  readonly causes: readonly CauseJson[];
}
async function doctor(...options: string[]): Promise<Verdict> {
  const args = ['doctor', '--gateway', network.gateways[second]!, '--data', directory, '--json', ...options];
  const { exitCode, stdout } = await runConcordat(args);
  return { ...(JSON.parse(stdout) as Verdict), exitCode };
}

const storageOf = (index: number): string =>
  readNodeConfig(join(network.dataOf(index), 'node.yaml')).storageDirectory;

async function stopOne(index: number): Promise<void> {
  process.kill(network.pidOf(index), 'SIGTERM');
  await expect.poll(() => network.isRunning(index), { timeout: 10_000 }).toBe(false);
}
async function startOne(index: number): Promise<void> {
  network.start(index);
  await network.ready();
}
const isHealthy = () =>
  expect.poll(async () => (await doctor()).exitCode, { timeout: 60_000, interval: 500 });

it('a skewed clock: whose it is, by the others and by itself; they commit', async () => {
  await named(first, 'clock-off', about(last));
  await named(last, 'clock-off', about(last));
  expect(await append(first, 'clock')).toBe(200);
  const { exitCode, commits, act, causes } = await doctor();
  expect([exitCode, commits, act]).toEqual([1, true, [network.idOf(last)]]);
  expect(causes[0]).toMatchObject({ code: 'clock-off', severity: 'impair' });
});

it('one stopped: named with the reason, and the network commits', async () => {
  await stopOne(last);
  await named(first, 'validator-unreachable', about(last));
  expect(await append(first, 'one-stopped')).toBe(200);
  const { exitCode, commits, sentence, act } = await doctor();
  expect([exitCode, commits, act]).toEqual([1, true, [network.idOf(last)]]);
  expect(sentence).toContain(`${network.idOf(last)} was stopped by its operator`);
  await startOne(last);
  await isHealthy().toBe(0);
});

it('the primary held by SIGSTOP: named, and replaced', async () => {
  const { primary, view } = await diagnosisBy(second);
  const held = network.indexOf(primary);
  const witness = held === second ? first : second;
  process.kill(network.pidOf(held), 'SIGSTOP');
  await named(witness, 'primary-silent', about(held));
  await expect.poll(async () => (await diagnosisBy(witness)).view, { timeout: 20_000 }).toBeGreaterThan(view);
  await named(witness, 'validator-unreachable', about(held));
  expect(await append(witness, 'primary-held')).toBe(200);
  const { commits, sentence } = await doctor('--gateway', network.gateways[witness]!);
  expect(commits).toBe(true);
  expect(sentence).toContain(`${network.idOf(held)} has a process that does not answer`);
  process.kill(network.pidOf(held), 'SIGCONT');
  await isHealthy().toBe(0);
});

it('two killed: fewer than a quorum, and who is missing; whose votes are here', async () => {
  await network.kill(2);
  await network.kill(last);
  const missing = [network.idOf(2), network.idOf(last)];
  await named(second, 'quorum-unreachable', { act: missing });
  const { exitCode, commits, sentence, causes } = await doctor();
  expect([exitCode, commits]).toEqual([1, false]);
  expect(sentence).toContain(`missing: ${missing.join(' and ')}`);
  expect(causes.map(({ code }) => code)).toContain('validator-stopped');
  const { current, quorum } = await diagnosisBy(second);
  expect(quorum).toMatchObject({ q: 3, reachable: 2 });
  expect(current.ballots.map(({ validator }) => validator)).toHaveLength(4);
  await startOne(2);
  await startOne(last);
  await isHealthy().toBe(0);
});

it('a full disk: the node says so with its last breath', async (context) => {
  await stopOne(last);
  const storage = storageOf(last);
  const kept = `${storage}.kept`;
  cpSync(storage, kept, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', storage], { stdio: 'ignore' });
  } catch {
    context.skip('a small file system cannot be mounted here');
  }
  try {
    cpSync(kept, storage, { recursive: true });
    network.start(last);
    await network.ready();
    await named(last, 'disk-full', about(last));
    fill(join(storage, 'filler'));
    for (let count = 0; count < 200 && network.isRunning(last); count++) await append(first, `full-${count}`);
    await expect.poll(() => network.isRunning(last), { timeout: 20_000 }).toBe(false);
    const { commits, causes, act } = await doctor();
    expect([commits, act]).toEqual([true, [network.idOf(last)]]);
    expect(causes[0]).toMatchObject({ code: 'disk-full', facts: { validator: network.idOf(last) } });
  } finally {
    if (network.isRunning(last)) await network.kill(last);
    execFileSync('umount', [storage]);
  }
  await startOne(last);
  await isHealthy().toBe(0);
});

it('a state that was damaged: state-divergence, at which height and key', async () => {
  await stopOne(last);
  const file = join(storageOf(last), derivedFileName);
  const database = openDatabase(file, derivedFormat);
  const rows = stateRows(database, file);
  // This node believes that the next event is in its stream already.
  const key = stateKeys.eventId('load/0', `diverge-${sent}`);
  rows.write(new Map([[key, encode({ revision: 0, leaf: new Uint8Array(32) })]]), rows.checkpoint()!);
  database.close();
  await startOne(last);
  expect(await append(first, 'diverge')).toBe(200);
  await expect.poll(() => network.isRunning(last), { timeout: 20_000 }).toBe(false);
  const { commits, causes, sentence } = await doctor();
  const divergence = causes.find(({ code }) => code === 'state-divergence');
  const { height } = await diagnosisBy(first);
  expect(commits).toBe(true);
  expect(divergence?.facts).toMatchObject({ validator: network.idOf(last), height });
  expect(divergence?.facts).toMatchObject({ keys: expect.arrayContaining(['streams/load/0']) });
  expect(sentence).toContain('streams/load/0');
  // What its next step says, done: its vote store holds the seal of the other block, so it may only observe.
  const storage = storageOf(last);
  const away = join(directory, 'diverged');
  mkdirSync(away);
  for (const name of readdirSync(storage).filter((one) => one.includes('.db')))
    renameSync(join(storage, name), join(away, name));
  network.start(last);
  await named(last, 'votes-lost', about(last));
  await expect.poll(async () => (await diagnosisBy(last)).height, { timeout: 20_000 }).toBe(height);
});

/** Until nothing more fits. */
function fill(file: string): void {
  const bytes = Buffer.alloc(4_096);
  for (;;) {
    try {
      writeFileSync(file, bytes, { flag: 'a' });
    } catch {
      return;
    }
  }
}

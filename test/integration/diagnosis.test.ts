/** Each cause that can be provoked with real processes, named by the nodes and by `concordat doctor`. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LocalNetwork } from '../../scripts/lib/local-network.ts';
import { badDiskVariable } from '../../scripts/trials/bad-disk.ts';
import { type DiagnosedNetwork, foundDiagnosed, trialProgram } from '../support/diagnosed-network.ts';

let trial: DiagnosedNetwork;
let network: LocalNetwork;

const [first, second, , last] = [0, 1, 2, 3] as const;
const port = 7500;
/** In blocks of 512 bytes or 1 KiB, as the shell counts them; no limit if absent. */
const fileBlocksVariable = 'CONCORDAT_TEST_FILE_BLOCKS';
const limitFiles = `ulimit -f "\${${fileBlocksVariable}:-unlimited}"; exec "$0" "$@"`;

beforeAll(async () => {
  const places = [0, 1, 2, 3].map((index) => ({
    links: `127.0.0.1:${port + index}`,
    gateway: `127.0.0.1:${port + 100 + index}`,
    ...(index === last && { prefix: ['sh', '-c', limitFiles] }),
  }));
  trial = await foundDiagnosed(port, places);
  network = trial.network;
  for (const index of [0, 1, 2]) network.start(index);
  network.start(last, { CONCORDAT_CLOCK_OFFSET_MS: '40000' });
  await network.ready();
});
afterAll(() => trial.close());

it('a skewed clock: whose it is, by the others and by itself; they commit', async () => {
  await trial.named(first, 'clock-off', trial.about(last));
  await trial.named(last, 'clock-off', trial.about(last));
  expect(await trial.append(first, 'clock')).toBe(200);
  const { exitCode, commits, act, causes } = await trial.doctor([second]);
  expect([exitCode, commits, act]).toEqual([1, true, [network.idOf(last)]]);
  expect(causes[0]).toMatchObject({ code: 'clock-off', severity: 'impair' });
});

it('one stopped: named with the reason, and the network commits', async () => {
  await trial.stopOne(last);
  await trial.named(first, 'validator-unreachable', trial.about(last));
  expect(await trial.append(first, 'one-stopped')).toBe(200);
  const { exitCode, commits, sentence, act } = await trial.doctor([second]);
  expect([exitCode, commits, act]).toEqual([1, true, [network.idOf(last)]]);
  expect(sentence).toContain(`${network.idOf(last)} was stopped by its operator`);
  await trial.startOne(last);
  await trial.healthy(second);
});

it('the primary held by SIGSTOP: named, and replaced', async () => {
  const { primary, view } = await trial.diagnosisBy(second);
  const held = network.indexOf(primary);
  const witness = held === second ? first : second;
  process.kill(network.pidOf(held), 'SIGSTOP');
  await trial.named(witness, 'primary-silent', trial.about(held));
  await expect
    .poll(async () => (await trial.diagnosisBy(witness)).view, { timeout: 90_000 })
    .toBeGreaterThan(view);
  await trial.named(witness, 'validator-unreachable', trial.about(held));
  expect(await trial.append(witness, 'primary-held')).toBe(200);
  const { commits, sentence } = await trial.doctor([second, witness]);
  expect(commits).toBe(true);
  expect(sentence).toContain(`${network.idOf(held)} has a process that does not answer`);
  process.kill(network.pidOf(held), 'SIGCONT');
  await trial.healthy(second);
});

it('two killed: fewer than a quorum, and who is missing; whose votes are here', async () => {
  await network.kill(2);
  await network.kill(last);
  const missing = [network.idOf(2), network.idOf(last)];
  await trial.named(second, 'quorum-unreachable', { act: missing });
  const { exitCode, commits, sentence, causes } = await trial.doctor([second]);
  expect([exitCode, commits]).toEqual([1, false]);
  expect(sentence).toContain(`missing: ${missing.join(' and ')}`);
  expect(causes.map(({ code }) => code)).toContain('validator-stopped');
  const { current, quorum } = await trial.diagnosisBy(second);
  expect(quorum).toMatchObject({ q: 3, reachable: 2 });
  expect(current.ballots.map(({ validator }) => validator)).toHaveLength(4);
  await trial.startOne(2);
  await trial.startOne(last);
  await trial.healthy(second);
});

const fillerName = 'filler';

/** How the disk of a validator runs full, and what it says with its last breath. */
interface FullDisk {
  readonly how: string;
  readonly code: 'disk-full' | 'disk-failed';
  readonly environment?: { readonly [name: string]: string };
  readonly program?: string;
  /** A file system of so many MiB, filled under the running node. */
  readonly mebibytes?: number;
}

// The first two need no rights; where a file system can be mounted the real one is tried as well.
const fullDisks: readonly FullDisk[] = [
  {
    how: 'files with no room to grow',
    code: 'disk-full',
    environment: { [badDiskVariable]: JSON.stringify({ pagesLeft: 24 }) },
    program: trialProgram('bad-disk'),
  },
  {
    how: 'a limit on the size of files',
    code: 'disk-failed',
    environment: { [fileBlocksVariable]: '1024' },
  },
  ...(canMount() ? [{ how: 'a small file system', code: 'disk-full', mebibytes: 6 } as const] : []),
];

it.each(fullDisks)('a disk runs full, by $how: $code, by its last words', async (disk) => {
  const { how, code, environment = {}, program, mebibytes } = disk;
  await trial.stopOne(last);
  const unmount = mebibytes === undefined ? () => undefined : mountOver(trial.storageOf(last), mebibytes);
  try {
    network.start(last, environment, program);
    await network.ready();
    if (mebibytes !== undefined) {
      await trial.named(last, 'disk-full', trial.about(last));
      fill(join(trial.storageOf(last), fillerName));
    }
    for (let count = 0; count < 200 && network.isRunning(last); count++)
      await trial.append(first, `${how}-${count}`, 20_000);
    await expect.poll(() => network.isRunning(last), { timeout: 90_000 }).toBe(false);
    const { commits, causes, act } = await trial.doctor([second]);
    expect([commits, act]).toEqual([true, [network.idOf(last)]]);
    expect(causes[0]).toMatchObject({ code, facts: { validator: network.idOf(last) } });
  } finally {
    if (network.isRunning(last)) await network.kill(last);
    unmount();
  }
  await trial.startOne(last);
  await trial.healthy(second);
});

it('a state that was damaged: state-divergence, at which height and key', async () => {
  await trial.stopOne(last);
  trial.damageState(last, 'diverge');
  await trial.startOne(last);
  expect(await trial.append(first, 'diverge')).toBe(200);
  await expect.poll(() => network.isRunning(last), { timeout: 90_000 }).toBe(false);
  const { commits, causes, sentence } = await trial.doctor([second]);
  const divergence = causes.find(({ code }) => code === 'state-divergence');
  const { height } = await trial.diagnosisBy(first);
  expect(commits).toBe(true);
  expect(divergence?.facts).toMatchObject({ validator: network.idOf(last), height });
  expect(divergence?.facts).toMatchObject({ keys: expect.arrayContaining(['streams/load/0']) });
  expect(sentence).toContain('streams/load/0');
  // What its next step says, done: its vote store holds the seal of the other block, so it may only observe.
  const storage = trial.storageOf(last);
  const away = join(trial.directory, 'diverged');
  mkdirSync(away);
  for (const name of readdirSync(storage).filter((one) => one.includes('.db')))
    renameSync(join(storage, name), join(away, name));
  network.start(last);
  await trial.named(last, 'votes-lost', trial.about(last));
  await expect.poll(async () => (await trial.diagnosisBy(last)).height, { timeout: 90_000 }).toBe(height);
});

/**
 * A small file system in the place of this directory, with what is in it. @returns what takes it away again, and
 * leaves what is in it by then: a store of older votes would be one restored from a backup (rule D3).
 */
function mountOver(directory: string, mebibytes: number): () => void {
  const kept = `${directory}.kept`;
  cpSync(directory, kept, { recursive: true });
  mountSmall(directory, mebibytes);
  cpSync(kept, directory, { recursive: true });
  return () => {
    rmSync(join(directory, fillerName), { force: true });
    rmSync(kept, { recursive: true });
    cpSync(directory, kept, { recursive: true });
    execFileSync('umount', [directory]);
    rmSync(directory, { recursive: true });
    renameSync(kept, directory);
  };
}

function mountSmall(directory: string, mebibytes: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', directory], { stdio: 'ignore' });
}

function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'concordat-mount-'));
  try {
    mountSmall(directory, 1);
    execFileSync('umount', [directory]);
    return true;
  } catch {
    // Without root there are the other two.
    return false;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

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

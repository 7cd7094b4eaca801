/**
 * `npm run bench:join`: how long a new node takes to join a ledger that three validator processes serve, once by a
 * snapshot and once by executing every block. The new node has an empty directory, a genesis and its keys.
 */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installNativeSha256 } from '../node/crypto/sha256-install.ts';
import { writeSyntheticLedger } from './bench-join/synthetic-ledger.ts';
import { LocalNetwork } from './lib/local-network.ts';
import { processUsage } from './lib/process-usage.ts';

const help = `usage: npm run bench:join [-- OPTIONS]

  --records N       records in the ledger (200000)
  --per-block N     records in a block (200)
  --streams N       streams that they are spread over (1000)
  --only KIND       snapshot or replay (both)
  --port N          first port of the links (7300)
  --gateway-port N  first port of the gateways (8300)
  --keep            keep the data directory
  --json            the report as JSON alone on standard output
  --help            this text`;

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '200000' },
    'per-block': { type: 'string', default: '200' },
    streams: { type: 'string', default: '1000' },
    only: { type: 'string' },
    port: { type: 'string', default: '7300' },
    'gateway-port': { type: 'string', default: '8300' },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

type Kind = 'snapshot' | 'replay';
interface JoinFigures {
  readonly kind: Kind;
  /** From the start of the process until it serves the block that was the highest then. */
  readonly seconds: number;
  readonly recordsPerSecond: number;
  readonly cpuSeconds: number;
  readonly residentMiB: number;
  /** Height of the snapshot; 0 if none was taken in. */
  readonly snapshot: number;
}

const records = Number(values.records);
const recordsPerBlock = Number(values['per-block']);
const streams = Number(values.streams);
const blockMs = 100;
/** The snapshot lies behind the tip, as it does in a network at work. */
const tailBlocks = 10;
const pollMs = 100;
const patienceMs = 600_000;
const fileNames = ['votes.db', 'ledger.db', 'derived.db', 'joining.db'];

const say = (line: string): void => {
  if (!values.json) process.stdout.write(`${line}\n`);
};
const note = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Shown {
  readonly height: number;
  readonly block: string;
  readonly ready: boolean;
}

async function statusOf(network: LocalNetwork, gateway: string): Promise<Shown | undefined> {
  try {
    const response = await network.session.fetch(`${gateway}/api/v1/status`, {
      signal: AbortSignal.timeout(2_000),
    });
    return response.ok ? ((await response.json()) as Shown) : undefined;
  } catch {
    // It starts, or takes over a snapshot: asked again soon.
    return undefined;
  }
}

async function joinOnce(network: LocalNetwork, kind: Kind, height: number): Promise<JoinFigures> {
  const newcomer = network.size - 1;
  wipe(network, newcomer);
  if (kind === 'replay') appendFileSync(nodeFileOf(network, newcomer), 'snapshots:\n  join: false\n');
  const startedMs = performance.now();
  network.start(newcomer);
  let residentBytes = 0;
  for (;;) {
    await sleep(pollMs);
    if (!network.isRunning(newcomer))
      throw new Error(`the new node ended; see ${network.dataOf(newcomer)}/log`);
    residentBytes = Math.max(residentBytes, processUsage(network.pidOf(newcomer))?.residentBytes ?? 0);
    const shown = await statusOf(network, network.gateways[newcomer]!);
    if (shown !== undefined && shown.height >= height && shown.ready) break;
    if (performance.now() - startedMs > patienceMs) throw new Error('the new node does not get there');
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const cpuSeconds = processUsage(network.pidOf(newcomer))?.cpuSeconds ?? 0;
  await requireSameState(network, newcomer);
  const installed = /"height":(\d+)[^\n]*"snapshot-installed"|"snapshot-installed"[^\n]*"height":(\d+)/.exec(
    network.logOf(newcomer),
  );
  await network.kill(newcomer);
  return {
    kind,
    seconds,
    recordsPerSecond: records / seconds,
    cpuSeconds,
    residentMiB: residentBytes / 2 ** 20,
    snapshot: kind === 'snapshot' ? Number(installed?.[1] ?? installed?.[2] ?? 0) : 0,
  };
}

const nodeFileOf = (network: LocalNetwork, index: number): string => network.completed.nodes[index]!.nodeFile;

function wipe(network: LocalNetwork, index: number): void {
  const directory = network.dataOf(index);
  for (const name of fileNames)
    for (const ending of ['', '-wal', '-shm']) rmSync(join(directory, name + ending), { force: true });
  rmSync(join(directory, 'snapshots'), { recursive: true, force: true });
}

/** The same block, hence the same state root, history and all that was before. */
async function requireSameState(network: LocalNetwork, newcomer: number): Promise<void> {
  const [own, other] = await Promise.all([
    statusOf(network, network.gateways[newcomer]!),
    statusOf(network, network.gateways[0]!),
  ]);
  if (own === undefined || own.height !== other?.height || own.block !== other.block)
    throw new Error(`different ledgers: ${JSON.stringify([own, other])}`);
}

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(`${help}\n`);
    return;
  }
  installNativeSha256();
  const directory = mkdtempSync(join(tmpdir(), 'concordat-join-'));
  const blocks = Math.ceil(records / recordsPerBlock);
  const network = await LocalNetwork.found(
    {
      directory,
      validators: 4,
      port: Number(values.port),
      gatewayPort: Number(values['gateway-port']),
      timeMs: Date.now() - (blocks + 10) * blockMs,
    },
    (validator, line) => note(`${validator}: ${line}`),
  );
  try {
    const snapshotEvery = Math.max(1, blocks - tailBlocks);
    const shape = { records, recordsPerBlock, streams, snapshotEvery, blockMs };
    const height = await writeSyntheticLedger(network, shape, (written) => {
      if (process.stderr.isTTY) process.stderr.write(`\rledger: ${written} of ${records} records   `);
    });
    for (let index = 0; index < network.size - 1; index += 1) network.start(index);
    await network.ready();
    const kinds: readonly Kind[] = values.only === undefined ? ['snapshot', 'replay'] : [values.only as Kind];
    const figures: JoinFigures[] = [];
    for (const kind of kinds) figures.push(await joinOnce(network, kind, height));
    report(height, figures);
  } finally {
    await network.stop();
    if (values.keep) note(`data kept in ${directory}`);
    else rmSync(directory, { recursive: true, force: true });
  }
}

function report(height: number, figures: readonly JoinFigures[]): void {
  if (values.json) {
    process.stdout.write(
      `${JSON.stringify({ records, recordsPerBlock, streams, height, joins: figures })}\n`,
    );
    return;
  }
  say(
    `A new node joins ${records} records in ${height} blocks and ${streams} streams, served by three validators`,
  );
  for (const { kind, seconds, recordsPerSecond, cpuSeconds, residentMiB, snapshot } of figures) {
    const at =
      kind === 'snapshot'
        ? `snapshot of height ${snapshot}, blocks behind it executed`
        : 'every block executed';
    say(
      `  ${kind.padEnd(9)} ${seconds.toFixed(1)} s  ${recordsPerSecond.toFixed(0)} records/s  ${cpuSeconds.toFixed(1)} s of processor  ${residentMiB.toFixed(0)} MiB at most  (${at})`,
    );
  }
}

await main();

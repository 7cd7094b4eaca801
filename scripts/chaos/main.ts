/**
 * `npm run chaos -- --kills 40`: kills random validators at random instants under load, then two of four at once,
 * and checks from outside that nothing acknowledged was lost or doubled and that every ledger verifies.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installNativeSha256 } from '../../node/crypto/sha256-install.ts';
import { CertificationTracker } from '../lib/certification-tracker.ts';
import { LocalNetwork } from '../lib/local-network.ts';
import { type AcknowledgingLoad, startAcknowledgingLoad } from './acknowledging-load.ts';
import { auditDirectories, auditGateways } from './audit.ts';
import { createRandom, type Random } from './random.ts';

const help = `usage: npm run chaos [-- OPTIONS]

  --kills N      SIGKILLs at random instants (40)
  --seed N       of the random instants and victims (from the clock)
  --validators N (4)
  --clients N    insisting clients (16)
  --port N       first port (19100)
  --json         the report as JSON on standard output
  --keep         keep the data directory
  --help         this text`;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '40' },
    seed: { type: 'string' },
    validators: { type: 'string', default: '4' },
    clients: { type: 'string', default: '16' },
    port: { type: 'string', default: '19100' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
/** With a quorum gone the network is watched for this long. */
const standstillMs = 5_000;

/** One after another: a random victim at a random instant, back after a random pause. */
async function killAtRandom(
  network: LocalNetwork,
  load: AcknowledgingLoad,
  random: Random,
  kills: number,
): Promise<void> {
  for (let kill = 1; kill <= kills; kill += 1) {
    await sleep(random.between(100, 2_000));
    const victim = random.below(network.size);
    await network.kill(victim);
    const pauseMs = random.between(0, 2_000);
    say(
      `kill ${kill} of ${kills}: ${network.idOf(victim)}, back after ${pauseMs} ms, ${load.acknowledged.size} acknowledged`,
    );
    await sleep(pauseMs);
    network.start(victim);
    await network.ready();
  }
}

/** Without a quorum nothing may commit; with one again everything goes on. */
async function loseQuorum(
  network: LocalNetwork,
  tracker: CertificationTracker,
  load: AcknowledgingLoad,
): Promise<{ readonly committedWithoutQuorum: number; readonly resumedAfterMs: number }> {
  const victims = [0, 1];
  await Promise.all(victims.map((victim) => network.kill(victim)));
  await sleep(1_000);
  const before = highest(tracker);
  await sleep(standstillMs);
  const committedWithoutQuorum = highest(tracker) - before;
  network.start(victims[0]!);
  const startedMs = performance.now();
  while (highest(tracker) <= before) await sleep(20);
  const resumedAfterMs = Math.round(performance.now() - startedMs);
  network.start(victims[1]!);
  await network.ready();
  say(
    `two of ${network.size} dead: ${committedWithoutQuorum} blocks in ${standstillMs} ms; one back: next block after ${resumedAfterMs} ms; ${load.acknowledged.size} acknowledged`,
  );
  return { committedWithoutQuorum, resumedAfterMs };
}

const highest = (tracker: CertificationTracker): number =>
  tracker.blocks.reduce((top, block) => Math.max(top, block.height), 0);

/** Between two new certificates, whoever reported them first, milliseconds. */
function longestGapMs(tracker: CertificationTracker, fromMs: number, toMs: number): number {
  const firstSeen = new Map<number, number>();
  for (const { height, atMs } of tracker.blocks) {
    firstSeen.set(height, Math.min(atMs, firstSeen.get(height) ?? Number.POSITIVE_INFINITY));
  }
  const times = [fromMs, ...firstSeen.values(), toMs]
    .filter((atMs) => atMs >= fromMs && atMs <= toMs)
    .sort((a, b) => a - b);
  return Math.round(Math.max(0, ...times.slice(1).map((atMs, i) => atMs - times[i]!)));
}

async function rehearse(network: LocalNetwork, seed: number): Promise<Record<string, unknown>> {
  const kills = Number(values.kills);
  const random = createRandom(seed);
  const signer = await network.signer();
  await network.startAll();
  const tracker = new CertificationTracker(network.gateways, network.trusted, () => performance.now());
  await tracker.open();
  const load = startAcknowledgingLoad(network, signer, Number(values.clients));
  const startedMs = performance.now();
  await killAtRandom(network, load, random, kills);
  const gapMs = longestGapMs(tracker, startedMs, performance.now());
  const quorum = network.size === 4 ? await loseQuorum(network, tracker, load) : undefined;
  await load.finish();
  const audit = await auditGateways(network, load.acknowledged);
  tracker.close();
  await network.stop();
  const verdicts = await auditDirectories(network);
  const faults = [...load.faults, ...tracker.faults];
  return {
    seed,
    validators: network.size,
    kills,
    seconds: Math.round((performance.now() - startedMs) / 1_000),
    acknowledged: load.acknowledged.size,
    lost: audit.lost,
    doubled: audit.doubled,
    longestGapMs: gapMs,
    ...quorum,
    height: audit.height,
    stateRoot: audit.stateRoot,
    ledgersVerified: verdicts.length,
    faults,
  };
}

const isClean = (report: Record<string, unknown>): boolean =>
  report.lost === 0 &&
  report.doubled === 0 &&
  (report.committedWithoutQuorum ?? 0) === 0 &&
  (report.faults as readonly string[]).length === 0;

async function main(): Promise<number> {
  installNativeSha256();
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  say(`seed ${seed}`);
  const directory = mkdtempSync(join(tmpdir(), 'concordat-chaos-'));
  const options = { directory, validators: Number(values.validators), port: Number(values.port) };
  const network = await LocalNetwork.found(options, () => {});
  let clean = false;
  try {
    const report = await rehearse(network, seed);
    clean = isClean(report);
    console.log(
      values.json
        ? JSON.stringify(report, undefined, 2)
        : Object.entries(report)
            .map(
              ([name, value]) => `${name.padEnd(24)} ${Array.isArray(value) ? value.length : String(value)}`,
            )
            .join('\n'),
    );
  } finally {
    await network.stop();
    if (values.keep || !clean) say(`data kept in ${directory}`);
    else rmSync(directory, { recursive: true });
  }
  return clean ? 0 : 1;
}

if (values.help) console.log(help);
else process.exitCode = await main();

/** SIGKILL of the primary under a light load: how long until the next certificate at the others. */
import { apiPrefix } from '../../shared/api.ts';
import { gapAfterKillMs } from '../lib/certification-gap.ts';
import { CertificationTracker } from '../lib/certification-tracker.ts';
import type { LocalNetwork } from '../lib/local-network.ts';
import { runOpenLoop } from '../lib/open-loop.ts';
import { bulkBody, type LoadSigner, signedAppend } from '../lib/signed-load.ts';

const loadPerSecond = 50;
const loadMs = 8_000;
const killAfterMs = 2_000;
const nowMs = (): number => performance.now();

/** One figure for each try, milliseconds. The killed one is started again and must be ready before the next try. */
export async function measurePrimaryLoss(
  network: LocalNetwork,
  signer: LoadSigner,
  tries: number,
  say: (line: string) => void,
): Promise<readonly number[]> {
  const figures: number[] = [];
  for (let i = 0; i < tries; i += 1) {
    figures.push(await loseOnce(network, signer));
    say(`primary killed, next certificate after ${figures.at(-1)} ms`);
  }
  return figures;
}

async function loseOnce(network: LocalNetwork, signer: LoadSigner): Promise<number> {
  const primary = await primaryOf(network);
  const others = network.gateways.filter((_, index) => index !== primary);
  const tracker = new CertificationTracker(others, network.trusted, network.session, nowMs);
  await tracker.open();
  let killedMs = Number.POSITIVE_INFINITY;
  const killing = new Promise<void>((resolve, reject) => {
    setTimeout(() => {
      killedMs = nowMs();
      network.kill(primary).then(resolve, reject);
    }, killAfterMs);
  });
  await loadOthers(network, signer, others);
  await killing;
  tracker.close();
  const gapMs = gapAfterKillMs(
    tracker.blocks.map(({ atMs }) => atMs),
    killedMs,
  );
  if (gapMs === undefined) throw new Error('no certificate came after the primary was killed');
  network.start(primary);
  await network.ready();
  return gapMs;
}

async function loadOthers(
  network: LocalNetwork,
  signer: LoadSigner,
  gateways: readonly string[],
): Promise<void> {
  const shape = {
    network: network.completed.genesis.network,
    expiresAt: Date.now() + network.completed.document.parameters.lifetimeMs,
    streams: 10,
    dataBytes: 16,
    run: `loss-${Date.now().toString(36)}`,
  };
  const loop = { ratePerSecond: loadPerSecond, durationMs: loadMs, tickMs: 20, nowMs };
  const posts: Promise<unknown>[] = [];
  await runOpenLoop(loop, ({ first, count }) => {
    const transactions = Array.from({ length: count }, (_, i) => signedAppend(signer, shape, first + i));
    const gateway = gateways[first % gateways.length]!;
    const body = Buffer.from(bulkBody(transactions));
    const headers = { 'content-type': 'application/cbor' };
    posts.push(
      network.session.fetch(`${gateway}${apiPrefix}/transactions`, { method: 'POST', headers, body }),
    );
  });
  await Promise.all(posts);
}

/** As the first node that answers sees it. */
async function primaryOf(network: LocalNetwork): Promise<number> {
  const response = await network.session.fetch(`${network.gateways[0]}${apiPrefix}/status`);
  const { primary } = (await response.json()) as { primary: string };
  return network.indexOf(primary);
}

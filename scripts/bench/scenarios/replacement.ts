/**
 * How long a lying primary lasts: load in an open loop through honest gateways, the views of the honest validators
 * sampled, until all of them have left the liar's view and what it held up is certified.
 */
import { apiPrefix } from '../../../shared/api.ts';
import { CertificationTracker } from '../../lib/certification-tracker.ts';
import type { LocalNetwork } from '../../lib/local-network.ts';
import { runOpenLoop } from '../../lib/open-loop.ts';
import { bulkBody, type LoadSigner, type SignedTransaction, signedAppend } from '../../lib/signed-load.ts';
import { viewOf } from './leading-liar.ts';

export interface SlicedLoad {
  readonly signer: LoadSigner;
  readonly ratePerSecond: number;
  /** Taken in turns. */
  readonly gateways: readonly string[];
}

export interface Replacement {
  /** From the acceptance of the first transaction that the liar held up, to the last honest validator in a new view. */
  readonly replacedMs: number;
  /** The same transaction to its certificate. */
  readonly certifiedMs: number;
  /** Acceptance to certificate of the one that waited longest. */
  readonly longestMs: number;
  /** Transactions certified between that acceptance and the new view. */
  readonly certifiedMeanwhile: number;
}

export interface Watch {
  readonly network: LocalNetwork;
  readonly honest: readonly string[];
  /** In which the liar leads. */
  readonly view: number;
  /** All of them load the network; the first one's transactions are those that the liar holds up. */
  readonly loads: readonly SlicedLoad[];
  /** The liar may have lasted so long; then the watch gives up. */
  readonly patienceMs: number;
  readonly onProgress: (seconds: number, secondsAll: number, certified: number) => void;
}

const nowMs = (): number => performance.timeOrigin + performance.now();
const sampleMs = 25;
const tickMs = 40;
/** Load goes on for so long after the new view opened, for what waits to be certified. */
const afterMs = 3_000;

interface Sent {
  readonly acceptedMs: Map<string, number>;
}

export async function watchReplacement(watch: Watch): Promise<Replacement> {
  const { network, honest, loads, patienceMs, onProgress } = watch;
  const tracker = new CertificationTracker(honest, network.trusted, network.session, nowMs);
  await tracker.open();
  const startMs = nowMs();
  const sent: Sent[] = loads.map(() => ({ acceptedMs: new Map() }));
  let replacedAtMs: number | undefined;
  const isOver = (): boolean =>
    nowMs() > (replacedAtMs === undefined ? startMs + patienceMs : replacedAtMs + afterMs);
  const loading = Promise.all(loads.map((load, index) => sendUntil(network, load, sent[index]!, isOver)));
  while (!isOver()) {
    await new Promise((resolve) => setTimeout(resolve, sampleMs));
    onProgress((nowMs() - startMs) / 1_000, patienceMs / 1_000, tracker.certified.size);
    if (replacedAtMs === undefined && (await allLeft(network, honest, watch.view))) replacedAtMs = nowMs();
  }
  await loading;
  tracker.close();
  if (tracker.faults.length > 0) throw new Error(`the network broke its promise: ${tracker.faults[0]}`);
  if (replacedAtMs === undefined)
    throw new Error(
      `the liar still leads after ${patienceMs / 1_000} s; ${tracker.certified.size} transactions were certified`,
    );
  return replacementOf(sent[0]!, tracker, replacedAtMs);
}

/** Each honest validator works in a view above the liar's. */
async function allLeft(
  { session }: LocalNetwork,
  gateways: readonly string[],
  led: number,
): Promise<boolean> {
  const views = await Promise.all(gateways.map((gateway) => viewOf(gateway, session)));
  return views.every(({ view, changingTo }) => changingTo === undefined && view > led);
}

async function sendUntil(
  network: LocalNetwork,
  { signer, ratePerSecond, gateways }: SlicedLoad,
  { acceptedMs }: Sent,
  isOver: () => boolean,
): Promise<void> {
  const shape = {
    network: network.completed.genesis.network,
    expiresAt: Date.now() + network.completed.document.parameters.lifetimeMs,
    streams: 10,
    dataBytes: 16,
    run: `${signer.publicKey.slice(0, 8)}-${Date.now().toString(36)}`,
  };
  const posts: Promise<void>[] = [];
  const secondMs = 1_000;
  for (let first = 0, turn = 0; !isOver(); first += ratePerSecond) {
    await runOpenLoop({ ratePerSecond, durationMs: secondMs, tickMs, nowMs }, (due) => {
      const of = (i: number): SignedTransaction => signedAppend(signer, shape, first + due.first + i);
      turn += 1;
      posts.push(
        post(
          network,
          gateways[turn % gateways.length]!,
          Array.from({ length: due.count }, (_, i) => of(i)),
          acceptedMs,
        ),
      );
    });
  }
  await Promise.all(posts);
}

async function post(
  { session }: LocalNetwork,
  gateway: string,
  transactions: readonly SignedTransaction[],
  acceptedMs: Map<string, number>,
): Promise<void> {
  const headers = { 'content-type': 'application/cbor' };
  const body = Buffer.from(bulkBody(transactions));
  const response = await session.fetch(`${gateway}${apiPrefix}/transactions`, {
    method: 'POST',
    headers,
    body,
  });
  const { results } = (await response.json()) as {
    results: readonly { readonly id: string; readonly status: string }[];
  };
  const atMs = nowMs();
  for (const { id, status } of results) if (status === 'accepted') acceptedMs.set(id, atMs);
}

function replacementOf(
  { acceptedMs }: Sent,
  tracker: CertificationTracker,
  replacedAtMs: number,
): Replacement {
  const waits = [...acceptedMs].map(([id, fromMs]) => ({
    fromMs,
    toMs: tracker.certified.get(id)?.firstMs ?? Number.POSITIVE_INFINITY,
  }));
  const heldUp = waits.filter(({ fromMs, toMs }) => fromMs < replacedAtMs && toMs >= replacedAtMs);
  if (heldUp.length === 0) throw new Error('the primary was replaced before it held anything up');
  const first = heldUp.reduce((best, wait) => (wait.fromMs < best.fromMs ? wait : best));
  const before = [...tracker.certified.values()].filter(
    ({ firstMs }) => firstMs >= first.fromMs && firstMs < replacedAtMs,
  );
  return {
    replacedMs: replacedAtMs - first.fromMs,
    certifiedMs: first.toMs - first.fromMs,
    longestMs: heldUp.reduce((longest, { fromMs, toMs }) => Math.max(longest, toMs - fromMs), 0),
    certifiedMeanwhile: before.length,
  };
}

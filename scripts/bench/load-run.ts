/** One run of the benchmark: load at a fixed rate in an open loop, certified on all validators or not. */
import { apiPrefix } from '../../shared/api.ts';
import { CertificationTracker } from '../lib/certification-tracker.ts';
import type { LocalNetwork } from '../lib/local-network.ts';
import { runOpenLoop } from '../lib/open-loop.ts';
import type { SignedIn } from '../lib/signed-in.ts';
import {
  bulkBody,
  type LoadShape,
  type LoadSigner,
  type SignedTransaction,
  signedAppend,
  strangerAs,
} from '../lib/signed-load.ts';

export interface LoadRunOptions {
  readonly ratePerSecond: number;
  /** Before the steady state; not counted. */
  readonly warmUpMs: number;
  readonly steadyMs: number;
  /** What is certified later than this after the last send counts as not completed. */
  readonly drainMs: number;
  /** One transaction a request when idle, what fell due within a tick otherwise. */
  readonly tickMs: number;
  readonly dataBytes: number;
  /** For each good transaction so many with a wrong signature, in the same requests; none if absent. */
  readonly badShare?: number;
  readonly onProgress: (secondsDone: number, secondsAll: number, certified: number) => void;
}

export interface LoadRunResult {
  /** Of the steady state. */
  readonly offered: number;
  readonly completedOnAll: number;
  /** Unique transactions certified on all validators within the steady state's span of time. */
  readonly certifiedPerSecond: number;
  /** Intended send time → first verified certificate, and → all validators; of completed ones. */
  readonly certificateMs: readonly number[];
  readonly allMs: readonly number[];
  /** Largest pool of any validator in the first and in the last third of the steady state. */
  readonly poolMaxEarly: number;
  readonly poolMaxLate: number;
  readonly refused: number;
  readonly faults: readonly string[];
  readonly envelopeBytes: number;
}

const nowMs = (): number => performance.timeOrigin + performance.now();
const progressMs = 1_000;

/** Where the load goes and whose certificates count. */
export type LoadedNetwork = Pick<LocalNetwork, 'gateways' | 'trusted' | 'completed' | 'session' | 'size'>;

export async function runLoad(
  network: LoadedNetwork,
  signer: LoadSigner,
  options: LoadRunOptions,
): Promise<LoadRunResult> {
  const durationMs = options.warmUpMs + options.steadyMs;
  const { badShare = 0 } = options;
  const transactions = signAll(network, signer, options, durationMs);
  const bad = badSignatures(network, signer, options, Math.ceil(transactions.length * badShare));
  const tracker = new CertificationTracker(network.gateways, network.trusted, network.session, nowMs);
  await tracker.open();
  const submitter = new Submitter(network.gateways, network.session);
  const progressTimer = setInterval(
    () => options.onProgress((nowMs() - startMs) / 1_000, durationMs / 1_000, tracker.certified.size),
    progressMs,
  );
  const startMs = nowMs();
  const { ratePerSecond, tickMs } = options;
  const pools = new PoolSampler(network.gateways, network.session, nowMs, startMs + sendEveryMs(options) / 2);
  await runOpenLoop({ ratePerSecond, durationMs, tickMs, nowMs }, (due) =>
    submitter.submit([
      ...transactions.slice(due.first, due.first + due.count),
      ...bad.slice(Math.floor(due.first * badShare), Math.floor((due.first + due.count) * badShare)),
    ]),
  );
  await drained(tracker, transactions, network.size, nowMs() + options.drainMs);
  clearInterval(progressTimer);
  pools.close();
  tracker.close();
  await submitter.settled();
  return resultOf(transactions, tracker, pools, submitter.refused, startMs, options);
}

/** Between two sends. */
const sendEveryMs = ({ ratePerSecond, tickMs }: LoadRunOptions): number =>
  Math.max(tickMs, 1_000 / ratePerSecond);

function signAll(
  network: LoadedNetwork,
  signer: LoadSigner,
  { ratePerSecond, dataBytes }: LoadRunOptions,
  durationMs: number,
): readonly SignedTransaction[] {
  const count = Math.ceil((ratePerSecond * durationMs) / 1_000);
  const shape = shapeOf(network, dataBytes);
  return Array.from({ length: count }, (_, number) => signedAppend(signer, shape, number));
}

/** The sender is known and the form is right: only verification can tell. */
function badSignatures(
  network: LoadedNetwork,
  signer: LoadSigner,
  { dataBytes }: LoadRunOptions,
  count: number,
): readonly SignedTransaction[] {
  const shape = shapeOf(network, dataBytes);
  const stranger = strangerAs(signer);
  return Array.from({ length: count }, (_, number) => signedAppend(stranger, shape, number));
}

const shapeOf = (network: LoadedNetwork, dataBytes: number): LoadShape => ({
  network: network.completed.genesis.network,
  expiresAt: Date.now() + network.completed.document.parameters.lifetimeMs,
  streams: 1_000,
  dataBytes,
  run: Math.floor(nowMs()).toString(36),
});

class Submitter {
  refused = 0;
  private readonly pending = new Set<Promise<void>>();
  private next = 0;
  private readonly session: SignedIn;
  private readonly gateways: readonly string[];

  constructor(gateways: readonly string[], session: SignedIn) {
    this.session = session;
    this.gateways = gateways;
  }

  submit(transactions: readonly SignedTransaction[]): void {
    if (transactions.length === 0) return;
    const gateway = this.gateways[this.next % this.gateways.length]!;
    this.next += 1;
    const sent = this.post(gateway, transactions);
    this.pending.add(sent);
    void sent.finally(() => this.pending.delete(sent));
  }

  async settled(): Promise<void> {
    await Promise.all(this.pending);
  }

  /** A refusal is not repeated: the figure is about what the network takes at this rate. */
  private async post(gateway: string, transactions: readonly SignedTransaction[]): Promise<void> {
    try {
      const response = await this.session.fetch(`${gateway}${apiPrefix}/transactions`, {
        method: 'POST',
        headers: { 'content-type': 'application/cbor' },
        body: Buffer.from(bulkBody(transactions)),
      });
      const answer = (await response.json()) as { refused?: number };
      this.refused += response.ok ? (answer.refused ?? 0) : transactions.length;
    } catch {
      // A gateway that is down took nothing.
      this.refused += transactions.length;
    }
  }
}

/** Asks every node for the size of its pool, once a second, between two sends: an answer costs what a vote costs. */
class PoolSampler {
  private readonly session: SignedIn;
  readonly samples: { readonly atMs: number; readonly size: number }[] = [];
  private timer: NodeJS.Timeout;

  constructor(gateways: readonly string[], session: SignedIn, now: () => number, fromMs: number) {
    this.session = session;
    const sampleAll = (): void => {
      for (const gateway of gateways) void this.sample(gateway, now);
    };
    this.timer = setTimeout(() => {
      sampleAll();
      this.timer = setInterval(sampleAll, progressMs);
    }, fromMs - now());
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async sample(gateway: string, now: () => number): Promise<void> {
    try {
      const response = await this.session.fetch(`${gateway}${apiPrefix}/status`);
      const status = (await response.json()) as { pool: { transactions: number } };
      this.samples.push({ atMs: now(), size: status.pool.transactions });
    } catch {
      // A node that does not answer has no sample.
    }
  }

  max(fromMs: number, toMs: number): number {
    const within = this.samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
    return Math.max(0, ...within.map(({ size }) => size));
  }
}

async function drained(
  tracker: CertificationTracker,
  transactions: readonly SignedTransaction[],
  validators: number,
  deadlineMs: number,
): Promise<void> {
  const last = transactions.at(-1);
  const isDone = (): boolean =>
    tracker.certified.size >= transactions.length &&
    last !== undefined &&
    tracker.certified.get(last.id)?.gateways === validators;
  while (!isDone() && nowMs() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, 50));
}

function resultOf(
  transactions: readonly SignedTransaction[],
  tracker: CertificationTracker,
  pools: PoolSampler,
  refused: number,
  startMs: number,
  { ratePerSecond, warmUpMs, steadyMs }: LoadRunOptions,
): LoadRunResult {
  const steadyFromMs = startMs + warmUpMs;
  const steadyToMs = steadyFromMs + steadyMs;
  const first = Math.ceil((ratePerSecond * warmUpMs) / 1_000);
  const certificateMs: number[] = [];
  const allMs: number[] = [];
  let completedOnAll = 0;
  for (let i = first; i < transactions.length; i += 1) {
    const intendedMs = startMs + (i * 1_000) / ratePerSecond;
    const certified = tracker.certified.get(transactions[i]!.id);
    if (certified?.firstMs !== undefined) certificateMs.push(certified.firstMs - intendedMs);
    if (certified?.allMs === undefined) continue;
    allMs.push(certified.allMs - intendedMs);
    completedOnAll += 1;
  }
  const within = [...tracker.certified.values()].filter(
    ({ allMs: atMs }) => atMs !== undefined && atMs >= steadyFromMs && atMs < steadyToMs,
  ).length;
  const thirdMs = steadyMs / 3;
  return {
    offered: transactions.length - first,
    completedOnAll,
    certifiedPerSecond: Math.round((within * 1_000) / steadyMs),
    certificateMs,
    allMs,
    poolMaxEarly: pools.max(steadyFromMs, steadyFromMs + thirdMs),
    poolMaxLate: pools.max(steadyToMs - thirdMs, steadyToMs),
    refused,
    faults: tracker.faults,
    envelopeBytes: transactions[0]?.envelope.length ?? 0,
  };
}

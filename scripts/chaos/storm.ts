/** One scenario's hands on a running network: waits, marks when faults end, and keeps what is to be reported. */
import { performance } from 'node:perf_hooks';
import { apiPrefix, type BlockJson, type StatusJson } from '../../shared/api.ts';
import type { CertificationTracker } from '../lib/certification-tracker.ts';
import type { LocalNetwork } from '../lib/local-network.ts';
import type { AcknowledgingLoad } from './acknowledging-load.ts';
import type { Arena } from './arena.ts';
import type { Random } from './random.ts';
import { followedAtMs, highest } from './timeline.ts';

const pollMs = 20;
/** A validator that follows later than this will not follow any more. */
const recoveryPatienceMs = 90_000;
/** What was on its way may still arrive when a quorum has gone. */
const settlingMs = 1_000;

interface Pause {
  readonly fromMs: number;
  readonly toMs: number;
}

export class Storm {
  readonly network: LocalNetwork;
  readonly random: Random;
  readonly say: (line: string) => void;
  readonly pauses: Pause[] = [];
  readonly recoveriesMs: number[] = [];
  readonly notes: string[] = [];
  readonly faults: string[] = [];
  readonly zeros: { [name: string]: number } = {};
  injected = 0;
  private readonly tracker: CertificationTracker;
  private readonly load: AcknowledgingLoad;

  constructor(arena: Arena, network: LocalNetwork, tracker: CertificationTracker, load: AcknowledgingLoad) {
    this.network = network;
    this.random = arena.random;
    this.say = arena.say;
    this.tracker = tracker;
    this.load = load;
  }

  get all(): readonly number[] {
    return Array.from({ length: this.network.size }, (_, index) => index);
  }
  get quorum(): number {
    const n = this.network.size;
    return Math.ceil((n + Math.floor((n - 1) / 3) + 1) / 2);
  }
  get acknowledged(): number {
    return this.load.acknowledged.size;
  }
  /** Spread over all that were acknowledged. */
  someAcknowledged(count: number): readonly string[] {
    const ids = [...this.load.acknowledged.keys()];
    const step = Math.max(1, Math.floor(ids.length / count));
    return ids.filter((_, index) => index % step === 0).slice(0, count);
  }
  get certified(): number {
    return highest(this.tracker.blocks);
  }

  calm(ms: number): Promise<void> {
    this.load.assertAlive();
    return sleep(ms);
  }

  /** The clients fall silent for good, and the network has nothing to do. */
  async hush(): Promise<void> {
    this.pauses.push({ fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY });
    await this.load.finish();
    await sleep(settlingMs);
  }

  /** A count that must end at zero. */
  mustBeZero(name: string, count: number): void {
    this.zeros[name] = (this.zeros[name] ?? 0) + count;
  }

  /**
   * Runs `fault` and `heal`, and waits until every validator reports blocks that were certified after the healing.
   * @returns how long that took, milliseconds
   */
  async faultAndRecovery(
    name: string,
    fault: () => Promise<void>,
    heal: () => Promise<void> | void,
  ): Promise<number> {
    this.injected += 1;
    await fault();
    const height = this.certified;
    const healedMs = performance.now();
    await heal();
    const recoveryMs = await this.followed(name, this.all, height, healedMs);
    this.recoveriesMs.push(recoveryMs);
    this.say(`${name}: all follow after ${seconds(recoveryMs)}, ${this.acknowledged} acknowledged`);
    return recoveryMs;
  }

  /** `fault` takes the quorum away and `heal` gives it back: no gap is counted until blocks come again. */
  async standstill(
    name: string,
    fault: () => Promise<void>,
    heal: () => Promise<void> | void,
  ): Promise<number> {
    const fromMs = performance.now();
    const recoveryMs = await this.faultAndRecovery(name, fault, heal);
    this.pauses.push({ fromMs, toMs: performance.now() });
    return recoveryMs;
  }

  /** Watches a network without a quorum for a while. @returns blocks certified meanwhile */
  async commitsDuring(ms: number): Promise<number> {
    await this.calm(settlingMs);
    const before = this.certified;
    await this.calm(ms);
    return this.certified - before;
  }

  /** The validator that most of the network takes for its primary. */
  async primary(): Promise<number> {
    const votes = await Promise.all(this.all.map((index) => this.statusOf(index)));
    const names = votes.flatMap((status) => (status === undefined ? [] : [status.primary]));
    const count = (name: string): number => names.filter((one) => one === name).length;
    const [most] = [...names].sort((a, b) => count(b) - count(a));
    if (most === undefined) throw new Error('no validator answers');
    return this.network.indexOf(most);
  }

  async statusOf(index: number): Promise<StatusJson | undefined> {
    try {
      const url = `${this.network.gateways[index]}${apiPrefix}/status`;
      const response = await this.network.session.fetch(url, { signal: AbortSignal.timeout(2_000) });
      return response.ok ? ((await response.json()) as StatusJson) : undefined;
    } catch {
      // A validator that is down or cut off says nothing; the others' word counts.
      return undefined;
    }
  }

  /** Validators whose seals stand in the certificate that this one serves for a height. */
  async sealersOf(index: number, height: number): Promise<readonly string[]> {
    const response = await this.network.session.fetch(
      `${this.network.gateways[index]}${apiPrefix}/blocks/${height}`,
    );
    if (!response.ok) throw new Error(`block ${height} of ${this.network.idOf(index)}: ${response.status}`);
    const { certificate } = (await response.json()) as BlockJson;
    return certificate?.seals.map(({ validator }) => validator) ?? [];
  }

  private async followed(
    name: string,
    validators: readonly number[],
    height: number,
    fromMs: number,
  ): Promise<number> {
    for (;;) {
      const atMs = followedAtMs(this.tracker.blocks, validators, height, fromMs);
      if (atMs !== undefined) return atMs - fromMs;
      this.load.assertAlive();
      if (performance.now() - fromMs > recoveryPatienceMs) {
        const late = validators.filter(
          (one) => followedAtMs(this.tracker.blocks, [one], height, fromMs) === undefined,
        );
        const names = late.map((one) => this.network.idOf(one)).join(', ');
        throw new Error(`${name}: ${names} did not follow within ${seconds(recoveryPatienceMs)}`);
      }
      await sleep(pollMs);
    }
  }
}

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

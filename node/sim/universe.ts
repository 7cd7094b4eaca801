/**
 * One seed, one universe: replicas, clients and faults for a number of steps, invariants checked as things
 * happen; then everything heals, and what is submitted from then on must be certified everywhere in time.
 */
import { faultsTolerated } from '../../shared/protocol/quorum.ts';
import type { TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import { createChainWatch } from './chain-check.ts';
import { createClients } from './clients.ts';
import { createDisk, type Disk } from './disk.ts';
import { createEventQueue } from './event-queue.ts';
import { createFaults } from './faults.ts';
import { foundNetwork } from './founding.ts';
import { type Life, type LifeEvents, startLife } from './life.ts';
import { createNetwork } from './network.ts';
import { createPrng } from './prng.ts';
import { type ProfileName, profiles } from './profiles.ts';
import { drawSettings } from './settings.ts';
import { createSignatureWatch } from './votes-check.ts';
import { createWatches } from './watches/watches.ts';
import { createWorld } from './world.ts';

export interface UniverseResult {
  readonly seed: number;
  readonly replicas: number;
  /** Events that ran, the healing included. */
  readonly steps: number;
  /** Certified blocks. */
  readonly commits: number;
  readonly transactions: number;
  /** Highest view for which a VIEW-CHANGE was signed. */
  readonly highestView: number;
  readonly crashes: number;
  readonly virtualMs: number;
  /** Milliseconds of virtual time from healing to agreement. */
  readonly healedInMs: number;
  readonly failure?: { readonly claim: string; readonly step: number; readonly story: readonly string[] };
}

/** Logged only about liars, damage or loss, none of which exists here. */
const impossibleCodes: ReadonlySet<string> = new Set([
  'votes-lost',
  'blocks-lost',
  'evidence',
  'evidence-dropped',
  'message-dropped',
  'message-rejected',
  'frame-dropped',
  'transaction-dropped',
  'proposed-body-invalid',
  'reproposal-unavailable',
]);

const healingBoundMs = 60_000;
/** Replicas start within this time. */
const startSpreadMs = 50;

export function runUniverse(
  seed: number,
  replicas: number,
  steps: number,
  profileName: ProfileName = 'usual',
): UniverseResult {
  const prng = createPrng(seed);
  const profile = profiles[profileName];
  const settings = profile.shape(drawSettings(prng), prng);
  const queue = createEventQueue();
  const world = createWorld(queue, prng, settings);
  const founding = foundNetwork(replicas, settings.parameters);
  const { ids, genesis, document } = founding;
  const network = createNetwork(world, ids);
  const signatures = createSignatureWatch();
  const chain = createChainWatch(genesis);
  const watches = createWatches(founding);
  const disks = document.validators.map((validator) => createDisk(genesis, validator.incarnation));
  const skews = ids.map(() => prng.between(-settings.clockSkewMaxMs, settings.clockSkewMaxMs));
  const diskOf = (id: ValidatorId): Disk => disks[ids.indexOf(id)]!;
  const lives = new Map<ValidatorId, Life>();
  /** Lost for good: they do not come back when the others heal. */
  const lost = new Set<ValidatorId>();
  let crashes = 0;
  let step = 0;

  const events: LifeEvents = {
    signing: (id, message) => {
      report(signatures.check(id, message));
      report(watches.signing(id, diskOf(id), message));
    },
    pruning: (id, height) => report(watches.pruning(id, diskOf(id), height)),
    appended: (id, block, certificate) => {
      report(chain.appended(id, block, certificate));
      report(watches.appended(block));
    },
    logged: (id, level, code, facts) => {
      report(watches.logged(id, code, facts));
      world.trace(() => `${id} says ${code} ${JSON.stringify(facts)}`);
      if (level === 'error' || impossibleCodes.has(code)) {
        world.fail(`${id} says ${code}, which cannot be here: ${JSON.stringify(facts)}`);
      }
    },
    crashed: (id, point) => {
      world.trace(() => `${id} crashes ${point.replaceAll('-', ' ')}`);
      crash(id);
    },
    stopped: (id, code, facts) => world.fail(`${id} stops: ${code} ${JSON.stringify(facts)}`),
  };

  const clients = createClients(world, founding, (id) => lives.get(id)?.node);
  const faults = createFaults(world, network, {
    ids,
    crash: (id) => {
      if (lives.has(id)) world.trace(() => `${id} crashes`);
      crash(id);
    },
    crashAt: (id, point) => lives.get(id)?.crashAt(point),
    restart,
  });

  function report(fault: string | undefined): void {
    if (fault !== undefined) world.fail(fault);
  }

  function crash(id: ValidatorId): void {
    const life = lives.get(id);
    if (life === undefined) return;
    crashes += 1;
    lives.delete(id);
    life.crash();
    faults.wentDown(id);
  }

  function restart(id: ValidatorId): void {
    if (lives.has(id) || lost.has(id)) return;
    const seat = ids.indexOf(id);
    const tip = disks[seat]!.blocks.at(-1)?.block;
    if (tip !== undefined) report(chain.restarted(id, tip.height, tip.hash));
    world.trace(() => `${id} starts at height ${tip?.height ?? 0}`);
    const life = startLife({
      world,
      founding,
      network,
      disk: disks[seat]!,
      seat,
      skewMs: skews[seat]!,
      events,
    });
    lives.set(id, life);
    life.node.subscribe((block) => {
      for (const { transaction } of block.ran) {
        report(chain.acknowledged(id, transaction.id, block.height));
        clients.receiptSeen(transaction.id);
      }
    });
  }

  function runSteps(count: number, until: () => boolean): void {
    for (let done = 0; done < count && world.failure() === undefined && !until(); done += 1) {
      step += 1;
      runStep();
    }
  }

  function runStep(): void {
    try {
      if (!queue.runNext()) world.fail('nothing is left to happen');
    } catch (error) {
      world.fail(
        `a replica throws ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
  }

  function heal(): number {
    world.hostile = false;
    world.trace(() => 'everything heals');
    network.heal();
    if (profile.losesSome === true) loseSome();
    for (const id of ids) restart(id);
    const fromMs = queue.nowMs();
    const fresh: TransactionId[] = present().map((id) => clients.submitTo(id));
    const isDue = (): boolean => queue.nowMs() - fromMs > healingBoundMs;
    const isHealed = (): boolean =>
      fresh.every((id) => chain.heightOf(id) !== undefined) && atOneHeight() && nothingWaits();
    runSteps(Number.POSITIVE_INFINITY, () => isHealed() || isDue());
    if (!isHealed()) world.fail(`no agreement ${healingBoundMs} ms after healing: ${standing()}`);
    const broken = clients.brokenPromises((id) => chain.heightOf(id) !== undefined, lost);
    if (broken.length > 0) world.fail(`accepted and neither certified nor expired: ${broken.join(' ')}`);
    return queue.nowMs() - fromMs;
  }

  /** As many as the others can do without. */
  function loseSome(): void {
    const candidates = [...ids];
    for (let count = faultsTolerated(ids.length); count > 0; count -= 1) {
      const [id] = candidates.splice(prng.below(candidates.length), 1);
      if (id === undefined) return;
      world.trace(() => `${id} is lost for good`);
      lost.add(id);
      crash(id);
    }
  }

  const present = (): readonly ValidatorId[] => ids.filter((id) => !lost.has(id));
  const tipHeight = (id: ValidatorId): number => lives.get(id)?.node.status().tip.height ?? -1;
  const atOneHeight = (): boolean => present().every((id) => tipHeight(id) === chain.height());

  /** What was promised before was kept, or is expired by certified time (rule F2). */
  const nothingWaits = (): boolean => present().every((id) => lives.get(id)?.node.status().pool.count === 0);

  const standing = (): string =>
    ids
      .map((id) => {
        const status = lives.get(id)?.node.status();
        const consensus = status?.consensus;
        return `${id} ${consensus?.mode} at height ${status?.tip.height} in view ${consensus?.view} (asks for ${consensus?.changingTo}), ${status?.pool.count} wait`;
      })
      .join('; ');

  for (const id of ids) queue.after(prng.between(0, startSpreadMs), () => restart(id));
  clients.start();
  faults.start();
  runSteps(steps, () => false);
  const healedInMs = world.failure() === undefined ? heal() : 0;
  const claim = world.failure();
  return {
    seed,
    replicas,
    steps: step,
    commits: chain.height(),
    transactions: chain.transactionCount(),
    highestView: signatures.highestViewAsked(),
    crashes,
    virtualMs: queue.nowMs(),
    healedInMs,
    ...(claim === undefined ? {} : { failure: { claim, step, story: world.story() } }),
  };
}

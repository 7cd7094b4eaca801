/**
 * One seed, one universe: replicas, clients and faults for a number of steps, invariants checked as things
 * happen; then everything heals, and what is submitted from then on must be certified everywhere in time.
 */
import { faultsTolerated } from '../../shared/protocol/quorum.ts';
import type { Incarnation, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
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
import { createTamper, type Tamper } from './tampering/tamper.ts';
import { createSignatureWatch } from './votes-check.ts';
import { joinFault } from './watches/join-watch.ts';
import { createResendWatch } from './watches/resend-watch.ts';
import { readSigned } from './watches/signed-content.ts';
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
/** One replica is looked at from inside every so many steps. */
const checkedEvery = 8;

export function runUniverse(
  seed: number,
  replicas: number,
  steps: number,
  profileName: ProfileName = 'usual',
): UniverseResult {
  const prng = createPrng(seed);
  const profile = profiles[profileName];
  const settings = profile.shape(drawSettings(prng));
  const queue = createEventQueue();
  const world = createWorld(queue, prng, settings);
  const founding = foundNetwork(replicas, settings.parameters);
  const { ids, genesis, document } = founding;
  const network = createNetwork(world, ids);
  const signatures = createSignatureWatch();
  const chain = createChainWatch(genesis);
  const watches = createWatches(founding);
  const resends = profile.watchesLinks === true ? createResendWatch(settings.parameters) : undefined;
  const disks = document.validators.map((validator) => createDisk(genesis, validator.incarnation));
  const skews = ids.map(() => prng.between(-settings.clockSkewMaxMs, settings.clockSkewMaxMs));
  const diskOf = (id: ValidatorId): Disk => disks[ids.indexOf(id)]!;
  const lives = new Map<ValidatorId, Life>();
  /** Lost for good: they do not come back when the others heal. */
  const lost = new Set<ValidatorId>();
  /** Their votes are lost: they may follow, and never vote again (rule D3). */
  const wiped = new Set<ValidatorId>();
  const liar = profile.liar === undefined ? undefined : prng.pick(ids);
  const tampers = new Map<ValidatorId, Tamper>();
  let crashes = 0;
  let step = 0;

  const events: LifeEvents = {
    signing: (id, message) => {
      report(signatures.check(id, message));
      report(watches.signing(id, diskOf(id), message));
      if (wiped.has(id) && readSigned(message) !== undefined)
        world.fail(`${id} signs a vote although its votes are lost`);
    },
    sent: (from, to, frame) => resends?.sent(from, to, frame),
    receiving: (to, from, frame, handOver) => {
      if (resends === undefined) handOver();
      else report(resends.receive(to, from, frame, handOver));
    },
    pruning: (id, height) => report(watches.pruning(id, diskOf(id), height)),
    appended: (id, block, certificate) => {
      report(chain.appended(id, block, certificate));
      report(watches.appended(block));
    },
    logged: (id, level, code, facts) => {
      report(watches.logged(id, code, facts));
      if (code === 'view-entered') resends?.entered(id, Number(facts['view']));
      world.trace(() => `${id} says ${code} ${JSON.stringify(facts)}`);
      const isOfFaulty = [id, facts['from'], facts['validator']].some(isFaulty);
      if (level === 'error' || (impossibleCodes.has(code) && !isOfFaulty)) {
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

  const isFaulty = (who: unknown): boolean =>
    who !== undefined && (who === liar || wiped.has(who as ValidatorId));

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
    if (profile.wipes === true && wiped.size < faultsTolerated(ids.length) && prng.chance(0.2)) wipe(seat);
    const tip = disks[seat]!.blocks.at(-1)?.block;
    if (tip !== undefined) report(chain.restarted(id, tip.height, tip.hash));
    world.trace(() => `${id} starts at height ${tip?.height ?? 0}`);
    resends?.started(id);
    const life = startLife({
      world,
      founding,
      network,
      disk: disks[seat]!,
      seat,
      skewMs: skews[seat]!,
      events,
      tamper: id === liar ? tamperOf(id) : undefined,
    });
    lives.set(id, life);
    life.node.subscribe((block) => {
      for (const { transaction } of block.ran) {
        report(chain.acknowledged(id, transaction.id, block.height));
        clients.receiptSeen(transaction.id);
      }
    });
  }

  /** The disk comes back empty, with an incarnation that nobody registered. */
  function wipe(seat: number): void {
    const id = ids[seat]!;
    if (disks[seat]!.records.length === 0) return;
    world.trace(() => `the disk of ${id} is wiped`);
    disks[seat] = createDisk(genesis, 'f'.repeat(32) as Incarnation);
    wiped.add(id);
    chain.wiped(id);
  }

  function tamperOf(id: ValidatorId): Tamper {
    const known = tampers.get(id);
    if (known !== undefined) return known;
    const contradicts = (): void => watches.evidence.contradicted(id);
    const tamper = createTamper(profile.liar!, founding, { id, disk: diskOf(id), contradicts });
    tampers.set(id, tamper);
    return tamper;
  }

  function runSteps(count: number, until: () => boolean): void {
    for (let done = 0; done < count && world.failure() === undefined && !until(); done += 1) {
      step += 1;
      runStep();
      if (step % checkedEvery === 0) lookAt(ids[(step / checkedEvery) % ids.length]!);
    }
  }

  function lookAt(id: ValidatorId): void {
    const view = lives.get(id)?.node.status().consensus;
    if (view !== undefined) report(joinFault(id, ids.length, view));
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
    if (profile.quiet === true) lose(currentPrimary());
    const healedInMs = agreeWithin(healingBoundMs, 'healing');
    const broken = clients.brokenPromises(
      (id) => chain.heightOf(id) !== undefined,
      new Set([...lost, ...wiped]),
    );
    if (broken.length > 0) world.fail(`accepted and neither certified nor expired: ${broken.join(' ')}`);
    if (profile.aftershockMs !== undefined && world.failure() === undefined)
      losePrimary(profile.aftershockMs);
    report(watches.evidence.fault());
    return healedInMs;
  }

  /** What is submitted now is certified everywhere in time; answers how long that took. */
  function agreeWithin(boundMs: number, since: string): number {
    const fromMs = queue.nowMs();
    const fresh: TransactionId[] = profile.quiet === true ? [] : present().map((id) => clients.submitTo(id));
    const isDue = (): boolean => queue.nowMs() - fromMs > boundMs;
    const isAgreed = (): boolean =>
      fresh.every((id) => chain.heightOf(id) !== undefined) &&
      atOneHeight() &&
      nothingWaits() &&
      allCertified();
    runSteps(Number.POSITIVE_INFINITY, () => isAgreed() || isDue());
    if (!isAgreed()) world.fail(`no agreement ${boundMs} ms after ${since}: ${standing()}`);
    return queue.nowMs() - fromMs;
  }

  /** Whatever went wrong before the others agreed again must not make them slow now (rule V4). */
  function losePrimary(boundMs: number): void {
    lose(currentPrimary());
    agreeWithin(boundMs, 'the primary was lost');
  }

  /** Of the highest view that anybody entered. */
  function currentPrimary(): ValidatorId {
    const views = present().flatMap((id) => lives.get(id)?.node.status().consensus?.view ?? []);
    return ids[Math.max(0, ...views) % ids.length]!;
  }

  /** As many as the others can do without. */
  function loseSome(): void {
    const candidates = [...ids];
    for (let count = faultsTolerated(ids.length); count > 0; count -= 1) {
      const [id] = candidates.splice(prng.below(candidates.length), 1);
      if (id !== undefined) lose(id);
    }
  }

  function lose(id: ValidatorId): void {
    world.trace(() => `${id} is lost for good`);
    lost.add(id);
    crash(id);
  }

  const present = (): readonly ValidatorId[] => ids.filter((id) => !lost.has(id));
  const tipHeight = (id: ValidatorId): number => lives.get(id)?.node.status().tip.height ?? -1;
  const atOneHeight = (): boolean => present().every((id) => tipHeight(id) === chain.height());

  /**
   * What was promised before was kept, or is expired by certified time (rule F2). What only the lost promised may
   * lie in the pools of others: nobody owes it.
   */
  const nothingWaits = (): boolean =>
    present().every((id) => {
      const pool = lives.get(id)?.node.status().pool;
      return (lost.size + wiped.size === 0 ? pool?.count : pool?.accepted) === 0;
    });

  /** Nobody executed what is not certified. */
  const allCertified = (): boolean =>
    present().every((id) => {
      const consensus = lives.get(id)?.node.status().consensus;
      return consensus?.executed === consensus?.certified;
    });

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

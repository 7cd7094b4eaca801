/**
 * One seed, one universe: replicas, clients, liars and faults for a number of steps, invariants checked as things
 * happen; then all that is not faulty for good heals, and what is submitted from then on must be certified in time.
 */

import { readSlot } from '../../shared/codec/signed-content.ts';
import { faultsTolerated } from '../../shared/protocol/quorum.ts';
import type { Incarnation, PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { BufferFigure } from '../consensus/buffers.ts';
import type { ConsensusView } from '../consensus/types.ts';
import { readKey } from '../ledger/modules/keys.ts';
import type { Reader } from '../runtime/reader.ts';
import { defaultTuning } from '../runtime/tuning.ts';
import { type CastEvents, createCast } from './cast.ts';
import { createChainWatch } from './chain-check.ts';
import { createClients } from './clients.ts';
import { DamageError } from './disk.ts';
import { createEpochFold, primaryIn } from './epoch-fold.ts';
import { createEventQueue } from './event-queue.ts';
import { createFaults, type FaultTargets, type StruckFault } from './faults.ts';
import { foundNetwork } from './founding.ts';
import { createHealing } from './healing.ts';
import { createKeyChanges } from './key-changes.ts';
import { isHeartbeat } from './life.ts';
import { createLogJudge } from './log-judge.ts';
import { createNetwork } from './network.ts';
import { createPrng } from './prng.ts';
import { type ProfileName, profiles } from './profiles.ts';
import { describeRoster, drawRoster, type Role, rosterOf } from './roster.ts';
import { createRuleCoverage, type RuleCounts } from './rule-coverage.ts';
import { drawSettings, type Settings } from './settings.ts';
import { createSharedReader } from './shared-reader.ts';
import { createSteward } from './steward.ts';
import { createSignatureWatch } from './votes-check.ts';
import { createWatchedPort } from './watched-port.ts';
import { joinFault } from './watches/join-watch.ts';
import { createLinkWatch } from './watches/link-watch.ts';
import { createMemoryWatch } from './watches/memory-watch.ts';
import { createNextEpochWatch, type Standing } from './watches/next-epoch-watch.ts';
import { payloadFault } from './watches/payload-watch.ts';
import { createWatches } from './watches/watches.ts';
import { type Counts, createWorld } from './world.ts';

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
  /** Who is faulty for good, and how; the same in prose. */
  readonly roleOf: ReadonlyMap<ValidatorId, Role>;
  readonly roles: readonly Role[];
  readonly roster: string;
  readonly faults: readonly StruckFault[];
  /** How often the path of each rule was met. */
  readonly rules: RuleCounts;
  /** How often each fault took effect, and each lie was told. */
  readonly met: Counts;
  readonly failure?: UniverseFailure;
}

export interface UniverseFailure {
  /** What is broken, in prose. */
  readonly claim: string;
  readonly step: number;
  /** The last things that happened. */
  readonly story: readonly string[];
}

/** What a replay leaves out to find the shortest schedule that still fails. */
export interface Changes {
  /** Numbers of faults that do not strike. */
  readonly leftOut?: ReadonlySet<number>;
  readonly settings?: Partial<Settings>;
  /** Instead of those drawn. */
  readonly roles?: ReadonlyMap<ValidatorId, Role>;
  /** Instead of one that all share. */
  readonly reader?: Reader;
}

/** Replicas start within this time. */
const startSpreadMs = 50;
/** Every so many steps one replica is held to rule V5. */
const stepsBetweenLooks = 16;
/** Streams of chance of one seed. */
const faultStream = 0x5eed_fa17;
const stewardStream = 0x57e_3a2d;
const keyChangeStream = 0x4e7_c4a6;

export function runUniverse(
  seed: number,
  replicas: number,
  steps: number,
  profileName: ProfileName = 'usual',
  changes: Changes = {},
): UniverseResult {
  const prng = createPrng(seed);
  const profile = profiles[profileName];
  const settings = { ...profile.shape(drawSettings(prng)), ...changes.settings };
  const queue = createEventQueue();
  const rules = createRuleCoverage();
  const world = createWorld(queue, prng, settings, rules.reading(changes.reader ?? createSharedReader()));
  const hasSteward = Number.isFinite(settings.activationEveryMs);
  const spares = hasSteward ? settings.spares : undefined;
  const hasChanger = Number.isFinite(settings.keyChangeEveryMs);
  const founding = foundNetwork(replicas, settings.parameters, spares, hasChanger);
  const { ids, first, genesis } = founding;
  const drawn = profile.roster?.(prng, first) ?? drawRoster(prng, first, settings.faultyShare);
  const roster = changes.roles === undefined ? drawn : rosterOf(changes.roles);
  const network = createNetwork(world, ids);
  const signatures = createSignatureWatch();
  const epochs = createEpochFold(founding);
  const chain = createChainWatch(genesis, epochs);
  const watches = createWatches(founding, epochs);
  const links =
    profile.watchesLinks === true
      ? createLinkWatch(
          settings.parameters,
          settings.tuning.statusMs ?? defaultTuning.statusMs,
          queue.nowMs,
          standingOf,
        )
      : undefined;
  const boundary =
    profile.watchesBoundary === true
      ? createNextEpochWatch(epochs, (id) => !isExcused(id), boundaryOf)
      : undefined;
  /** Their votes are lost: they must not vote, or what they sign is not checked. */
  const wiped = new Set<ValidatorId>();
  /** With the name of the store that each came back with. */
  const rolledBack = new Map<ValidatorId, Incarnation>();
  /** They do not come back. */
  const lost = new Set<ValidatorId>();
  /** COMMITs that each signed. */
  const commitsOf = new Map<ValidatorId, number>();
  /** Highest view that anyone entered, by epoch. */
  const highestEntered = new Map<number, number>();
  let crashes = 0;
  let step = 0;

  const memory = createMemoryWatch((id) => (roster.isLiar(id) ? [] : buffersOf(id)));
  const events: CastEvents = {
    stirred: memory.stirred,
    signing,
    lied: (id, message) => {
      const signed = readSlot(message);
      if (signed !== undefined) watches.overheard(id, signed);
    },
    contradicted: (id) => watches.evidence.contradicted(id),
    pruning: (id, height) => {
      if (!isExcused(id)) report(watches.pruning(id, cast.disk(id), height));
    },
    appended: (id, block, certificate) => {
      report(chain.appended(id, block, certificate));
      report(watches.appended(block));
      rules.appended(block);
    },
    logged: (id, level, code, facts) => {
      world.trace(() => `${id} says ${code} ${JSON.stringify(facts)}`);
      rules.logged(code, facts);
      const epochOf = (): number => standingOf(id)?.epoch ?? 0;
      if (code === 'view-entered') {
        const epoch = epochOf();
        highestEntered.set(epoch, Math.max(highestEntered.get(epoch) ?? 0, Number(facts.view)));
        links?.entered(id, Number(facts.view));
      }
      if (!isExcused(id)) report(watches.logged(id, epochOf, code, facts));
      report(judge.check(id, level, code, facts));
      if (profile.blamesNobody === true && code === 'primary-suspected')
        world.fail(`${id} suspects ${facts.primary} (${facts.reason}) where nothing goes wrong`);
      if (code === 'votes-lost' && roster.isLiar(id)) queue.after(1, () => crash(id));
    },
    crashed: (id, point) => {
      world.trace(() => `${id} crashes ${point.replaceAll('-', ' ')}`);
      crash(id);
    },
    stopped: (id, code, facts) => {
      world.trace(() => `${id} stops: ${code}`);
      const isNamed = code === 'disk-full' && cast.disk(id).health.isFull;
      if (!isNamed && !roster.isLiar(id)) world.fail(`${id} stops: ${code} ${JSON.stringify(facts)}`);
      crash(id);
    },
  };
  const frames = links ?? boundary;
  const watched = frames === undefined ? network : createWatchedPort(network, frames, report);
  const cast = createCast(world, founding, watched, roster, epochs, events);
  const judge = createLogJudge(
    roster,
    (id) => cast.disk(id).health,
    (id) => standingOf(id)?.epoch ?? 0,
    (id, key) => readKey(cast.life(id)!.state, key) !== undefined,
  );
  const clients = createClients(world, founding, (id) => cast.life(id)?.node);
  const targets: FaultTargets = {
    ids,
    roster,
    crash,
    crashAt: cast.crashAt,
    restart,
    health: (id) => cast.disk(id).health,
    clock: cast.clock,
    members: () => [...epochs.current().validators.keys()],
    primary: () => primaryIn(epochs.current(), highestEntered.get(epochs.current().epoch) ?? 0),
    height: (id) => cast.disk(id).blocks.length,
    lose,
    wipe,
    backUp: cast.backUp,
    rollBack: (id, what) => {
      crash(id);
      cast.rollBack(id, what);
      rolledBack.set(id, cast.disk(id).incarnation);
    },
  };
  const faults = createFaults(
    world,
    network,
    targets,
    createPrng(seed ^ faultStream),
    changes.leftOut ?? new Set(),
  );

  const steward = hasSteward
    ? createSteward({ world, founding, cast, roster, epochs, prng: createPrng(seed ^ stewardStream) })
    : undefined;

  const keyChanges =
    founding.changer &&
    createKeyChanges({
      world,
      founding,
      changer: founding.changer,
      clients,
      prng: createPrng(seed ^ keyChangeStream),
      isCertified: (id) => chain.heightOf(id) !== undefined,
    });

  /** Its vote store is the one that the newest epoch registers: what it forgot before binds it no more (rule D3). */
  const isRegistered = (id: ValidatorId): boolean =>
    epochs.current().validators.get(id)?.incarnation === cast.disk(id).incarnation;

  const hasNewStore = (id: ValidatorId): boolean =>
    cast.disk(id).incarnation !== founding.seats.get(id)?.incarnation;

  function signing(id: ValidatorId, key: PublicKey, message: Uint8Array): void {
    const signed = readSlot(message);
    if (signed === undefined) {
      if (isHeartbeat(message)) rules.heartbeat();
      return;
    }
    rules.signed(id, signed);
    if (isExcused(id)) {
      watches.overheard(id, signed);
      return;
    }
    if (rolledBack.has(id)) world.meet('votes again behind a copy');
    if (signed.kind === 'commit') commitsOf.set(id, (commitsOf.get(id) ?? 0) + 1);
    if (wiped.has(id) && !isRegistered(id)) report(`${id} votes although its votes are lost (rule D3)`);
    report(signatures.check(id, signed) ?? watches.signing(id, key, cast.disk(id), signed));
    rules.durable();
    if (settings.payloadShare > 0) report(payloadFault(id, cast.disk(id), cast.life(id)?.state, signed));
  }

  /** It lies, or cannot know what it signed before: that ends with the activation of a store that it has since. */
  const isExcused = (id: ValidatorId): boolean => {
    const store = rolledBack.get(id);
    const isForgetful = store !== undefined && (store === cast.disk(id).incarnation || !isRegistered(id));
    return roster.isLiar(id) || isForgetful;
  };

  function report(fault: string | undefined): void {
    if (fault !== undefined) world.fail(fault);
  }

  function crash(id: ValidatorId): void {
    if (!cast.crash(id)) return;
    crashes += 1;
    if (!lost.has(id)) faults.wentDown(id);
  }

  function wipe(id: ValidatorId, what: 'everything' | 'votes'): void {
    wiped.add(id);
    chain.wiped(id);
    crash(id);
    cast.wipe(id, what);
  }

  /** Up to f come back with an empty disk, if the profile says so. */
  function maybeWipe(id: ValidatorId): void {
    if (profile.wipes !== true || wiped.size >= faultsTolerated(first.length)) return;
    if (cast.disk(id).records.length > 0 && prng.chance(0.2)) wipe(id, 'everything');
  }

  function lose(id: ValidatorId): void {
    world.trace(() => `${id} is lost for good`);
    lost.add(id);
    crash(id);
  }

  function restart(id: ValidatorId): void {
    if (cast.life(id) !== undefined || lost.has(id)) return;
    maybeWipe(id);
    const tip = cast.disk(id).blocks.at(-1)?.block;
    if (tip !== undefined && !wiped.has(id) && !rolledBack.has(id))
      report(chain.restarted(id, tip.height, tip.hash));
    world.trace(() => `${id} starts at height ${tip?.height ?? 0}`);
    links?.started(id);
    const life = cast.start(id);
    if (life === undefined) repair(id);
    else
      life.node.subscribe((block) => {
        for (const { transaction } of block.ran) {
          report(chain.acknowledged(id, transaction.id, block.height));
          clients.receiptSeen(transaction.id);
        }
      });
  }

  /** An operator puts the damaged blocks back, from a peer or a copy. */
  function repair(id: ValidatorId): void {
    cast.disk(id).health.damaged.clear();
    faults.wentDown(id);
  }

  function runSteps(count: number, until: () => boolean): void {
    for (let done = 0; done < count && world.failure() === undefined && !until(); done += 1) {
      step += 1;
      runStep();
      report(memory.fault());
      if (step % stepsBetweenLooks === 0) lookAt(ids[(step / stepsBetweenLooks) % ids.length]!);
    }
  }

  function standingOf(id: ValidatorId): ConsensusView | undefined {
    return cast.life(id)?.node.status().consensus;
  }

  function boundaryOf(id: ValidatorId): Standing | undefined {
    const view = standingOf(id);
    return view && { view, buffers: buffersOf(id) };
  }

  function buffersOf(id: ValidatorId): readonly BufferFigure[] {
    return cast.life(id)?.node.buffers() ?? [];
  }

  const setSize = (epoch: number): number => epochs.of(epoch)?.validators.size ?? first.length;

  function lookAt(id: ValidatorId): void {
    const view = standingOf(id);
    if (view !== undefined && !roster.isLiar(id)) report(joinFault(id, setSize(view.epoch), view));
  }

  function runStep(): void {
    try {
      if (!queue.runNext()) world.fail('nothing is left to happen');
    } catch (error) {
      if (!isDamageStop(error))
        world.fail(
          `a replica throws ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
    }
  }

  /** What a replica cannot read it must not go on without: it stops with that name, and is repaired. */
  function isDamageStop(error: unknown): boolean {
    const id = error instanceof DamageError && ids.find((one) => cast.disk(one).health === error.health);
    if (typeof id !== 'string') return false;
    world.meet('damaged block read');
    world.trace(() => `${id} stops: data-damaged`);
    cast.crash(id);
    repair(id);
    return true;
  }

  /** As many as the others can do without. */
  function loseSome(): void {
    const candidates = ids.filter((id) => !roster.isFaulty(id));
    for (let count = faultsTolerated(first.length) - roster.roles.size; count > 0; count -= 1) {
      const [id] = candidates.splice(prng.below(candidates.length), 1);
      if (id !== undefined) lose(id);
    }
  }

  function heal(): number {
    if (profile.losesSome === true) loseSome();
    const healing = createHealing({
      world,
      network,
      cast,
      clients,
      chain,
      roster,
      isGood: (id) => !roster.isFaulty(id) && !lost.has(id) && !wiped.has(id),
      hasRecovered: (id) => !roster.isLiar(id) && hasNewStore(id) && isRegistered(id),
      ids,
      epochs,
      steward,
      restart,
      crash: cast.crash,
      lose,
      commitsOf: (id) => commitsOf.get(id) ?? 0,
      runSteps: (until) => runSteps(Number.POSITIVE_INFINITY, until),
    });
    const healedInMs = healing.run(profile);
    report(watches.evidence.fault());
    return healedInMs;
  }

  for (const id of ids) queue.after(prng.between(0, startSpreadMs), () => restart(id));
  clients.start();
  faults.start();
  steward?.start();
  keyChanges?.start();
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
    roleOf: roster.roles,
    roles: [...roster.roles.values()],
    roster: describeRoster(roster),
    faults: faults.struck(),
    rules: rules.counts(),
    met: world.met(),
    ...(claim === undefined ? {} : { failure: { claim, step, story: world.story() } }),
  };
}

/**
 * Liveness: those who are not faulty for good, a quorum at least, reach each other again, their disks and clocks are
 * well; liars go on lying and what is lost stays lost. Then what is submitted to any of them is certified at all of
 * them within a bound, and every promise that one of them made is kept.
 */

import type { TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import { readPayload } from '../ledger/modules/payloads.ts';
import type { Cast } from './cast.ts';
import type { ChainWatch } from './chain-check.ts';
import type { Clients } from './clients.ts';
import { type EpochFold, primaryIn } from './epoch-fold.ts';
import { playLastCommit } from './last-commit.ts';
import type { SimulatedNetwork } from './network.ts';
import type { Profile } from './profiles.ts';
import type { Roster } from './roster.ts';
import type { Steward } from './steward.ts';
import type { World } from './world.ts';

export interface Healing {
  /** Milliseconds of virtual time until all is well. */
  run(profile: Profile): number;
}

export interface HealingInput {
  readonly world: World;
  readonly network: SimulatedNetwork;
  readonly cast: Cast;
  readonly clients: Clients;
  readonly chain: ChainWatch;
  readonly roster: Roster;
  readonly ids: readonly ValidatorId[];
  readonly epochs: EpochFold;
  /** Where epochs are played. */
  readonly steward: Steward | undefined;
  /** Not faulty for good, and not lost meanwhile. */
  isGood(id: ValidatorId): boolean;
  /** It lost its votes and votes again, from a store that was registered since (rule D3). */
  hasRecovered(id: ValidatorId): boolean;
  restart(id: ValidatorId): void;
  /** Until somebody starts it. */
  crash(id: ValidatorId): void;
  lose(id: ValidatorId): void;
  /** COMMITs that it signed. */
  commitsOf(id: ValidatorId): number;
  runSteps(until: () => boolean): void;
}

const healingBoundMs = 60_000;
/** What it takes to look is not worth it after each step. */
const stepsBetweenLooks = 8;
/** Waiting timeouts, with their extensions. */
const calmTimeouts = 3;
const silences = 3;

export function createHealing(input: HealingInput): Healing {
  const { world, network, cast, clients, chain, roster, ids, epochs, steward } = input;
  const { queue } = world;
  const hasLiars = [...roster.roles.keys()].some(roster.isLiar);
  /** Those who are well, in the set of the epoch or beside it. */
  const well = (): readonly ValidatorId[] => ids.filter((id) => input.isGood(id) || input.hasRecovered(id));
  const isMember = (id: ValidatorId): boolean => epochs.current().validators.has(id);
  /** Validators among them that remember all they promised. */
  const good = (): readonly ValidatorId[] => ids.filter((id) => input.isGood(id) && isMember(id));

  function run({ endsQuietly = false, aftershockMs }: Profile): number {
    world.hostile = false;
    world.trace(() => 'everything heals that is not faulty for good');
    network.heal();
    for (const id of well()) mend(id);
    if (endsQuietly) endQuietly();
    if (steward !== undefined) awaitPending();
    const healedInMs = agreeWithin(healingBoundMs, 'healing', endsQuietly);
    judgePromises();
    if (!hasLiars && !endsQuietly && world.failure() === undefined) comeTogether();
    if (steward !== undefined && world.failure() === undefined) passOneEpoch(steward);
    if (aftershockMs !== undefined && world.failure() === undefined) losePrimary(aftershockMs);
    return healedInMs;
  }

  function mend(id: ValidatorId): void {
    const { health } = cast.disk(id);
    health.isFull = false;
    health.slowMs = 0;
    health.damaged.clear();
    cast.clock(id).correct();
    input.restart(id);
  }

  /** Answers how long it took. */
  function agreeWithin(boundMs: number, since: string, isQuiet: boolean): number {
    const fromMs = queue.nowMs();
    const fresh = isQuiet ? [] : good().map((id) => clients.submitTo(id));
    let steps = 0;
    input.runSteps(() => {
      steps += 1;
      return steps % stepsBetweenLooks === 0 && (isHealed(fresh) || queue.nowMs() - fromMs > boundMs);
    });
    if (world.failure() === undefined && !isHealed(fresh))
      world.fail(`no agreement ${boundMs} ms after ${since}: ${standing()}`);
    return queue.nowMs() - fromMs;
  }

  /**
   * Who asked for a view alone votes in none below it (rule N7) and is back with the next one. So if anybody stands
   * apart the primary is taken away for a while: then all must be in one view, and stay there longer than any deadline
   * of what still waits.
   */
  function comeTogether(): void {
    if (isOneView()) return;
    world.meet('stood apart after healing');
    const { waitingTimeoutMs, viewTimeoutMaxMs, primarySilenceMs } = epochs.current().parameters;
    const calmMs = calmTimeouts * waitingTimeoutMs;
    const fromMs = queue.nowMs();
    let togetherSinceMs: number | undefined;
    let nextLossMs = fromMs;
    let steps = 0;
    const isTogether = (): boolean =>
      togetherSinceMs !== undefined && queue.nowMs() - togetherSinceMs > calmMs;
    input.runSteps(() => {
      steps += 1;
      if (steps % stepsBetweenLooks !== 0) return false;
      togetherSinceMs = isOneView() ? (togetherSinceMs ?? queue.nowMs()) : undefined;
      if (togetherSinceMs === undefined && queue.nowMs() >= nextLossMs) {
        nextLossMs = queue.nowMs() + viewTimeoutMaxMs;
        takeAway(currentPrimary(), silences * primarySilenceMs);
      }
      return isTogether() || queue.nowMs() - fromMs > healingBoundMs;
    });
    if (world.failure() === undefined && !isTogether())
      world.fail(`no agreement on a view ${healingBoundMs} ms after healing: ${standing()}`);
  }

  function takeAway(id: ValidatorId, forMs: number): void {
    world.trace(() => `${id} is away for ${forMs} ms, so that views change`);
    input.crash(id);
    queue.after(forMs, () => input.restart(id));
  }

  function isOneView(): boolean {
    const standings = good().map((id) => cast.life(id)?.node.status().consensus);
    const [first] = standings;
    return standings.every(
      (one) =>
        one?.mode === 'voting' &&
        one.changingTo === undefined &&
        one.epoch === first?.epoch &&
        one.view === first.view,
    );
  }

  /** What was approved when all healed comes into force or lapses, and nobody submits anything meanwhile. */
  function awaitPending(): void {
    const fromMs = queue.nowMs();
    const isOver = (): boolean => epochs.pending() === undefined;
    input.runSteps(() => isOver() || queue.nowMs() - fromMs > healingBoundMs);
    if (world.failure() === undefined && !isOver())
      world.fail(`no new epoch, and no lapse, ${healingBoundMs} ms after healing: ${standing()}`);
  }

  /** One change more is decided, comes into force while nobody submits anything, and all agree behind it. */
  function passOneEpoch(wanting: Steward): void {
    const fromMs = queue.nowMs();
    let steps = 0;
    let scheduled: { readonly at: number; readonly sinceMs: number } | undefined;
    wanting.wantLast();
    input.runSteps(() => {
      const at = epochs.pending()?.at;
      if (at !== scheduled?.at) scheduled = at === undefined ? undefined : { at, sinceMs: queue.nowMs() };
      if (scheduled !== undefined && roster.roles.size === 0) judgePace(scheduled);
      steps += 1;
      if (steps % stepsBetweenLooks !== 0) return false;
      return (wanting.isDone() && well().every(isInEpoch)) || queue.nowMs() - fromMs > healingBoundMs;
    });
    if (world.failure() !== undefined) return;
    if (!wanting.isDone() || !well().every(isInEpoch))
      world.fail(`no new epoch ${healingBoundMs} ms after it was wanted: ${standing()}`);
    else agreeWithin(healingBoundMs, `epoch ${epochs.current().epoch} began`, false);
  }

  /** An activation that is scheduled while nothing else happens, and all are well (rule F2). */
  function judgePace({ at, sinceMs }: { readonly at: number; readonly sinceMs: number }): void {
    const { window, heartbeatMs, waitingTimeoutMs } = epochs.current().parameters;
    const boundMs = (window + 2) * (heartbeatMs + waitingTimeoutMs);
    if (queue.nowMs() - sinceMs > boundMs)
      world.fail(`the epoch that begins at ${at} does not, ${boundMs} ms after it was scheduled (rule F2)`);
  }

  const isInEpoch = (id: ValidatorId): boolean =>
    cast.life(id)?.node.status().consensus?.epoch === epochs.current().epoch;

  function judgePromises(): void {
    const broken = brokenPromises();
    if (broken.length > 0) world.fail(`accepted and neither certified nor expired: ${broken.join(' ')}`);
  }

  /** Whatever went wrong before the others agreed again must not make them slow now (rule V4). */
  function losePrimary(boundMs: number): void {
    input.lose(currentPrimary());
    agreeWithin(boundMs, 'the primary was lost', false);
  }

  function endQuietly(): void {
    playLastCommit({
      prng: world.prng,
      network,
      ids: good(),
      primary: currentPrimary,
      submitTo: (id) => clients.submitTo(id),
      commitsOf: input.commitsOf,
      lose: input.lose,
      run: (forMs, until = () => false) => {
        const endMs = queue.nowMs() + forMs;
        input.runSteps(() => queue.nowMs() >= endMs || until());
      },
    });
  }

  /** Of the highest view that anybody entered. */
  function currentPrimary(): ValidatorId {
    const views = good().flatMap((id) => cast.life(id)?.node.status().consensus?.view ?? []);
    return primaryIn(epochs.current(), Math.max(0, ...views));
  }

  function isHealed(fresh: readonly TransactionId[]): boolean {
    // Looked at again and again: what a node says of itself is dear, and is asked for last.
    if (!fresh.every((id) => chain.heightOf(id) !== undefined)) return false;
    if (hasLiars) return hasSeen(fresh) && brokenPromises().length === 0 && well().every(hasPayloads);
    return atOneHeight() && nothingWaits() && allCertified() && well().every(hasPayloads);
  }

  /** What the ledger names is here, and what it calls erased is nowhere. */
  function hasPayloads(id: ValidatorId): boolean {
    const life = cast.life(id);
    if (life === undefined) return false;
    const { missing, isScanned } = life.node.status().payloads;
    if (missing > 0 || !isScanned) return false;
    return [...cast.disk(id).payloads.keys()].every(
      (digest) => readPayload(life.state, digest)?.erased === undefined,
    );
  }

  const brokenPromises = (): readonly TransactionId[] =>
    clients.brokenPromises((id) => chain.heightOf(id) !== undefined, new Set(good()));

  const tipHeight = (id: ValidatorId): number =>
    cast.life(id) === undefined ? -1 : cast.disk(id).blocks.length;
  const atOneHeight = (): boolean => well().every((id) => tipHeight(id) === chain.height());

  /** Liars submit for ever: there may be no moment at which all stand at one height. */
  function hasSeen(fresh: readonly TransactionId[]): boolean {
    const top = Math.max(...fresh.map((id) => chain.heightOf(id) ?? 0));
    return well().every((id) => tipHeight(id) >= top);
  }

  /**
   * What was promised before was kept, or is expired by certified time (rule F2). What somebody spread and forgot in
   * a crash, or the lost alone promised, may lie in a pool until then: nobody owes it.
   */
  const nothingWaits = (): boolean => good().every((id) => cast.life(id)?.node.status().pool.accepted === 0);

  /** Nobody executed what is not certified. */
  const allCertified = (): boolean =>
    well().every((id) => {
      const consensus = cast.life(id)?.node.status().consensus;
      return consensus?.executed === consensus?.certified;
    });

  const standing = (): string =>
    well()
      .map((id) => {
        const status = cast.life(id)?.node.status();
        const consensus = status?.consensus;
        const asked = consensus?.changingTo === undefined ? '' : `, asks for ${consensus.changingTo}`;
        const fetching = status?.catchUp === undefined ? '' : `, fetches up to ${status.catchUp.target}`;
        return `${id} ${consensus?.mode} at height ${status?.tip.height} (executed ${consensus?.executed}) in view ${consensus?.view}${asked}${fetching}, ${status?.pool.accepted} of ${status?.pool.count} promised, ${status?.payloads.missing} payloads missing`;
      })
      .join('; ');

  return { run };
}

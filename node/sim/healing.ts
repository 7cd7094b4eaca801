/**
 * Liveness: those who are not faulty for good, a quorum at least, reach each other again, their disks and clocks are
 * well; liars go on lying and what is lost stays lost. Then what is submitted to any of them is certified at all of
 * them within a bound, and every promise that one of them made is kept.
 */
import type { TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { Cast } from './cast.ts';
import type { ChainWatch } from './chain-check.ts';
import type { Clients } from './clients.ts';
import { playLastCommit } from './last-commit.ts';
import type { SimulatedNetwork } from './network.ts';
import type { Profile } from './profiles.ts';
import type { Roster } from './roster.ts';
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
  /** Not faulty for good, and not lost meanwhile. */
  isGood(id: ValidatorId): boolean;
  restart(id: ValidatorId): void;
  lose(id: ValidatorId): void;
  /** COMMITs that it signed. */
  commitsOf(id: ValidatorId): number;
  runSteps(until: () => boolean): void;
}

const healingBoundMs = 60_000;
/** What it takes to look is not worth it after each step. */
const stepsBetweenLooks = 8;

export function createHealing(input: HealingInput): Healing {
  const { world, network, cast, clients, chain, roster, ids } = input;
  const { queue } = world;
  const hasLiars = [...roster.roles.keys()].some(roster.isLiar);
  const good = (): readonly ValidatorId[] => ids.filter(input.isGood);

  function run({ endsQuietly = false, aftershockMs }: Profile): number {
    world.hostile = false;
    world.trace(() => 'everything heals that is not faulty for good');
    network.heal();
    for (const id of good()) mend(id);
    if (endsQuietly) endQuietly();
    const healedInMs = agreeWithin(healingBoundMs, 'healing', endsQuietly);
    judgePromises();
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
    return ids[Math.max(0, ...views) % ids.length]!;
  }

  function isHealed(fresh: readonly TransactionId[]): boolean {
    if (!fresh.every((id) => chain.heightOf(id) !== undefined)) return false;
    if (hasLiars) return hasSeen(fresh) && brokenPromises().length === 0;
    return atOneHeight() && nothingWaits() && allCertified();
  }

  const brokenPromises = (): readonly TransactionId[] =>
    clients.brokenPromises((id) => chain.heightOf(id) !== undefined, new Set(good()));

  const tipHeight = (id: ValidatorId): number =>
    cast.life(id) === undefined ? -1 : cast.disk(id).blocks.length;
  const atOneHeight = (): boolean => good().every((id) => tipHeight(id) === chain.height());

  /** Liars submit for ever: there may be no moment at which all stand at one height. */
  function hasSeen(fresh: readonly TransactionId[]): boolean {
    const top = Math.max(...fresh.map((id) => chain.heightOf(id) ?? 0));
    return good().every((id) => tipHeight(id) >= top);
  }

  /**
   * What was promised before was kept, or is expired by certified time (rule F2). What somebody spread and forgot in
   * a crash, or the lost alone promised, may lie in a pool until then: nobody owes it.
   */
  const nothingWaits = (): boolean => good().every((id) => cast.life(id)?.node.status().pool.accepted === 0);

  /** Nobody executed what is not certified. */
  const allCertified = (): boolean =>
    good().every((id) => {
      const consensus = cast.life(id)?.node.status().consensus;
      return consensus?.executed === consensus?.certified;
    });

  const standing = (): string =>
    good()
      .map((id) => {
        const status = cast.life(id)?.node.status();
        const consensus = status?.consensus;
        const asked = consensus?.changingTo === undefined ? '' : `, asks for ${consensus.changingTo}`;
        const fetching = status?.catchUp === undefined ? '' : `, fetches up to ${status.catchUp.target}`;
        return `${id} ${consensus?.mode} at height ${status?.tip.height} (executed ${consensus?.executed}) in view ${consensus?.view}${asked}${fetching}, ${status?.pool.accepted} of ${status?.pool.count} promised`;
      })
      .join('; ');

  return { run };
}

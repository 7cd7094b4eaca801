/**
 * What goes wrong from outside, one fault after the other: crashes, some at a chosen persist point, power failures,
 * partitions in both directions or in single ones, bad disks, clock steps; and once each, what befalls replicas that
 * are faulty for good. Faults are drawn from a stream of chance of their own, so that one can be left out of a
 * replay without changing what the others are.
 */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { ReplicaClock } from './clock.ts';
import type { DiskHealth } from './disk.ts';
import { type CrashPoint, crashPoints, payloadCrashPoints } from './life.ts';
import type { Direction, SimulatedNetwork } from './network.ts';
import type { Prng } from './prng.ts';
import type { Roster } from './roster.ts';
import type { World } from './world.ts';

export interface FaultTargets {
  readonly ids: readonly ValidatorId[];
  readonly roster: Roster;
  /** Nothing if it is down. */
  crash(id: ValidatorId): void;
  crashAt(id: ValidatorId, point: CrashPoint): void;
  restart(id: ValidatorId): void;
  health(id: ValidatorId): DiskHealth;
  clock(id: ValidatorId): ReplicaClock;
  /** Who stands in the newest epoch, in the order of ids. */
  members(): readonly ValidatorId[];
  /** Of the highest view of it that anyone entered. */
  primary(): ValidatorId;
  /** Highest block on its disk. */
  height(id: ValidatorId): number;
  /** It goes down and never comes back. */
  lose(id: ValidatorId): void;
  /** Down, and everything gone, or its votes alone. */
  wipe(id: ValidatorId, what: 'everything' | 'votes'): void;
  backUp(id: ValidatorId): void;
  /** Down, and back comes the copy, or its part. */
  rollBack(id: ValidatorId, what: 'everything' | 'votes' | 'blocks'): void;
}

/** A fault that struck, in prose; `number` names it within its seed. */
export interface StruckFault {
  readonly number: number;
  readonly atMs: number;
  readonly prose: string;
}

export interface Faults {
  start(): void;
  /** A crash struck: the replica comes back after a while. */
  wentDown(id: ValidatorId): void;
  struck(): readonly StruckFault[];
}

interface Fault {
  /** What it is, whomever it befalls. */
  readonly kind: string;
  readonly prose: string;
  apply(): void;
}

/** Some faults look for whoever is primary when they strike. */
const primaryShare = 0.35;

const misfortuneMaxMs = 1_500;

export function createFaults(
  world: World,
  network: SimulatedNetwork,
  targets: FaultTargets,
  prng: Prng,
  leftOut: ReadonlySet<number>,
): Faults {
  const { queue, settings } = world;
  const { ids, roster } = targets;
  const struck: StruckFault[] = [];
  let numbers = 0;

  function start(): void {
    repeat(settings.crashEveryMs, drawCrash);
    repeat(settings.partitionEveryMs, drawPartition);
    repeat(settings.diskFaultEveryMs, drawDiskFault);
    repeat(settings.clockStepEveryMs, drawClockStep);
    for (const [id, role] of roster.roles) {
      if (role === 'half-cut') strikeLater(0, drawHalfCut(id));
      if (role === 'slow-disk') strikeLater(0, drawSlowDisk(id));
      const atMs = prng.between(100, misfortuneMaxMs);
      if (role === 'lost')
        strikeLater(
          atMs,
          always({ kind: 'lost for good', prose: `${id} is lost for good`, apply: () => targets.lose(id) }),
        );
      if (role === 'wiped') strikeLater(atMs, drawWipe(id));
      if (role === 'rolled-back') rollBack(id, atMs);
    }
  }

  /** Drawn whether it strikes or not, so that those after it stay what they are. */
  function repeat(everyMs: number, draw: () => () => Fault): void {
    if (!Number.isFinite(everyMs)) return;
    strikeLater(prng.between(0, 2 * everyMs), draw(), () => repeat(everyMs, draw));
  }

  function strikeLater(delayMs: number, fault: () => Fault, afterwards: () => void = () => {}): void {
    const number = numbers;
    numbers += 1;
    queue.after(delayMs, () => {
      if (!world.hostile) return;
      if (!leftOut.has(number)) strike(number, fault());
      afterwards();
    });
  }

  function strike(number: number, { kind, prose, apply }: Fault): void {
    world.meet(kind);
    struck.push({ number, atMs: queue.nowMs(), prose });
    world.trace(() => prose);
    apply();
  }

  const always = (fault: Fault) => (): Fault => fault;

  /** Anyone, or whoever is primary then. */
  function drawTarget(): () => ValidatorId {
    const id = prng.pick(ids);
    return prng.chance(primaryShare) ? targets.primary : () => someMember(id);
  }

  /** Who is in no set is left alone half of the time: then somebody who is in it takes its place. */
  function someMember(id: ValidatorId): ValidatorId {
    const members = targets.members();
    if (members.includes(id) || struck.length % 2 === 0) return id;
    return members[struck.length % members.length]!;
  }

  const points = settings.payloadShare > 0 ? [...crashPoints, ...payloadCrashPoints] : crashPoints;

  function drawCrash(): () => Fault {
    const power: Fault = {
      kind: 'power failure',
      prose: 'the power fails everywhere',
      apply: () => ids.forEach(targets.crash),
    };
    if (prng.chance(settings.powerFailure)) return always(power);
    const target = drawTarget();
    const point = prng.chance(settings.crashAtPersist) ? prng.pick(points) : undefined;
    return () => {
      const id = target();
      return point === undefined
        ? { kind: 'crash', prose: `${id} crashes`, apply: () => targets.crash(id) }
        : {
            kind: 'crash planned',
            prose: `${id} is to crash ${point.replaceAll('-', ' ')}`,
            apply: () => targets.crashAt(id, point),
          };
    };
  }

  function wentDown(id: ValidatorId): void {
    queue.after(world.prng.between(0, settings.downMaxMs), () => targets.restart(id));
  }

  function drawPartition(): () => Fault {
    const isOneWay = prng.chance(settings.oneWay);
    const draw = isOneWay ? drawDirections(prng.between(0.1, 0.6)) : drawSplit();
    const forMs = prng.between(0, settings.partitionMaxMs);
    return () => {
      const directions = draw();
      return {
        kind: isOneWay ? 'single directions cut' : 'partition',
        prose: `nothing passes ${nameAll(directions)} for ${forMs.toFixed(0)} ms`,
        apply: () => {
          network.cut(directions, settings.partitionClosesLinks);
          queue.after(forMs, () => {
            world.trace(() => 'the network heals');
            network.heal();
          });
        },
      };
    };
  }

  const nameAll = (directions: readonly Direction[]): string =>
    directions.map(({ from, to }) => `${from}→${to}`).join(' ') || 'nowhere';

  const allDirections: readonly Direction[] = ids.flatMap((from) =>
    ids.filter((to) => to !== from).map((to) => ({ from, to })),
  );

  function drawDirections(share: number): () => readonly Direction[] {
    const drawn = allDirections.filter(() => prng.chance(share));
    return () => drawn;
  }

  /** In two groups, or the primary from everyone else. */
  function drawSplit(): () => readonly Direction[] {
    const groups = new Map(ids.map((id) => [id, prng.below(2)]));
    const isolatesPrimary = prng.chance(primaryShare);
    return () => {
      const primary = isolatesPrimary ? targets.primary() : undefined;
      const groupOf = (id: ValidatorId): number | undefined =>
        primary === undefined ? groups.get(id) : id === primary ? 0 : 1;
      return allDirections.filter(({ from, to }) => groupOf(from) !== groupOf(to));
    };
  }

  function drawDiskFault(): () => Fault {
    const target = drawTarget();
    const forMs = prng.between(20, settings.diskFaultMaxMs);
    const shown = `${forMs.toFixed(0)} ms`;
    const slowMs = prng.between(20, 200);
    const share = prng.unit();
    const kind = prng.pick(['slow', 'full', 'damaged'] as const);
    return () => {
      const id = target();
      switch (kind) {
        case 'slow':
          return {
            kind: 'disk slow',
            prose: `the disk of ${id} takes ${slowMs.toFixed(0)} ms longer for ${shown}`,
            apply: () => during(forMs, (on) => setSlow(id, on ? slowMs : 0)),
          };
        case 'full':
          return {
            kind: 'disk full',
            prose: `the disk of ${id} is full for ${shown}`,
            apply: () => during(forMs, (on) => setFull(id, on)),
          };
        case 'damaged':
          return {
            kind: 'block damaged',
            prose: `a block of ${id} is damaged on disk`,
            apply: () => damage(id, share),
          };
      }
    };
  }

  function damage(id: ValidatorId, share: number): void {
    const height = 1 + Math.floor(share * targets.height(id));
    if (height <= targets.height(id)) targets.health(id).damaged.add(height);
  }

  function during(forMs: number, set: (on: boolean) => void): void {
    set(true);
    queue.after(forMs, () => set(false));
  }

  function setSlow(id: ValidatorId, slowMs: number): void {
    targets.health(id).slowMs = slowMs;
  }

  function setFull(id: ValidatorId, isFull: boolean): void {
    targets.health(id).isFull = isFull && world.hostile;
  }

  function drawClockStep(): () => Fault {
    const target = drawTarget();
    const stepMs = prng.between(-settings.clockStepMaxMs, settings.clockStepMaxMs);
    return () => {
      const id = target();
      return {
        kind: 'clock step',
        prose: `the wall clock of ${id} is ${stepMs.toFixed(0)} ms off from now on`,
        apply: () => targets.clock(id).stepBy(stepMs),
      };
    };
  }

  function drawHalfCut(id: ValidatorId): () => Fault {
    const mine = allDirections.filter(({ from, to }) => from === id || to === id);
    const directions = mine.filter(() => prng.chance(0.6));
    return always({
      kind: 'directions cut for good',
      prose: `nothing ever passes ${nameAll(directions)}`,
      apply: () => network.cutForGood(directions),
    });
  }

  function drawSlowDisk(id: ValidatorId): () => Fault {
    const slowMs = prng.between(100, 900);
    return always({
      kind: 'disk slow for good',
      prose: `the disk of ${id} takes ${slowMs.toFixed(0)} ms longer for good`,
      apply: () => setSlow(id, slowMs),
    });
  }

  function drawWipe(id: ValidatorId): () => Fault {
    const what = prng.pick(['everything', 'votes'] as const);
    return always({
      kind: `wiped: ${what}`,
      prose: `${id} loses ${what}`,
      apply: () => targets.wipe(id, what),
    });
  }

  function rollBack(id: ValidatorId, atMs: number): void {
    const what = prng.pick(['everything', 'votes', 'blocks'] as const);
    const backedUp: Fault = {
      kind: 'backed up',
      prose: `${id} is backed up`,
      apply: () => targets.backUp(id),
    };
    const restored: Fault = {
      kind: `back from a copy: ${what}`,
      prose: `${id} comes back with ${what} from the backup`,
      apply: () => targets.rollBack(id, what),
    };
    const laterMs = prng.between(100, misfortuneMaxMs);
    strikeLater(atMs, always(backedUp), () => strikeLater(laterMs, always(restored)));
  }

  return { start, wentDown, struck: () => struck };
}

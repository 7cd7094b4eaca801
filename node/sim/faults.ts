/** What goes wrong from outside: crashes, some at a chosen persist point, restarts, and symmetric partitions. */
import type { ValidatorId } from '../../shared/types/brands.ts';
import { type CrashPoint, crashPoints } from './life.ts';
import type { SimulatedNetwork } from './network.ts';
import type { World } from './world.ts';

export interface FaultTargets {
  readonly ids: readonly ValidatorId[];
  /** Nothing if it is down. */
  crash(id: ValidatorId): void;
  crashAt(id: ValidatorId, point: CrashPoint): void;
  restart(id: ValidatorId): void;
}

export interface Faults {
  start(): void;
  /** A crash struck: the replica comes back after a while. */
  wentDown(id: ValidatorId): void;
}

export function createFaults(world: World, network: SimulatedNetwork, targets: FaultTargets): Faults {
  const { prng, queue, settings } = world;

  function start(): void {
    if (Number.isFinite(settings.crashEveryMs)) scheduleCrash();
    if (Number.isFinite(settings.partitionEveryMs)) schedulePartition();
  }

  function scheduleCrash(): void {
    queue.after(prng.between(0, 2 * settings.crashEveryMs), () => {
      if (!world.hostile) return;
      if (prng.chance(settings.powerFailure)) for (const id of targets.ids) targets.crash(id);
      else crashOne(prng.pick(targets.ids));
      scheduleCrash();
    });
  }

  function crashOne(id: ValidatorId): void {
    if (prng.chance(settings.crashAtPersist)) targets.crashAt(id, prng.pick(crashPoints));
    else targets.crash(id);
  }

  function wentDown(id: ValidatorId): void {
    queue.after(prng.between(0, settings.downMaxMs), () => targets.restart(id));
  }

  function schedulePartition(): void {
    queue.after(prng.between(0, 2 * settings.partitionEveryMs), () => {
      if (!world.hostile) return;
      const groups = new Map(targets.ids.map((id) => [id, prng.below(2)]));
      const side = targets.ids.filter((id) => groups.get(id) === 0).join(' ');
      world.trace(() => `the network splits: ${side || 'nobody'} on one side`);
      network.partition(groups);
      queue.after(prng.between(0, settings.partitionMaxMs), () => {
        world.trace(() => 'the network heals');
        network.heal();
      });
      schedulePartition();
    });
  }

  return { start, wentDown };
}

/**
 * The replicas of a universe: their disks and clocks, which outlive them, and their lives, one after the other. Twins
 * live two lives at once; other liars live behind a mouth.
 */
import type { Incarnation, PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import { createReplicaClock, type ReplicaClock } from './clock.ts';
import { copyDisk, createDisk, DamageError, type Disk } from './disk.ts';
import type { EpochFold } from './epoch-fold.ts';
import { consensusKeyOf, type Founding } from './founding.ts';
import type { MouthKind } from './liars/liar.ts';
import { createMouthPort } from './liars/mouth-port.ts';
import { createTwinPorts, drawSides } from './liars/twins.ts';
import { type CrashPoint, type Life, type LifeEvents, startLife } from './life.ts';
import type { NetworkPort } from './network.ts';
import type { Roster } from './roster.ts';
import type { World } from './world.ts';

export interface Cast {
  /** The first of two, if they are twins. */
  life(id: ValidatorId): Life | undefined;
  disk(id: ValidatorId): Disk;
  clock(id: ValidatorId): ReplicaClock;
  /** Its signer makes the next key of its seat, and keeps those before. */
  newKey(id: ValidatorId): PublicKey;
  /** False if it was down. */
  crash(id: ValidatorId): boolean;
  crashAt(id: ValidatorId, point: CrashPoint): void;
  /** undefined: it runs, or its disk is damaged and needs repair. */
  start(id: ValidatorId): Life | undefined;
  /** Its incarnation is a new one, which nobody registered (rule D3). */
  wipe(id: ValidatorId, what: 'everything' | 'votes'): void;
  backUp(id: ValidatorId): void;
  rollBack(id: ValidatorId, what: 'everything' | 'votes' | 'blocks'): void;
}

interface Seat {
  readonly index: number;
  readonly clock: ReplicaClock;
  readonly ports: readonly NetworkPort[];
  readonly disks: Disk[];
  readonly keys: PublicKey[];
  lives: Life[];
  backup?: Disk;
}

export interface CastEvents extends LifeEvents {
  /** Something else than its node signs with a liar's key. */
  lied(id: ValidatorId, message: Uint8Array): void;
  /** It said two things in one slot. */
  contradicted(id: ValidatorId): void;
}

export function createCast(
  world: World,
  founding: Founding,
  network: NetworkPort,
  roster: Roster,
  epochs: EpochFold,
  events: CastEvents,
): Cast {
  const { ids, genesis } = founding;
  const sides = drawSides(world, ids);
  const isTwin = (id: ValidatorId): boolean => roster.roles.get(id) === 'twins';
  const newDisk = (index: number): Disk => createDisk(genesis, founding.seats.get(ids[index]!)!.incarnation);
  const seats = new Map(ids.map((id, index) => [id, seatOf(id, index)]));
  const seat = (id: ValidatorId): Seat => seats.get(id)!;

  function seatOf(id: ValidatorId, index: number): Seat {
    const ports = isTwin(id) ? createTwinPorts(world, network, founding, sides, isTwin).ports : [portOf(id)];
    const disks = ports.map(() => newDisk(index));
    const keys = [consensusKeyOf(index, 0)];
    return { index, clock: createReplicaClock(world), ports, disks, keys, lives: [] };
  }

  function portOf(id: ValidatorId): NetworkPort {
    if (!roster.isLiar(id)) return network;
    const signing = (message: Uint8Array): void => events.lied(id, message);
    const contradicts = (): void => events.contradicted(id);
    const disk = (): Disk => seat(id).disks[0]!;
    const mouth = { self: id, epochs, world, founding, signing, contradicts, disk };
    return createMouthPort(network, mouth, roster.roles.get(id) as MouthKind);
  }

  function start(id: ValidatorId): Life | undefined {
    const { clock, ports, disks, keys, lives } = seat(id);
    if (lives.length > 0) return undefined;
    try {
      ports.forEach((port, which) => {
        lives.push(
          startLife({ world, founding, network: port, disk: disks[which]!, id, keys, clock, events }),
        );
      });
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      world.trace(() => `${id} does not start: ${error.message}`);
      crash(id);
      return undefined;
    }
    const [first] = lives;
    for (const life of [...lives]) life.seated();
    return first;
  }

  function crash(id: ValidatorId): boolean {
    const { lives } = seat(id);
    seat(id).lives = [];
    for (const life of lives) life.crash();
    return lives.length > 0;
  }

  function wipe(id: ValidatorId, what: 'everything' | 'votes'): void {
    crash(id);
    const { index, disks } = seat(id);
    const incarnation = (index + 0x100).toString(16).padStart(32, 'f') as Incarnation;
    disks[0] =
      what === 'everything' ? createDisk(genesis, incarnation) : { ...disks[0]!, incarnation, records: [] };
  }

  function newKey(id: ValidatorId): PublicKey {
    const { index, keys } = seat(id);
    const key = consensusKeyOf(index, keys.length);
    keys.push(key);
    return key;
  }

  function backUp(id: ValidatorId): void {
    seat(id).backup = copyDisk(seat(id).disks[0]!);
  }

  function rollBack(id: ValidatorId, what: 'everything' | 'votes' | 'blocks'): void {
    crash(id);
    const { backup, disks } = seat(id);
    const [disk] = disks;
    if (backup === undefined || disk === undefined) return;
    if (what === 'everything') disks[0] = backup;
    else if (what === 'votes') disks[0] = { ...disk, records: backup.records };
    else disks[0] = { ...backup, records: disk.records };
  }

  return {
    life: (id) => seat(id).lives[0],
    disk: (id) => seat(id).disks[0]!,
    clock: (id) => seat(id).clock,
    newKey,
    crash,
    crashAt: (id, point) => {
      for (const life of seat(id).lives) life.crashAt(point);
    },
    start,
    wipe,
    backUp,
    rollBack,
  };
}

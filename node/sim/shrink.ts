/**
 * A seed that fails is run again with less and less going wrong, as long as the same invariant breaks: first without
 * what the network does all the time, then without liars, then without single faults (Zeller's ddmin).
 */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { ProfileName } from './profiles.ts';
import type { Settings } from './settings.ts';
import { type Changes, runUniverse, type UniverseResult } from './universe.ts';

export interface Shrunk {
  /** Of the shortest schedule. */
  readonly result: UniverseResult;
  readonly faultsBefore: number;
  /** What still goes wrong all the time, in prose. */
  readonly stillThere: readonly string[];
  readonly runs: number;
  readonly steps: number;
  readonly profile: ProfileName;
}

interface Calming {
  readonly prose: string;
  readonly settings: Partial<Settings>;
}

const calmings: readonly Calming[] = [
  { prose: 'frames are lost', settings: { loss: 0 } },
  { prose: 'frames are doubled', settings: { duplication: 0 } },
  { prose: 'frames overtake one another', settings: { stragglers: 0 } },
  { prose: 'signing and verifying take time', settings: { cryptoIsSlow: false } },
  { prose: 'writes are torn', settings: { tornWrites: false } },
  { prose: 'clocks differ', settings: { clockSkewMaxMs: 0, clockRateMax: 0 } },
];

const runsEnough = 150;

export function shrink(
  failed: UniverseResult,
  steps: number,
  profile: ProfileName,
  runsMax = runsEnough,
): Shrunk {
  const { seed, replicas } = failed;
  const wanted = nameOf(failed);
  let best = failed;
  let changes: Changes = {};
  let runs = 0;

  /** Kept if it still breaks in the same way. */
  function attempt(next: Changes): boolean {
    if (runs >= runsMax) return false;
    runs += 1;
    const result = runUniverse(seed, replicas, steps, profile, next);
    if (result.failure === undefined || nameOf(result) !== wanted) return false;
    changes = next;
    best = result;
    return true;
  }

  const stillThere = calmings.filter(
    ({ settings }) => !attempt({ ...changes, settings: { ...changes.settings, ...settings } }),
  );
  for (const id of [...failed.roleOf.keys()]) attempt({ ...changes, roles: without(id) });
  removeFaults();

  function without(id: ValidatorId): Changes['roles'] & object {
    const roles = new Map(changes.roles ?? failed.roleOf);
    roles.delete(id);
    return roles;
  }

  /** Tries to leave out halves, then quarters, down to single faults. */
  function removeFaults(): void {
    for (let parts = 2; best.faults.length > 0 && runs < runsMax; ) {
      const numbers = best.faults.map(({ number }) => number);
      const size = Math.max(1, Math.ceil(numbers.length / parts));
      if (removeOne(numbers, size)) parts = Math.max(2, parts - 1);
      else if (size === 1) return;
      else parts *= 2;
    }
  }

  function removeOne(numbers: readonly number[], size: number): boolean {
    for (let from = 0; from < numbers.length; from += size) {
      const leftOut = new Set([...(changes.leftOut ?? []), ...numbers.slice(from, from + size)]);
      if (attempt({ ...changes, leftOut })) return true;
    }
    return false;
  }

  return {
    result: best,
    faultsBefore: failed.faults.length,
    stillThere: stillThere.map(({ prose }) => prose),
    runs,
    steps,
    profile,
  };
}

/** The claim without who, where and when: what broke. */
function nameOf({ failure }: UniverseResult): string {
  const claim = failure?.claim.split('\n')[0] ?? '';
  return claim.replaceAll(/\b[0-9a-f]{8,}\b|\bv\d+\b|\d+/g, '…').slice(0, 60);
}

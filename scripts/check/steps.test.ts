import { expect, it } from 'vitest';
import { readOptions, stepsOf as stepsPerUniverse } from '../../node/sim/options.ts';
import { type scopes, stepsOf } from './steps.ts';

const simulator = 'dist/node/sim/main.js';

/** Replicas → seeds of the usual mix, as the simulator itself reads the command lines. */
function seedsIn(scope: (typeof scopes)[number]): ReadonlyMap<number, number> {
  const seeds = new Map<number, number>();
  for (const { command } of stepsOf(scope)) {
    const at = command.indexOf(simulator);
    const options = at < 0 ? undefined : readOptions(command.slice(at + 1));
    if (options?.profile !== 'usual') continue;
    for (const replicas of options.replicas) {
      expect(stepsPerUniverse(options, replicas)).toBeGreaterThanOrEqual(2_000);
      seeds.set(replicas, (seeds.get(replicas) ?? 0) + options.seeds);
    }
  }
  return seeds;
}

it('every check runs 300 universes with four and with seven replicas, and every test 100 with five as well', () => {
  const checked = [
    [4, 300],
    [7, 300],
  ] as const;
  expect(seedsIn('check')).toEqual(new Map(checked));
  expect(seedsIn('test')).toEqual(new Map([...checked, [5, 100]]));
});

/** What a long run of the usual mix must have met: a fault or a liar that never takes effect tests nothing. */
import { crashPoints } from './life.ts';
import { liarKinds } from './roster.ts';
import type { Tally } from './tally.ts';

/** Seeds after which all of it has happened many times over. */
export const seedsEnough = 3_000;

const expected: readonly string[] = [
  ...[
    'frame lost',
    'frame late',
    'frame doubled',
    'partition',
    'single directions cut',
    'frame on a cut line',
  ],
  ...['directions cut for good', 'frame on a dead line', 'lost for good', 'clock step'],
  ...['crash', 'power failure', ...crashPoints.map((point) => `crash ${point}`)],
  ...['write torn', 'write lost', 'all unconfirmed writes lost'],
  ...['disk slow', 'disk slow for good', 'disk full', 'write on a full disk'],
  ...['block damaged', 'damaged block read', 'wiped: everything', 'wiped: votes', 'backed up'],
  ...['everything', 'votes', 'blocks'].map((what) => `back from a copy: ${what}`),
  ...liarKinds.map((kind) => `lie of ${kind}`),
];

/** Kinds of faults and lies that never took effect; empty as long as the run is short. */
export function asleep({ seeds, met }: Pick<Tally, 'seeds' | 'met'>): readonly string[] {
  return seeds < seedsEnough ? [] : expected.filter((what) => met[what] === undefined);
}

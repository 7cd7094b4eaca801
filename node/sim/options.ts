/** The command line of `npm run sim`. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type ProfileName, profiles } from './profiles.ts';

export interface SimOptions {
  /** First seed. */
  readonly seed: number;
  /** How many seeds; Infinity: until the hours are over. */
  readonly seeds: number;
  /** Wall time at most. */
  readonly hours: number;
  readonly replicas: readonly number[];
  /** Before healing; undefined: as many as `stepsOf` says. */
  readonly steps: number | undefined;
  readonly workers: number;
  readonly profile: ProfileName;
  /** Where a long run is kept; undefined: nowhere. */
  readonly state: string | undefined;
  /** Whatever is kept there. */
  readonly fresh: boolean;
  readonly shrinks: boolean;
  readonly json: boolean;
}

export const help = `Runs whole networks in virtual time, one universe for each seed, and checks after each step that
nothing forks, nothing is lost, nobody votes twice; then that all goes on once a quorum is well.

npm run sim -- [options]
  --seed N          first seed (1)
  --seeds COUNT     how many seeds (1; without end with --hours)
  --hours H         stop after so many hours of wall time; an interrupted run goes on where it was, as long as no
                    file that runs and no package has changed
  --replicas N      4, 5, 7 … validators; may be given more than once (4, 5 and 7)
  --steps K         steps before healing in each universe (2000; 2400 with more than five validators)
  --workers THREADS how many at once (one for each core)
  --profile NAME    kind of universe (usual): ${Object.keys(profiles).join(', ')}
  --state FILE      keep a long run here (data/sim-state.json with --hours)
  --fresh           begin anew, whatever is kept
  --no-shrink       do not look for the shortest schedule of a seed that fails
  --json            one JSON object for each number of replicas
  --help

Exit code 1 if an invariant broke, or if in 3000 seeds of the usual mix a kind of fault or lie never took effect. A seed replays its universe exactly.
`;

/** undefined: help was asked for. Throws if an option makes no sense. */
export function readOptions(args: readonly string[]): SimOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string' },
      hours: { type: 'string' },
      replicas: { type: 'string', multiple: true, default: ['4', '5', '7'] },
      steps: { type: 'string' },
      workers: { type: 'string', default: String(availableParallelism()) },
      profile: { type: 'string', default: 'usual' },
      state: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      'no-shrink': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { hours } = values;
  return {
    seed: positive('seed', values.seed),
    seeds: values.seeds === undefined ? defaultSeeds(hours) : positive('seeds', values.seeds),
    hours: hours === undefined ? Number.POSITIVE_INFINITY : hoursOf(hours),
    replicas: values.replicas.map((text) => positive('replicas', text)),
    steps: values.steps === undefined ? undefined : positive('steps', values.steps),
    workers: positive('workers', values.workers),
    profile: profileOf(values.profile),
    state: values.state ?? (hours === undefined ? undefined : 'data/sim-state.json'),
    fresh: values.fresh,
    shrinks: !values['no-shrink'],
    json: values.json,
  };
}

/** With more replicas a block takes more frames: so many more that half of the seeds have twenty blocks. */
export const stepsOf = ({ steps }: Pick<SimOptions, 'steps'>, replicas: number): number =>
  steps ?? (replicas > 5 ? 2_400 : 2_000);

const defaultSeeds = (hours: string | undefined): number =>
  hours === undefined ? 1 : Number.POSITIVE_INFINITY;

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} must be a positive integer`);
  return value;
}

function hoursOf(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error('--hours must be a positive number');
  return value;
}

function profileOf(name: string): ProfileName {
  if (name in profiles) return name as ProfileName;
  throw new Error(`--profile must be one of ${Object.keys(profiles).join(', ')}`);
}

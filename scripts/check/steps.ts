/** What each scope of the checks runs, in this order. */

export interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** vitest project whose tests are counted one by one. */
  readonly project?: string;
  /** It leaves cores idle and says little: it runs beside its neighbours of which this is true as well. */
  readonly beside?: boolean;
}
/** The project of this name, and those whose names begin with it. */
const vitest = (project: string): Step => ({
  name: `${project} tests`,
  command: ['npx', 'vitest', 'run', '--project', `${project}*`],
  project,
});

const simulation = (...args: readonly string[]): readonly string[] => [
  ...['node', '--single-threaded-gc', 'dist/node/sim/main.js'],
  ...args,
];

/** A long simulation keeps its place in a file of its own, so that an interrupted one goes on where it was. */
const longSimulation = (replicas: number, seeds: number, profile: string): Step => ({
  name: `${seeds} universes, ${replicas} replicas, ${profile}`,
  command: simulation(
    ...['--replicas', String(replicas), '--seeds', String(seeds), '--profile', profile],
    ...['--hours', '24', '--state', `data/sim-${profile}-${replicas}.json`],
  ),
});

const beside = (name: string, ...command: readonly string[]): Step => ({ name, command, beside: true });

const checkSteps: readonly Step[] = [
  beside('dead files and exports', 'npx', 'knip'),
  beside('types of node, scripts and tests', 'npx', 'tsc', '-p', 'tsconfig.test.json'),
  beside('types of the pure rooms', 'npx', 'tsc', '-p', 'tsconfig.pure.json'),
  beside('types of the console', 'npx', 'tsc', '-p', 'console/tsconfig.json', '--noEmit'),
  beside('format and lint', 'npx', 'biome', 'check', '.'),
  beside('import directions and bans', 'node', 'dist/scripts/check/tidy.js'),
  vitest('unit'),
  // One run for both: the threads of another would be cold again, and those of the first wait for its last seed.
  {
    name: 'simulation, four and seven replicas',
    command: simulation('--replicas', '4', '--replicas', '7', '--seeds', '300'),
  },
];
const testSteps: readonly Step[] = [
  ...checkSteps,
  vitest('simulator'),
  { name: 'simulation, five replicas', command: simulation('--replicas', '5', '--seeds', '100') },
  { name: 'fuzzing of every decoder', command: ['node', 'dist/scripts/fuzz/main.js', '--seconds', '60'] },
  vitest('integration'),
  vitest('browser'),
];

/** What takes hours: each kind of trial whole, with the numbers that the project promises. */
const longSteps: readonly Step[] = [
  longSimulation(4, 20_000, 'usual'),
  longSimulation(7, 20_000, 'usual'),
  longSimulation(5, 5_000, 'usual'),
  longSimulation(4, 5_000, 'epochs'),
  longSimulation(7, 5_000, 'epochs'),
  { name: 'known bugs are caught', command: ['node', 'dist/node/sim/mutants/main.js'] },
  { name: 'chaos with real processes', command: ['node', 'dist/scripts/chaos/main.js'] },
  {
    name: 'fuzzing, ten minutes a decoder',
    command: ['node', 'dist/scripts/fuzz/main.js', '--minutes', '10'],
  },
  {
    name: 'scenarios of the benchmark',
    command: [
      ...['node', 'dist/scripts/bench/main.js', '--scenario'],
      'dead-backup,bad-signatures,crawling-primary,censoring-primary,flood',
    ],
  },
];

/** `long` is what `test` leaves out. */
export const scopes = ['check', 'test', 'long'] as const;
export type Scope = (typeof scopes)[number];

const steps: Readonly<Record<Scope, readonly Step[]>> = {
  check: checkSteps,
  test: testSteps,
  long: longSteps,
};

export function stepsOf(scope: Scope): readonly Step[] {
  return steps[scope];
}

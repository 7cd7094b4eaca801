/** What each scope of the checks runs, in this order. */

export interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** vitest project whose tests are counted one by one. */
  readonly project?: string;
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

const checkSteps: readonly Step[] = [
  { name: 'format and lint', command: ['npx', 'biome', 'check', '.'] },
  { name: 'types of the pure rooms', command: ['npx', 'tsc', '-p', 'tsconfig.pure.json'] },
  { name: 'types of node, scripts and tests', command: ['npx', 'tsc', '-p', 'tsconfig.test.json'] },
  { name: 'types of the console', command: ['npx', 'tsc', '-p', 'console/tsconfig.json', '--noEmit'] },
  { name: 'import directions and bans', command: ['node', 'dist/scripts/check/tidy.js'] },
  { name: 'dead files and exports', command: ['npx', 'knip'] },
  vitest('unit'),
  { name: 'simulation, four replicas', command: simulation('--replicas', '4', '--seeds', '300') },
  { name: 'simulation, seven replicas', command: simulation('--replicas', '7', '--seeds', '300') },
];
const testSteps: readonly Step[] = [
  ...checkSteps,
  { name: 'fuzzing of every decoder', command: ['node', 'dist/scripts/fuzz/main.js', '--seconds', '60'] },
  vitest('integration'),
  vitest('browser'),
];

/** What takes hours: each kind of trial whole, with the numbers that the project promises. */
const longSteps: readonly Step[] = [
  longSimulation(4, 20_000, 'usual'),
  longSimulation(7, 20_000, 'usual'),
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

import { configDefaults, defineConfig } from 'vitest/config';

/** What browsers run as well: with the digests and signatures that they have. */
const portableRooms = ['shared/**/*.test.ts', 'console/**/*.test.{ts,tsx}'];

/**
 * Files that keep a process for themselves: they take long, and what they leave would slow down others (universes), or
 * they watch the whole process (the fuzzer's coverage, the output of the checks). Each costs the start of one, so
 * small tests beside them are none of these.
 */
const ownProcess = [
  'node/sim/report.test.ts',
  'node/sim/scenarios/scenarios.test.ts',
  'scripts/fuzz/{campaign,regressions}.test.ts',
  'scripts/check/run-step.test.ts',
];

/** Whether the simulator finds what it has to find: whole universes, which take as long as a third of all other tests. */
const ofSimulator = ['node/sim/{universe,shared-reader}.test.ts', 'node/sim/mutants/mutants.test.ts'];

const unit = {
  environment: 'node',
  // Left to itself, vitest leaves a core free: on two, files would run one after another.
  maxWorkers: 2,
  // Timings are no assertions: a test may wait for a machine that does other work.
  testTimeout: 30_000,
  hookTimeout: 30_000,
} as const;

/** As every process of the node does at its start. */
const asNode = { setupFiles: ['node/crypto/test-support/as-node.ts'] };

/** What real processes print, answer and write, and what a browser is told and keeps, is searched for secrets when a file ends. */
const watched = ['test/support/secret-watch/setup.ts'];

export default defineConfig({
  test: {
    // A process of its own, with all that it imports, costs a file several times what most tests do. Tests of the
    // other projects share one, so each puts right what it changes of it: timers, digests, variables.
    projects: [
      { test: { ...unit, ...asNode, name: 'unit', include: ownProcess } },
      { test: { ...unit, name: 'unit-portable', include: portableRooms, isolate: false } },
      {
        test: {
          ...unit,
          ...asNode,
          name: 'unit-shared',
          include: ['node/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...ownProcess, ...ofSimulator],
          isolate: false,
        },
      },
      { test: { ...unit, ...asNode, name: 'simulator', include: ofSimulator } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          setupFiles: watched,
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          setupFiles: watched,
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});

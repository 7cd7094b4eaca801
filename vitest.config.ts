import { configDefaults, defineConfig } from 'vitest/config';

/** Nothing here keeps anything between two calls that a test could see. */
const pureRooms = [
  'shared/**/*.test.ts',
  'node/consensus/**/*.test.ts',
  'node/ledger/**/*.test.ts',
  'node/runtime/**/*.test.ts',
];

const unit = {
  environment: 'node',
  // Left to itself, vitest leaves a core free: on two, files would run one after another.
  maxWorkers: 2,
  // Timings are no assertions: a test may wait for a machine that does other work.
  testTimeout: 30_000,
  hookTimeout: 30_000,
} as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...unit,
          name: 'unit',
          include: ['node/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...pureRooms],
        },
      },
      {
        test: {
          ...unit,
          name: 'unit-pure',
          include: [...pureRooms, 'console/**/*.test.{ts,tsx}'],
          // A process of its own for each of these files costs several times what most of their tests do.
          isolate: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});

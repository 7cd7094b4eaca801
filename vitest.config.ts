import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'shared/**/*.test.ts',
            'node/**/*.test.ts',
            'scripts/**/*.test.ts',
            'console/**/*.test.{ts,tsx}',
          ],
          environment: 'node',
          // Left to itself, vitest leaves a core free: on two, files would run one after another.
          maxWorkers: 2,
          // Timings are no assertions: a test may wait for a machine that does other work.
          testTimeout: 30_000,
          hookTimeout: 30_000,
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

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/support/secret-watch/leaking/leaking{,-browser}.ts'],
    setupFiles: ['test/support/secret-watch/setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/support/secret-watch/leaking/leaking.ts'],
    setupFiles: ['test/support/secret-watch/setup.ts'],
  },
});

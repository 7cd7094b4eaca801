/** Before each file of the integration and browser tests. Hooks end in reverse order: what the tests stop has stopped. */
import { afterAll } from 'vitest';
import { watchSecrets } from './watch.ts';

const watch = watchSecrets();

afterAll(() => {
  const leaks = watch.end();
  if (leaks.length > 0) throw new Error(`secrets where anyone may read them:\n${leaks.join('\n')}`);
});

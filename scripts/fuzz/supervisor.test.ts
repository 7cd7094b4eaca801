import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import type { Finding } from './campaign.ts';
import { Supervisor } from './supervisor.ts';

/** A thread that runs this program when it gets its order, in the place of a campaign. */
const threadOf = (program: string) => () =>
  new Worker(
    `const { parentPort } = require('node:worker_threads');
     const tell = (report) => parentPort.postMessage(report);
     const finding = (message) => ({ property: 'round-trip', message, input: Uint8Array.of(message.length) });
     parentPort.on('message', () => { ${program} });`,
    { eval: true },
  );
const order = { target: 'planted', seed: 1, durationMs: 1, regressions: [] };
const figures = { runs: 9, accepted: 8, kept: 7, features: 6, covered: 5 };

test('what a worker finds is told as it comes, and is not lost with a campaign that never ends', async () => {
  const supervisor = new Supervisor(
    threadOf(`
      tell({ type: 'broke', finding: finding('first, large') });
      tell({ type: 'found', finding: finding('first') });
      tell({ type: 'broke', finding: finding('known already') });
      tell({ type: 'found', finding: undefined });
      tell({ type: 'broke', finding: finding('second, large') });
      tell({ type: 'progress', figures: ${JSON.stringify(figures)} });
      for (;;);`),
  );
  const found: string[] = [];
  await new Promise<void>((progressed) => {
    void supervisor.run(order, {
      progress: () => progressed(),
      found: ({ message }) => found.push(message),
    });
  });
  expect(found).toEqual(['first']);
  await supervisor.interrupt();
  expect(found).toEqual(['first', 'second, large']);
});

test('a worker that dies takes nothing with it that it had found', async () => {
  const supervisor = new Supervisor(
    threadOf(`
      tell({ type: 'found', finding: finding('first') });
      tell({ type: 'broke', finding: finding('second, large') });
      throw new Error('the end');`),
  );
  const found: Finding[] = [];
  const end = await supervisor.run(order, {
    progress: () => undefined,
    found: (finding) => found.push(finding),
  });
  expect(end.runs).toBe(0);
  expect(found.map(({ property }) => property)).toEqual(['round-trip', 'round-trip', 'named-error']);
  expect(found[2]!.message).toContain('the end');
});

test('a campaign that ends says how far it came', async () => {
  const done = `tell({ type: 'done', figures: ${JSON.stringify(figures)} });`;
  const supervisor = new Supervisor(threadOf(done));
  const found: Finding[] = [];
  const events = { progress: () => undefined, found: (finding: Finding) => void found.push(finding) };
  expect(await supervisor.run(order, events)).toEqual(figures);
  expect(found).toEqual([]);
  supervisor.close();
});

import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { expect, test } from 'vitest';
import { explainFailure, keptByNpm } from './hints.ts';

function failureOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing failed');
}

test('an option that does not exist leads to the help', () => {
  const failure = failureOf(() => parseArgs({ args: ['--rest'], options: {} }));
  expect(explainFailure(failure)).toMatch(/^Unknown option '--rest'[\s\S]*npm start -- --help/);
  expect(explainFailure(failureOf(() => parseArgs({ args: ['reset'], options: {} })))).toContain('--help');
});

test('a data directory that cannot be made leads to another one', () => {
  const failure = failureOf(() => mkdirSync(import.meta.filename, { recursive: true }));
  expect(explainFailure(failure)).toMatch(/^EEXIST[\s\S]*npm start -- --data DIR/);
  expect(explainFailure(failureOf(() => mkdirSync('/proc/concordat')))).toMatch(/^ENOENT[\s\S]*--data DIR/);
  expect(explainFailure(Object.assign(new Error('read-only'), { code: 'EROFS' }))).toContain('--data DIR');
});

test('what says itself what to do is left as it is', () => {
  expect(explainFailure(new Error('taken\nStop it.'))).toBe('taken\nStop it.');
  expect(explainFailure('odd')).toBe('odd');
});

test('an option that npm took for its own is not passed over', () => {
  const names = ['reset', 'data', 'network', 'json'];
  expect(keptByNpm(names, { npm_config_reset: 'true' })).toMatch(
    /--reset to itself\.\n.*npm start -- --reset/,
  );
  expect(keptByNpm(names, { npm_config_cache: '/tmp', reset: 'true' })).toBeUndefined();
});

import { expect, test } from 'vitest';
import type { CauseJson } from '../../../../shared/api.ts';
import { factsOf } from './cause-facts.ts';

const common = { severity: 'impair', sentence: '', next: '', act: [] } as const;
const textOf = (cause: CauseJson): readonly string[] =>
  factsOf(cause).map(({ name, values }) => `${name}: ${values.map(({ value }) => value).join('; ')}`);

test('who is missing, each with the reason', () => {
  const missing = [
    { validator: 'delta', reason: 'no process listens at its address', silentMs: 12_000 },
    { validator: 'gamma', reason: 'there has been no link yet' },
  ];
  const facts = { reachable: 2, needed: 3, missing };
  expect(textOf({ ...common, code: 'quorum-unreachable', facts })).toEqual([
    'Reachable: 2',
    'Needed: 3',
    'Missing: delta: no process listens at its address, last heard 12 s ago; gamma: there has been no link yet',
  ]);
});

test('a divergence: its blocks are hashes, its height leads to the block, its keys are code', () => {
  const facts = { validator: 'delta', height: 7, block: 'aa', certified: 'bb', keys: ['streams/load/0'] };
  const kinds = factsOf({ ...common, code: 'state-divergence', facts }).map(({ values }) => values[0]?.as);
  expect(kinds).toEqual(['text', 'height', 'hash', 'hash', 'code']);
});

test('figures carry their units, and an empty list is no row', () => {
  const disk = { validator: 'delta', path: '/data', freeBytes: 6 * 2 ** 20 };
  expect(textOf({ ...common, code: 'disk-full', facts: disk })).toEqual([
    'Validator: delta',
    'Path: /data',
    'Free: 6.0 MiB',
  ]);
  const clock = { validator: 'delta', offsetMs: -40_000, driftMs: 900 };
  expect(textOf({ ...common, code: 'clock-off', facts: clock })).toEqual([
    'Validator: delta',
    'Clock differs by: −40 s',
    'Allowed difference: 900 ms',
  ]);
  const ended = { validator: 'delta', name: 'gateway certificate', expiresAt: 5, daysLeft: -1 };
  expect(textOf({ ...common, code: 'certificate-expiring', facts: ended })).toContain(
    'Time left: none, it has ended',
  );
  expect(
    textOf({ ...common, code: 'split-execution', facts: { height: 7, validators: ['beta'], keys: [] } }),
  ).toEqual(['Height: 7', 'Validators: beta']);
});

test('two ledgers: who serves which block', () => {
  const blocks = [
    { block: 'ab'.repeat(32), validators: ['alpha', 'beta'] },
    { block: 'cd'.repeat(32), validators: ['delta'] },
  ];
  expect(textOf({ ...common, code: 'ledgers-differ', facts: { height: 7, blocks } })[1]).toBe(
    'Blocks: abababab… served by alpha, beta; cdcdcdcd… served by delta',
  );
});

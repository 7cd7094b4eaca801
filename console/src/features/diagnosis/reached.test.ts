import { expect, test } from 'vitest';
import type { CauseJson } from '../../../../shared/api.ts';
import { cutInWords, missingIn } from './reached.ts';

const words = { sentence: '', next: '', act: [] };
const quorum = {
  ...words,
  code: 'quorum-unreachable',
  severity: 'stall',
  facts: {
    reachable: 2,
    needed: 3,
    missing: [
      { validator: 'gamma', reason: 'it stopped answering' },
      { validator: 'delta', reason: 'it stopped answering' },
    ],
  },
} as CauseJson;
const one = {
  ...words,
  code: 'validator-unreachable',
  severity: 'impair',
  facts: { validator: 'beta', reason: 'it was stopped' },
} as CauseJson;
const other = { ...words, code: 'votes-lost', severity: 'impair', facts: { validator: 'beta' } } as CauseJson;

test('those who are missing, whichever cause names them', () => {
  expect(missingIn([quorum])).toEqual(['delta', 'gamma']);
  expect(missingIn([one, other])).toEqual(['beta']);
  expect(missingIn([other])).toEqual([]);
});

test('who answers here runs: it is the way between that is cut', () => {
  expect(cutInWords('alpha', [])).toBeUndefined();
  expect(cutInWords('alpha', ['delta'])).toBe(
    'delta answers this browser: it runs, and the links between alpha and delta are cut. The operators on both sides look at the network between them.',
  );
  expect(cutInWords('alpha', ['delta', 'gamma'])).toMatch(/^delta and gamma answer this browser: they run/);
});

import { expect, test } from 'vitest';
import type { KeyStepJson } from '../../../../shared/api.ts';
import { activationInWords, stepInWords } from './plan-words.ts';

const key = 'ab'.repeat(32);

test.each<[KeyStepJson, RegExp]>([
  [{ who: 'alpha', what: 'ask-for-key', key }, /^has made the key abababab…abab, and nobody has decided/],
  [{ who: 'alpha', what: 'announce-readiness', key }, /says by itself that it holds the key abababab…abab/],
  [{ who: 'beta', what: 'attest', subject: 'alpha' }, /^its node reaches alpha and says so/],
  [{ who: 'alpha', what: 'wait-for-height', key, height: 1200 }, /from block 1,200, by itself$/],
  [
    { who: 'alpha', what: 'replace-suspected-key', key },
    /^replaces the key abababab…abab, which is suspected/,
  ],
  [{ who: 'alpha', what: 'renew-certificate', certificate: 'gateway' }, /^renews its gateway$/],
])('%j is told as %s', (step, words) => expect(stepInWords(step)).toMatch(words));

test('an activation is told with its block once that is fixed', () => {
  const activation = { number: 3, status: 'approved', deadline: 1_000, member: 'alpha' } as const;
  expect(activationInWords({})).toBeUndefined();
  expect(activationInWords({ activation })).toBe('Activation 3 of alpha is approved');
  expect(activationInWords({ activation: { ...activation, status: 'scheduled', at: 1_200 } })).toBe(
    'Activation 3 of alpha is scheduled, in force from block 1,200',
  );
});

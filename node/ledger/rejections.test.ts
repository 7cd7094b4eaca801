import { expect, test } from 'vitest';
import { describeRejection, rejectionCodes } from './rejections.ts';

test.each(rejectionCodes)('%s has a headline and a next step, both sentences', (code) => {
  const { headline, nextStep } = describeRejection(code)!;
  expect(headline).toMatch(/^[A-Z].*\.$/);
  expect(nextStep).toMatch(/^[A-Z].*\.$/);
});

test('codes of other versions, and names of every object, have no text', () => {
  expect(describeRejection('from-the-future')).toBeUndefined();
  expect(describeRejection('constructor')).toBeUndefined();
});

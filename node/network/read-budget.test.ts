import { expect, it } from 'vitest';
import { chargeMs, ReadBudget } from './read-budget.ts';

const options = { share: 0.2, burstMs: 100, pauseMaxMs: 2_000 };

it('a burst passes, then the share of the time counts', () => {
  const budget = new ReadBudget(options, 0);
  expect(budget.spend(99, 0)).toBe(0);
  expect(budget.spend(21, 0)).toBe(100);
  // Paid back after that pause: 100 ms at a fifth.
  expect(budget.spend(0, 105)).toBe(0);
});

it('rest refills up to the burst', () => {
  const budget = new ReadBudget(options, 0);
  budget.spend(100, 0);
  expect(budget.spend(99, 10_000)).toBe(0);
  expect(budget.spend(2, 10_000)).toBeGreaterThan(0);
});

it('no pause is longer than a living link may be silent', () => {
  const budget = new ReadBudget(options, 0);
  expect(budget.spend(1_000_000, 0)).toBe(2_000);
});

it('a clock that goes back refills nothing', () => {
  const budget = new ReadBudget(options, 1_000);
  budget.spend(100, 1_000);
  expect(budget.spend(0, 0)).toBeGreaterThan(0);
});

it('a small frame that sets off the execution of a block is not charged with it', () => {
  expect(chargeMs(150, 200)).toBeLessThan(1.1);
});

it('what a frame costs by its size is charged whole', () => {
  expect(chargeMs(25, 256 * 1024)).toBe(25);
  expect(chargeMs(0.3, 200)).toBe(0.3);
});

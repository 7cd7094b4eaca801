import { expect, test } from 'vitest';
import type { TransactionId } from '../../../shared/types/brands.ts';
import { createWaits } from './waits.ts';

const [a, b, c] = ['aa', 'bb', 'cc'] as TransactionId[] as [TransactionId, TransactionId, TransactionId];

function setUp() {
  let nowMs = 1_000;
  const waits = createWaits({ monotonicMs: () => nowMs, wallMs: () => 0 });
  return {
    waits,
    passes: (ms: number) => {
      nowMs += ms;
    },
  };
}

test('counts from the arrival of each until it ran, once', () => {
  const { waits, passes } = setUp();
  waits.arrived(a);
  passes(100);
  waits.arrived(b);
  passes(300);
  waits.committed([a, b]);
  waits.committed([a, b]);
  const { count, sum } = waits.snapshot();
  expect(count).toBe(2);
  expect(sum).toBeCloseTo(0.7, 9);
});

test('what never waited here and what left without having run is not counted', () => {
  const { waits, passes } = setUp();
  waits.arrived(a);
  passes(50);
  waits.left([a]);
  waits.committed([a, c]);
  expect(waits.snapshot().count).toBe(0);
});

test('its bounds tell a fifth apart, from a millisecond to beyond the longest life of a transaction', () => {
  const { bounds } = setUp().waits.snapshot();
  expect(bounds[0]).toBe(0.001);
  expect(bounds.at(-1)).toBeGreaterThan(600);
  const ratios = bounds.slice(1).map((bound, index) => bound / bounds[index]!);
  expect(Math.max(...ratios)).toBeLessThan(1.27);
});

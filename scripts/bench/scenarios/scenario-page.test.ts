/** The page that scenarios print. */
import { describe, expect, test } from 'vitest';
import type { Finding } from './scenario.ts';
import { isAsWanted, scenarioPage } from './scenario-page.ts';

const share = (value: number): Finding => ({
  figure: 'of the throughput',
  value,
  unit: 'share',
  wanted: { atLeast: 0.9 },
});
const wait = (value: number): Finding => ({
  figure: 'replaced',
  value,
  unit: 'timeouts',
  wanted: { atMost: 2 },
});

describe('a figure is as wanted', () => {
  test('at its bound, not beyond it', () => {
    expect([share(0.9), share(0.899), wait(2), wait(2.01)].map(isAsWanted)).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test('if nothing is wanted of it', () => {
    expect(isAsWanted({ figure: 'certified', value: 0, unit: '/s' })).toBe(true);
  });
});

test('the page says what is wanted, and what was missed', () => {
  const findings = [{ figure: 'certified', value: 1199.6, unit: '/s' } as const, share(0.95), wait(2.5)];
  const page = scenarioPage({ scenario: 'dead-backup', findings, asWanted: false });
  expect(page.split('\n').map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
    'dead-backup',
    '  certified  1200/s',
    '  of the throughput  95.0 % (wanted ≥ 90.0 %)',
    '  replaced  2.50 timeouts (wanted ≤ 2.00 timeouts, MISSED)',
  ]);
});

import { describe, expect, it } from 'vitest';
import type { PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import { backOffMs } from './back-off.ts';
import { createRepetitionFilter } from './repetition.ts';
import { addSample, bestSample, type Sample, sampleOf } from './round-trip.ts';
import { type Contender, isHandover, newerSurvives } from './survivor.ts';

const a = 'a' as ValidatorId;
const b = 'b' as ValidatorId;
const key = (name: string) => name as PublicKey;
const contender = (dialer: ValidatorId, session = 's1', own = 'a1', peer = 'b1'): Contender => ({
  dialer,
  session,
  keys: { own: key(own), peer: key(peer) },
});

describe('the survivor of two connections', () => {
  it('is the one that the smaller id dialled, in whatever order the two arrive and at both ends', () => {
    for (const ends of [
      [a, b],
      [b, a],
    ] as const) {
      expect(newerSurvives(contender(a), contender(b), ends)).toBe(true);
      expect(newerSurvives(contender(b), contender(a), ends)).toBe(false);
    }
  });

  it('is the newer one if the same end dialled again or the peer restarted', () => {
    expect(newerSurvives(contender(b), contender(b), [a, b])).toBe(true);
    expect(newerSurvives(contender(b, 's2'), contender(a, 's1'), [a, b])).toBe(true);
  });

  it('is the newer one if one of the ends proves another key, whoever dialled', () => {
    for (const [dialer, older] of [
      [a, a],
      [a, b],
      [b, a],
      [b, b],
    ] as const) {
      expect(newerSurvives(contender(dialer, 's1', 'a2'), contender(older), [a, b])).toBe(true);
      expect(newerSurvives(contender(dialer, 's1', 'a1', 'b2'), contender(older), [a, b])).toBe(true);
    }
  });
});

describe('a handover', () => {
  it('is from one good connection to another: dialled at once, or under another key', () => {
    expect(isHandover(contender(a), contender(b))).toBe(true);
    expect(isHandover(contender(a, 's1', 'a2'), contender(a))).toBe(true);
    expect(isHandover(contender(a, 's1', 'a1', 'b2'), contender(a))).toBe(true);
  });

  it('is none if the older one was lost, or belonged to a process that is gone', () => {
    expect(isHandover(contender(a), contender(a))).toBe(false);
    expect(isHandover(contender(b, 's2'), contender(a, 's1'))).toBe(false);
    expect(isHandover(contender(a, 's2', 'a2'), contender(a, 's1'))).toBe(false);
  });
});

describe('back-off', () => {
  it('doubles up to the maximum and loses a random half at most', () => {
    const limits = { backOffMinMs: 100, backOffMaxMs: 1_000 };
    expect([0, 1, 2, 3, 4, 500].map((attempt) => backOffMs(attempt, limits, 0))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
    expect(backOffMs(1, limits, 1)).toBe(100);
  });
});

describe('round trip and clock offset', () => {
  it('follow from the four times of a ping', () => {
    // Peer's clock is 500 ahead; 10 there, 5 in between, 20 back.
    expect(sampleOf(1_000, 1_510, 1_515, 1_035)).toEqual({ roundTripMs: 30, clockOffsetMs: 495 });
  });

  it('come from the fastest of the last eight samples', () => {
    let samples: readonly Sample[] = [];
    for (const roundTripMs of [1, 9, 8, 7, 6, 5, 4, 3, 20]) {
      samples = addSample(samples, { roundTripMs, clockOffsetMs: roundTripMs * 10 });
    }
    expect(bestSample(samples)).toEqual({ roundTripMs: 3, clockOffsetMs: 30 });
    expect(bestSample([])).toBeUndefined();
  });
});

describe('the repetition filter', () => {
  it('lets one of many equal lines through and tells how many it held back', () => {
    let now = 0;
    const filter = createRepetitionFilter(100, () => now);
    expect([filter('x'), filter('x'), filter('x'), filter('y')]).toEqual([0, undefined, undefined, 0]);
    now = 100;
    expect([filter('x'), filter('y')]).toEqual([2, 0]);
  });
});

import { describe, expect, it } from 'vitest';
import { followedAtMs, highest, longestGapMs } from './timeline.ts';

const seen = (gateway: number, height: number, atMs: number) => ({ gateway, height, atMs });
const span = { fromMs: 0, toMs: 100 };

describe('longest gap', () => {
  it('is counted between first sightings, and to both ends', () => {
    const blocks = [seen(0, 1, 10), seen(1, 1, 60), seen(0, 2, 40)];
    expect(longestGapMs(blocks, span, [])).toBe(60);
    expect(longestGapMs([], span, [])).toBe(100);
  });

  it('leaves out the time without a quorum, not the time around it', () => {
    const blocks = [seen(0, 1, 10), seen(0, 2, 90)];
    expect(longestGapMs(blocks, span, [{ fromMs: 15, toMs: 80 }])).toBe(10);
    expect(longestGapMs(blocks, span, [{ fromMs: 40, toMs: 80 }])).toBe(30);
  });
});

describe('following again', () => {
  const blocks = [seen(0, 5, 20), seen(1, 5, 30), seen(0, 6, 50), seen(1, 6, 70)];

  it('is over when the last one reported a new block', () => {
    expect(highest(blocks)).toBe(6);
    expect(followedAtMs(blocks, [0, 1], 5, 40)).toBe(70);
    expect(followedAtMs(blocks, [0], 5, 40)).toBe(50);
  });

  it('is not over while one has reported old ones only', () => {
    expect(followedAtMs(blocks, [0, 1, 2], 5, 40)).toBeUndefined();
    expect(followedAtMs(blocks, [0], 6, 40)).toBeUndefined();
  });
});

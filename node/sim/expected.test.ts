import { describe, expect, it } from 'vitest';
import { asleep, seedsEnough } from './expected.ts';
import { liarKinds } from './roster.ts';

describe('what a long run must have met', () => {
  it('names every liar that told no lie and every fault that took no effect', () => {
    const quiet = asleep({ seeds: seedsEnough, met: { 'frame lost': 3, 'lie of twins': 1 } });
    expect(quiet).not.toContain('frame lost');
    expect(quiet).not.toContain('lie of twins');
    expect(quiet).toContain('write torn');
    const others = liarKinds.filter((kind) => kind !== 'twins').map((kind) => `lie of ${kind}`);
    expect(quiet).toEqual(expect.arrayContaining(others));
  });

  it('asks nothing of a short run', () => {
    expect(asleep({ seeds: seedsEnough - 1, met: {} })).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeKeyFilter } from './key-filter.ts';

describe('the filter of keys', () => {
  it('never denies a key that was added, however full it is', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 400 }), (keys) => {
        const filter = makeKeyFilter(64, 256);
        for (const key of keys) {
          filter.add(key);
          expect(filter.mayHave(key)).toBe(true);
        }
        for (const key of keys) expect(filter.mayHave(key)).toBe(true);
      }),
    );
  });

  it('denies nearly all others, also beyond its first layer', () => {
    const filter = makeKeyFilter(2 ** 12, 2 ** 18);
    const key = (index: number) => `bound/pairs/by-nonce/${index.toString(16).padStart(96, '0')}`;
    for (let index = 0; index < 10_000; index++) filter.add(key(index));
    let passed = 0;
    for (let index = 0; index < 10_000; index++) {
      expect(filter.mayHave(key(index))).toBe(true);
      if (filter.mayHave(key(index + 1_000_000))) passed++;
    }
    expect(passed).toBeLessThan(500);
  });
});

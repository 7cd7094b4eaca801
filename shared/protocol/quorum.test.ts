import { describe, expect, test } from 'vitest';
import { faultsTolerated, quorum, weakQuorum } from './quorum.ts';

describe('quorum arithmetic (protocol.md, head; Castro & Liskov, OSDI 99, section 3)', () => {
  test.each(Array.from({ length: 20 }, (_, i) => i + 1))('n = %i', (n) => {
    const f = faultsTolerated(n);
    const q = quorum(n);
    expect(2 * q - n).toBeGreaterThanOrEqual(f + 1); // two quorums share f+1
    expect(q).toBeLessThanOrEqual(n - f); // the honest alone form one
    expect(q - f).toBeGreaterThanOrEqual(weakQuorum(n)); // a quorum's honest part outvotes the liars
  });

  test('the sizes people remember', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 10].map((n) => [n, faultsTolerated(n), quorum(n)])).toEqual([
      [1, 0, 1],
      [2, 0, 2],
      [3, 0, 2],
      [4, 1, 3],
      [5, 1, 4],
      [6, 1, 4],
      [7, 2, 5],
      [10, 3, 7],
    ]);
  });
});

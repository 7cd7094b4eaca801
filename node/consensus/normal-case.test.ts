/** OSDI'99 §4.2, with execution and seals behind it. */
import { describe, expect, test } from 'vitest';
import { Cluster } from './testing/cluster.ts';

describe('normal case (N1–N4, D2; OSDI 99 §4.2)', () => {
  test.each([1, 2, 3, 4, 5, 7])('%i validators order, execute, seal and certify', (n) => {
    const cluster = new Cluster(n);
    for (let i = 1; i <= 10; i += 1) {
      cluster.submit(`t${i}`);
      cluster.settle();
      expect(cluster.heights()).toEqual(Array.from({ length: n }, () => i));
    }
    expect(cluster.violations).toEqual([]);
  });
});

describe('loss of the primary (V1–V4; OSDI 99 §4.4)', () => {
  test.each([4, 5, 7])('%i validators go on without it', (n) => {
    const cluster = new Cluster(n);
    cluster.submit('t1');
    cluster.settle();
    cluster.crash(0);
    cluster.submit('t2');
    cluster.advance(3_000);
    expect(cluster.heights().slice(1)).toEqual(Array.from({ length: n - 1 }, () => 2));
    expect(cluster.violations).toEqual([]);
  });
});

/** Rules N7, D2, X4: seals and certificates from anywhere, falling behind, divergence (OSDI'99 §4.3). */

import { describe, expect, test } from 'vitest';
import type { BlockHash, Height } from '../../shared/types/brands.ts';
import { heightOf } from '../../shared/types/brands.ts';
import { batchOf, certificateOf, idOf } from './test-support/forge.ts';
import { Solo } from './test-support/solo.ts';

const batch = batchOf(1_000_000, idOf(0), 'a');

describe('certificates from anywhere (N7)', () => {
  test('one for what we executed certifies it, though no seal came', () => {
    const solo = new Solo();
    solo.order(1, batch);
    const certificate = certificateOf(solo.config, 1, solo.blocks.get(1)!);
    expect(solo.all('certified', solo.feed({ type: 'certificate', certificate }))).toEqual([
      { type: 'certified', certificate },
    ]);
    expect(solo.view().certified).toBe(1);
  });

  test('heights are certified in order', () => {
    const solo = new Solo();
    solo.order(1, batch);
    solo.order(2, batchOf(1_000_000, idOf(0), 'b'));
    for (const peer of [0, 2]) solo.seal(2, solo.blocks.get(2)!, peer);
    expect(solo.all('certified')).toEqual([]);
    for (const peer of [0, 2]) solo.seal(1, solo.blocks.get(1)!, peer);
    expect(solo.all('certified').map(({ certificate }) => certificate.height)).toEqual([1, 2]);
  });

  test('what is no certificate changes nothing', () => {
    const solo = new Solo();
    const certificate = { ...certificateOf(solo.config, 9, 'b9'), seals: [] };
    solo.feed({ type: 'certificate', certificate });
    expect(solo.all('behind', solo.advance(10_000))).toEqual([]);
  });

  test('seals before execution count after it', () => {
    const solo = new Solo();
    const scout = new Solo();
    scout.order(1, batch);
    for (const peer of [0, 2, 3]) solo.seal(1, scout.blocks.get(1)!, peer);
    expect(solo.all('certified')).toEqual([]);
    solo.order(1, batch);
    expect(solo.view().certified).toBe(1);
  });
});

describe('behind', () => {
  test('at once if the height is out of the window; again only after a while or progress', () => {
    const solo = new Solo({ self: 0 });
    const outputs = solo.feed({ type: 'certificate', certificate: certificateOf(solo.config, 9, 'b9') });
    expect(solo.all('behind', outputs)).toEqual([{ type: 'behind', height: 9, peers: ['v1', 'v2'] }]);
    expect(
      solo.all(
        'behind',
        solo.feed({ type: 'certificate', certificate: certificateOf(solo.config, 10, 'b10') }),
      ),
    ).toEqual([]);
    expect(solo.all('behind', solo.advance(1_999))).toEqual([]);
    expect(solo.all('behind', solo.advance(1))).toMatchObject([{ height: 10 }]);
    solo.catchUpTo(3, 'b3');
    expect(solo.all('behind', solo.advance(500))).toMatchObject([{ height: 10 }]);
    solo.catchUpTo(10, 'b10');
    expect(solo.all('behind', solo.advance(60_000))).toEqual([]);
  });

  test('inside the window a slower replica is given time to get there itself', () => {
    const solo = new Solo({ self: 0 });
    const outputs = solo.feed({ type: 'certificate', certificate: certificateOf(solo.config, 1, 'b1') });
    expect(solo.all('behind', outputs)).toEqual([]);
    expect(solo.all('behind', solo.advance(500))).toHaveLength(1);
  });

  test('whose batch is here waits longer for the votes that it lacks than a fetched block would take', () => {
    const solo = new Solo();
    solo.propose(1, batch);
    expect(solo.state.slots.get(heightOf(1))?.proposal?.status).toBe('accepted');
    solo.feed({ type: 'certificate', certificate: certificateOf(solo.config, 1, 'b1') });
    expect(solo.all('behind', solo.advance(1_999))).toEqual([]);
    expect(solo.all('behind', solo.advance(1))).toHaveLength(1);
  });

  test('heights that were never ordered here take their slots with them', () => {
    const solo = new Solo();
    solo.propose(1, batch);
    solo.prepare(2, 'x' as never, 3);
    const outputs = solo.catchUpTo(2, 'b2');
    expect(solo.state.slots.size).toBe(0);
    expect(solo.all('prune', outputs)).toEqual([{ type: 'prune', height: 2 as Height }]);
    expect(solo.view()).toMatchObject({ certified: 2, executed: 2 });
  });

  test('an execution that catch-up overtook is ignored', () => {
    const solo = new Solo();
    solo.executes = false;
    solo.order(1, batch);
    solo.catchUpTo(2, 'b2');
    const summary = { ids: [], ran: 0 };
    expect(solo.feed({ type: 'executed', height: 1 as Height, block: 'b1' as BlockHash, summary })).toEqual(
      [],
    );
  });
});

describe('X4: divergence', () => {
  test('own block ≠ Q equal seals: stop', () => {
    const solo = new Solo();
    solo.order(1, batch);
    for (const peer of [0, 2, 3]) solo.seal(1, 'other', peer);
    expect(solo.all('halt')).toEqual([
      { type: 'halt', code: 'state-divergence', height: 1, own: solo.blocks.get(1), others: ['other'] },
    ]);
    expect(solo.view().mode).toBe('halted');
    expect(solo.advance(60_000)).toEqual([]);
    expect(solo.propose(2, batch)).toEqual([]);
  });

  test('a certificate over another block: the same', () => {
    const solo = new Solo();
    solo.order(1, batch);
    const outputs = solo.feed({ type: 'certificate', certificate: certificateOf(solo.config, 1, 'other') });
    expect(solo.all('halt', outputs)).toMatchObject([{ code: 'state-divergence' }]);
  });

  test('Q equal seals impossible: split-execution', () => {
    const solo = new Solo();
    solo.order(1, batch);
    const own = solo.blocks.get(1)!;
    solo.seal(1, 'x', 0);
    expect(solo.all('halt')).toEqual([]);
    solo.seal(1, 'y', 2);
    expect(solo.all('halt')).toEqual([
      { type: 'halt', code: 'split-execution', height: 1, own, others: ['x', 'y'] },
    ]);
  });

  test('one liar among four cannot stop anyone', () => {
    const solo = new Solo();
    solo.order(1, batch);
    solo.seal(1, 'x', 3);
    for (const peer of [0, 2]) solo.seal(1, solo.blocks.get(1)!, peer);
    expect(solo.view()).toMatchObject({ certified: 1, mode: 'voting' });
  });
});

import { describe, expect, it } from 'vitest';
import type { ValidatorId } from '../../shared/types/brands.ts';
import { createBacklog } from './backlog.ts';
import { createTestContext, ids } from './test-support.ts';
import { defaultTuning } from './tuning.ts';

function setUp() {
  let nowMs = 0;
  const { context } = createTestContext(ids[0] as ValidatorId);
  const clock = { ...context.ports.clock, monotonicMs: () => nowMs };
  const backlog = createBacklog({
    ...context,
    ports: { ...context.ports, clock },
    tuning: { ...defaultTuning, backlogMs: 3_000, backlogCountMin: 1_000 },
  });
  return {
    refused: (waiting: number, own = waiting) => backlog.refusal(waiting, own)?.facts,
    /** Blocks of so many transactions, one every 100 ms. */
    certify(blocks: number, ran: number): void {
      for (let block = 0; block < blocks; block += 1) {
        nowMs += 100;
        backlog.certified(ran);
      }
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('backlog', () => {
  it('takes a burst on a network whose rate is not known yet', () => {
    const { refused } = setUp();
    expect(refused(999)).toBeUndefined();
    expect(refused(1_000)).toEqual({ waiting: 1_000, waitingMax: 1_000, certifiedPerSecond: 0 });
  });

  it('takes as much as is certified within the time', () => {
    const { refused, certify } = setUp();
    certify(20, 100);
    expect(refused(2_999)).toBeUndefined();
    expect(refused(3_000)).toEqual({ waiting: 3_000, waitingMax: 3_000, certifiedPerSecond: 1_000 });
  });

  it('goes on taking while the network stands still: the last known rate holds', () => {
    const { refused, certify, pass } = setUp();
    certify(20, 100);
    pass(60_000);
    expect(refused(2_999)).toBeUndefined();
  });

  it('does not let empty blocks look like a rate', () => {
    const { refused, certify } = setUp();
    certify(20, 100);
    certify(100, 0);
    expect(refused(2_999)).toBeUndefined();
  });

  it('leaves a fair share to the clients of a node whose peers spread too much', () => {
    const { refused, certify } = setUp();
    certify(20, 100);
    expect(refused(20_000, 749)).toBeUndefined();
    expect(refused(20_000, 750)).toBeDefined();
  });
});

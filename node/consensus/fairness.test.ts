/** Rules F1–F3: deadlines, what extends them, heartbeats (OSDI'99 §4.5.2 for liveness). */
import { describe, expect, test } from 'vitest';
import type { TransactionId } from '../../shared/types/brands.ts';
import { nextDeadlineMs } from './step.ts';
import { batchOf, idOf, proposalOf, transactionOf } from './test-support/forge.ts';
import { Solo } from './test-support/solo.ts';

/** The primary itself: nothing but F1 and F2 can make it suspicious. */
const waitingFor = (...names: string[]): { solo: Solo; ids: TransactionId[] } => {
  const solo = new Solo({ self: 0, parameters: { batchLimit: 2, waitingPerPeer: 3 } });
  const ids = names.map(transactionOf);
  solo.feed({ type: 'waiting', from: idOf(2), ids });
  return { solo, ids };
};
const isSuspicious = (solo: Solo): boolean => solo.signed('view-change').length > 0;

/** A certified block of which `ran` transactions ran. */
function certified(solo: Solo, height: number, ids: readonly TransactionId[], ran = ids.length): void {
  solo.feed({
    type: 'certified-durable',
    height: height as never,
    block: `b${height}` as never,
    certificate: {
      epoch: solo.config.epoch,
      height: height as never,
      block: `b${height}` as never,
      seals: [],
    },
    summary: { ids, ran },
    boundary: { kind: 'within' },
  });
}

describe('F1: deadlines of handed-over transactions', () => {
  test('expire after their time, in monotonic time', () => {
    const { solo } = waitingFor('a');
    solo.wallMs += 1_000_000;
    solo.advance(3_999);
    expect(isSuspicious(solo)).toBe(false);
    solo.advance(1);
    expect(solo.noted('primary-suspected')).toMatchObject([{ facts: { reason: 'waiting' } }]);
  });

  test('waiting ends when it is settled', () => {
    const { solo, ids } = waitingFor('a');
    solo.feed({ type: 'settled', ids });
    solo.advance(60_000);
    expect(isSuspicious(solo)).toBe(false);
  });

  test('K places for each validator: a flood of one leaves the others’ places free', () => {
    const { solo } = waitingFor('a');
    solo.feed({
      type: 'waiting',
      from: idOf(3),
      ids: Array.from({ length: 100 }, (_, i) => transactionOf(`f${i}`)),
    });
    solo.feed({ type: 'waiting', from: idOf(2), ids: ['b', 'c', 'd'].map(transactionOf) });
    expect([...solo.state.waiting.values()].map(({ from }) => from).sort()).toEqual([
      'v2',
      'v2',
      'v2',
      'v3',
      'v3',
      'v3',
    ]);
  });

  test('restart in every view', () => {
    const { solo } = waitingFor('a');
    solo.advance(4_000);
    expect(solo.view().changingTo).toBe(1);
    solo.advance(100_000);
    expect(solo.signed('view-change')).toHaveLength(1);
  });

  test('an empty block, or one whose transactions were all skipped, extends nothing', () => {
    const { solo } = waitingFor('a');
    solo.advance(3_000);
    certified(solo, 1, []);
    certified(solo, 2, [transactionOf('x'), transactionOf('y')], 0);
    solo.advance(1_000);
    expect(isSuspicious(solo)).toBe(true);
  });

  test('a block full of transactions that ran extends', () => {
    const { solo } = waitingFor('a');
    solo.advance(1_000);
    certified(solo, 1, [transactionOf('x'), transactionOf('y')]);
    solo.advance(3_999);
    expect(isSuspicious(solo)).toBe(false);
    solo.advance(1);
    expect(isSuspicious(solo)).toBe(true);
  });

  test('a block that is not full extends only for those received after all of it', () => {
    const { solo, ids } = waitingFor('a', 'b');
    solo.advance(1_000);
    certified(solo, 1, [ids[0]!]);
    solo.feed({ type: 'settled', ids: [ids[0]!] });
    solo.advance(3_999);
    expect(isSuspicious(solo)).toBe(false);
    const passedOver = waitingFor('a', 'b');
    passedOver.solo.advance(3_000);
    certified(passedOver.solo, 1, [passedOver.ids[1]!]);
    passedOver.solo.advance(1_000);
    expect(isSuspicious(passedOver.solo)).toBe(true);
  });

  test('settled before or after its block is judged makes no difference', () => {
    const { solo, ids } = waitingFor('a', 'b');
    solo.advance(1_000);
    solo.feed({ type: 'settled', ids: [ids[0]!] });
    certified(solo, 1, [ids[0]!]);
    solo.advance(3_999);
    expect(isSuspicious(solo)).toBe(false);
  });

  test('at most ⌈n²K / batch limit⌉ + window extensions: a busy network does not excuse censorship', () => {
    const { solo } = waitingFor('a');
    const blocksMax = Math.ceil((16 * 3) / 2) + 4;
    for (let height = 1; height <= 100; height += 1) {
      certified(solo, height, [transactionOf(`x${height}`), transactionOf(`y${height}`)]);
      solo.advance(10);
    }
    solo.advance(4_000 + (blocksMax - 1) * 10 - 1_000 - 1);
    expect(isSuspicious(solo)).toBe(false);
    solo.advance(1);
    expect(isSuspicious(solo)).toBe(true);
  });

  test('extensions reach one timeout and a half: a primary that crawls in order is suspected', () => {
    const names = Array.from({ length: 3 }, (_, i) => `t${i}`);
    const { solo, ids } = waitingFor(...names);
    solo.advance(3_500);
    certified(solo, 1, [ids[0]!]);
    solo.feed({ type: 'settled', ids: [ids[0]!] });
    solo.advance(2_499);
    expect(isSuspicious(solo)).toBe(false);
    solo.advance(1);
    expect(solo.noted('primary-suspected')).toMatchObject([{ facts: { reason: 'waiting' } }]);
  });

  test('so does one that fills its blocks with others’ transactions', () => {
    const { solo } = waitingFor('a');
    for (let height = 1; height <= 6; height += 1) {
      expect(isSuspicious(solo)).toBe(false);
      certified(solo, height, [transactionOf(`x${height}`), transactionOf(`y${height}`)]);
      solo.advance(1_000);
    }
    expect(isSuspicious(solo)).toBe(true);
  });

  test('who knows a higher certificate judges when that height is here, once', () => {
    const { solo, ids } = waitingFor('a');
    const seals = [1, 2, 3].map((peer) => ({
      validator: idOf(peer),
      signature: proposalOf(solo.config, 1, 1, batchOf(0, idOf(1))).vote.signature,
    }));
    solo.feed({
      type: 'certificate',
      certificate: { epoch: solo.config.epoch, height: 2 as never, block: 'b2' as never, seals },
    });
    solo.advance(10_000);
    expect(isSuspicious(solo)).toBe(false);
    certified(solo, 1, []);
    solo.advance(1);
    expect(isSuspicious(solo)).toBe(false);
    certified(solo, 2, []);
    solo.advance(1);
    expect(isSuspicious(solo)).toBe(true);
    expect(ids).toHaveLength(1);
  });
});

describe('F2: an uncertified slot above h counts as waiting', () => {
  test('a proposal that does not come to be certified raises suspicion', () => {
    const solo = new Solo({ self: 0 });
    const batch = batchOf(1_000_000, idOf(0), 'a');
    solo.feed({ type: 'propose', batch, digest: proposalOf(solo.config, 0, 1, batch).vote.content as never });
    solo.advance(4_000);
    expect(isSuspicious(solo)).toBe(true);
  });

  test('votes of backups alone start no deadline: a liar cannot disturb a primary with them', () => {
    const solo = new Solo({ self: 0 });
    const { content } = proposalOf(solo.config, 0, 1, batchOf(1, idOf(0), 'a')).vote;
    solo.prepare(1, content as never, 3);
    solo.commit(1, content as never, 3);
    solo.seal(1, 'x', 3);
    solo.advance(60_000);
    expect(isSuspicious(solo)).toBe(false);
  });
});

describe('F3: heartbeats', () => {
  test('each validator each heartbeatMs: its view, h, block and clock', () => {
    const solo = new Solo({ self: 0 });
    solo.catchUpTo(1, 'b1');
    solo.outputs.length = 0;
    for (let i = 0; i < 8; i += 1) solo.advance(125);
    expect(solo.signed('heartbeat').length).toBeGreaterThanOrEqual(4);
    expect(solo.signed('heartbeat').at(-1)).toMatchObject({ view: 0, height: 1, block: 'b1' });
  });

  test('while it asks for a view, it stands for that one: no sign of life for the old', () => {
    const solo = new Solo({ self: 1 });
    solo.advance(1_000);
    expect(solo.signed('heartbeat').at(-1)).toMatchObject({ view: 1 });
  });

  test('a validator that may not vote signs none', () => {
    const solo = new Solo({ unanswered: true });
    solo.advance(1_000);
    expect(solo.signed('heartbeat')).toEqual([]);
  });

  test('the next deadline lies ahead once a tick has handled the present ones', () => {
    const solo = new Solo();
    for (let i = 0; i < 100; i += 1) {
      solo.nowMs = nextDeadlineMs(solo.state)!;
      solo.advance(0);
      expect(nextDeadlineMs(solo.state)).toBeGreaterThan(solo.nowMs);
    }
  });
});

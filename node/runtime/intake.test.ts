import { describe, expect, it } from 'vitest';
import { envelopeBytesMin, transactionId } from '../../shared/codec/ledger.ts';
import type { TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import { createIntake, heldBytesOf } from './intake.ts';
import { createTestContext, ids } from './test-support.ts';
import { defaultTuning } from './tuning.ts';

const [v1, v2, v3] = ids as readonly [ValidatorId, ValidatorId, ValidatorId];
let made = 0;
const envelopes = (count: number): Uint8Array[] =>
  Array.from({ length: count }, () => new Uint8Array(10).fill(++made));

/** Room for so many of them. */
const roomFor = (count: number): number => count * heldBytesOf(new Uint8Array(10));

function setUp(uncheckedBytesPerPeerMax = 1_000_000) {
  const test = createTestContext(v1);
  const tuning = { ...test.context.tuning, intakeSlice: 4, uncheckedBytesPerPeerMax };
  const taken: (readonly [ValidatorId, number])[] = [];
  const dropped: ValidatorId[] = [];
  const known = new Set<TransactionId>();
  const intake = createIntake(
    { ...test.context, tuning },
    {
      isKnown: (id) => known.has(id),
      takeIn: (from, slice) => taken.push([from, slice.length]),
      drop: (from) => dropped.push(from),
    },
  );
  return { ...test, intake, taken, dropped, known };
}

describe('intake', () => {
  it('takes in at once while little comes', () => {
    const { intake, taken } = setUp();
    intake.offer(v2, envelopes(3));
    expect(taken).toEqual([[v2, 3]]);
  });

  it('takes in slice by slice, in order, with a rest between', () => {
    const { intake, taken, advance } = setUp();
    intake.offer(v2, envelopes(6));
    intake.offer(v3, envelopes(3));
    expect(taken).toEqual([[v2, 4]]);
    advance(1);
    expect(taken.slice(1)).toEqual([
      [v2, 2],
      [v3, 2],
    ]);
    advance(1);
    expect(taken.slice(3)).toEqual([[v3, 1]]);
  });

  it('what is taken in later is charged to who sent it, at no more than its number can cost', () => {
    const test = createTestContext(v1);
    const charged: (readonly [ValidatorId, number])[] = [];
    const links = {
      ...test.context.ports.links,
      spend: (from: ValidatorId, costMs: number) => charged.push([from, costMs]),
    };
    let nowMs = 0;
    const clock = { ...test.context.ports.clock, monotonicMs: () => nowMs };
    const context = {
      ...test.context,
      ports: { ...test.context.ports, links, clock },
      tuning: { ...test.context.tuning, intakeSlice: 4 },
    };
    const intake = createIntake(context, {
      isKnown: () => false,
      takeIn: () => {
        nowMs += 1_000;
      },
      drop: () => undefined,
    });
    intake.offer(v2, envelopes(6));
    expect(charged).toEqual([]);
    test.advance(4_000);
    expect(charged).toEqual([[v2, 0.1]]);
  });

  it('peers take turns: a long queue of one does not hold up another', () => {
    const { intake, taken, advance } = setUp();
    intake.offer(v2, envelopes(20));
    intake.offer(v3, envelopes(2));
    advance(1);
    advance(1);
    expect(taken.findIndex(([from]) => from === v3)).toBeLessThan(3);
  });

  it('bounds what one peer has waiting, not what others have', () => {
    const { intake, taken, dropped, advance } = setUp(roomFor(8));
    intake.offer(v2, envelopes(8));
    intake.offer(v2, envelopes(5));
    intake.offer(v3, envelopes(1));
    expect(dropped).toEqual([v2]);
    advance(1);
    advance(1);
    expect(taken).toEqual([
      [v2, 4],
      [v2, 4],
      [v3, 1],
    ]);
  });

  it('takes in at once what a proposed batch lacks, and not a second time', () => {
    const { intake, taken, advance } = setUp();
    const many = envelopes(10);
    intake.offer(v2, many);
    intake.expedite([transactionId(many[9]!), transactionId(new Uint8Array(1))]);
    expect(taken).toEqual([
      [v2, 4],
      [v2, 1],
    ]);
    advance(1);
    advance(1);
    expect(taken.reduce((sum, [, count]) => sum + count, 0)).toBe(10);
  });

  it('looks at one copy only: of several peers, of what is known when it comes or when its turn comes', () => {
    const { intake, taken, advance, known } = setUp();
    const [first, second, third] = [envelopes(4), envelopes(1), envelopes(1)];
    known.add(transactionId(third[0]!));
    intake.offer(v2, first);
    intake.offer(v2, [...second, ...third]);
    intake.offer(v3, second);
    known.add(transactionId(second[0]!));
    advance(1);
    advance(1);
    expect(taken).toEqual([[v2, 4]]);
  });

  it('does not let what one peer brought wait behind the flood of another who brought it first', () => {
    const { intake, taken, advance } = setUp();
    const [flood, copied] = [envelopes(40), envelopes(1)];
    intake.offer(v2, [...flood, ...copied]);
    intake.offer(v3, copied);
    advance(1);
    advance(1);
    expect(taken).toContainEqual([v3, 1]);
  });

  it('counts what an envelope takes beside its bytes: the smallest fill no more memory than large ones', () => {
    const { intake, dropped, context } = setUp(defaultTuning.uncheckedBytesPerPeerMax);
    const { uncheckedBytesPerPeerMax } = context.tuning;
    const smallest = Array.from({ length: uncheckedBytesPerPeerMax / envelopeBytesMin }, (_, index) => {
      const envelope = new Uint8Array(envelopeBytesMin);
      new DataView(envelope.buffer).setUint32(0, index);
      return envelope;
    });
    const half = smallest.length / 2;
    for (let from = 0; from < half; from += 1_000) intake.offer(v2, smallest.slice(from, from + 1_000));
    expect(dropped.length).toBeGreaterThan(0);
  });

  it('gives back the room of what was expedited', () => {
    const { intake, dropped } = setUp(roomFor(8));
    const [first, more] = [envelopes(8), envelopes(4)];
    intake.offer(v2, first);
    intake.expedite(first.map(transactionId));
    intake.offer(v2, more);
    expect(dropped).toEqual([]);
  });
});

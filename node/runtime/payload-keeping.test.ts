/** What state calls present is asked for, however much of it is missing, and what it calls erased is deleted. */
import { describe, expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import type { Digest } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { createPayloadKeeping } from './payload-keeping.ts';
import type { PayloadStorePort } from './ports.ts';
import { createTestContext } from './test-support.ts';

const digestOf = (number: number): Digest => number.toString(16).padStart(64, '0') as Digest;
const erased = { by: 'm', reason: 'r', proposal: 0, height: 1, time: 1 };

/** State records so many payloads, of which some are erased, and some bytes are here. */
function setUp(
  count: number,
  isErased: (number: number) => boolean = () => false,
  /** Somebody reads the file: what was erased is gone, and stays in the log. */
  isRead = false,
) {
  const test = createTestContext();
  const entries = new Map<string, Uint8Array>();
  const set = (key: string, value: CborValue): unknown => entries.set(key, encode(value));
  set(stateKeys.payloadCount, count);
  for (let number = 0; number < count; number += 1) {
    set(stateKeys.payloadNumbered(number), fromHex(digestOf(number)));
    const record = { stream: 's', eventId: `e${number}`, size: 1, erasable: true, recipients: [] };
    set(stateKeys.payload(digestOf(number)), isErased(number) ? { ...record, erased } : record);
  }
  const state = { ...test.ports.state, get: (key: string) => entries.get(key) };
  const erase: PayloadStorePort['erase'] = (digests, done, committed) =>
    test.ports.payloads.erase(digests, isRead ? () => undefined : done, committed);
  const payloads = { ...test.ports.payloads, erase };
  const context = { ...test.context, ports: { ...test.ports, state, payloads } };
  const wanted = new Set<Digest>();
  const needed = new Set<Digest>();
  const keeping = createPayloadKeeping(context, {
    want: ({ digest }) => wanted.add(digest),
    isNeeded: (digest) => needed.has(digest),
  });
  const untilScanned = (): void => {
    keeping.start();
    while (!keeping.figures().isScanned) test.advance(context.tuning.payloadScanMs);
    test.advance(20 * context.tuning.payloadScanMs);
    test.completeAll();
  };
  const put = (number: number): unknown =>
    test.payloads.set(digestOf(number), { bytes: Uint8Array.of(1), arrivedMs: 0, isLoose: true });
  /** Those that are asked for and were not before. */
  const takeWanted = (): readonly Digest[] => {
    const now = [...wanted].filter(keeping.isMissing);
    wanted.clear();
    return now;
  };
  return { ...test, context, keeping, untilScanned, put, takeWanted, needed };
}

describe('with very many missing', () => {
  it('the scan goes on to the end: what was erased there is deleted, what is there is kept', () => {
    const { keeping, untilScanned, put, payloads } = setUp(2_500, (number) => number === 2_400);
    put(2_300);
    put(2_400);
    untilScanned();
    expect(keeping.figures()).toMatchObject({ missing: 2_498, isScanned: true });
    expect(payloads.get(digestOf(2_300))).toMatchObject({ isLoose: false });
    expect(payloads.has(digestOf(2_400))).toBe(false);
  });

  it('a thousand are asked for at once, and the next ones as they come', () => {
    const { keeping, untilScanned, put, takeWanted } = setUp(1_500);
    untilScanned();
    const first = takeWanted();
    expect(first).toHaveLength(1_000);
    const arrived = first.slice(0, 300);
    for (const digest of arrived) put(Number.parseInt(digest, 16));
    keeping.arrived(arrived);
    expect(keeping.figures().missing).toBe(1_200);
    expect(takeWanted().length).toBeGreaterThan(0);
  });

  it('what nobody has makes room for the others, and has its turn again', () => {
    const { keeping, untilScanned, takeWanted, advance, context } = setUp(1_500);
    untilScanned();
    const first = takeWanted();
    for (const digest of first) keeping.unheld(digest);
    expect(keeping.figures().missing).toBe(1_500);
    advance(context.tuning.repairRestMs + 20 * context.tuning.payloadScanMs);
    const second = takeWanted();
    const seen = new Set([...first, ...second]);
    expect(seen.size).toBe(1_500);
    for (const digest of second) keeping.unheld(digest);
    advance(context.tuning.repairRestMs + 20 * context.tuning.payloadScanMs);
    expect(takeWanted().some((digest) => first.includes(digest))).toBe(true);
  });

  it('is not asked for over and over while nobody has it: a rest lies between', () => {
    const { keeping, untilScanned, takeWanted, advance, context } = setUp(1_500);
    untilScanned();
    for (const digest of takeWanted()) keeping.unheld(digest);
    advance(context.tuning.repairRestMs - 1);
    expect(takeWanted()).toEqual([]);
  });
});

it('what all places suffice for stays asked for, though nobody has it', () => {
  const { keeping, untilScanned, takeWanted } = setUp(3);
  untilScanned();
  const [one] = takeWanted();
  keeping.unheld(one!);
  expect(keeping.isMissing(one!)).toBe(true);
});

it('what is found damaged is asked for, and missing until it comes', () => {
  const { keeping, untilScanned, put } = setUp(1);
  put(0);
  untilScanned();
  expect(keeping.figures().missing).toBe(0);
  keeping.damaged(digestOf(0));
  expect(keeping.figures()).toMatchObject({ missing: 1, missingSample: [digestOf(0)] });
  keeping.arrived([digestOf(0)]);
  expect(keeping.figures().missing).toBe(0);
});

it('what is loose and erased is deleted by the sweep, and what is loose and recorded is kept', () => {
  const { context, untilScanned, put, payloads, advance, completeAll } = setUp(2, (number) => number === 0);
  untilScanned();
  put(0);
  put(1);
  advance(context.tuning.payloadSweepMs);
  completeAll();
  expect(payloads.has(digestOf(0))).toBe(false);
  expect(payloads.get(digestOf(1))).toMatchObject({ isLoose: false });
});

describe('what no event came to name', () => {
  it('leaves without a rest while there is more of it than leaves in one go', () => {
    const { context, untilScanned, put, payloads, advance, completeAll } = setUp(0);
    untilScanned();
    for (let number = 0; number < 1_000; number += 1) put(number);
    advance(context.tuning.payloadSweepMs);
    for (let round = 0; round < 4; round += 1) {
      completeAll();
      advance(context.tuning.payloadScanMs);
    }
    completeAll();
    expect(payloads.size).toBe(0);
  });

  it('does not wait for the next ones until the log is cut, which may take as long as a backup', () => {
    const { context, untilScanned, put, payloads, advance, completeAll, logged } = setUp(0, undefined, true);
    untilScanned();
    for (let number = 0; number < 300; number += 1) put(number);
    advance(context.tuning.payloadSweepMs);
    completeAll();
    advance(context.tuning.payloadScanMs);
    completeAll();
    expect([payloads.size, logged]).toEqual([0, []]);
  });

  it('stays while something needs it, and keeps no other from leaving, however much of it there is', () => {
    const { context, untilScanned, put, payloads, advance, completeAll, needed } = setUp(0);
    untilScanned();
    for (let number = 0; number < 300; number += 1) {
      put(number);
      needed.add(digestOf(number));
    }
    put(300);
    advance(context.tuning.payloadSweepMs);
    completeAll();
    advance(context.tuning.payloadScanMs);
    completeAll();
    expect([payloads.size, payloads.has(digestOf(300))]).toEqual([300, false]);
  });
});

import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex } from '../../shared/codec/hex.ts';
import { digestBytes } from '../../shared/crypto/digest.ts';
import type { Nonce } from '../../shared/types/brands.ts';
import { executeBlock } from './execute.ts';
import { minuteOf, transactionOfPair } from './pairs.ts';
import { readRecord } from './records.ts';
import { hasLeaf, stateKeys } from './state-keys.ts';
import { appendOf, createChain, keyOf, type MemoryChain, startTime, transactionOf } from './test-support.ts';

const minuteMs = 60_000;
/** Start of a whole minute after the genesis. */
const base = Math.ceil(startTime / minuteMs) * minuteMs;
const nonceOf = (n: number) => n.toString(16).padStart(32, '0') as Nonce;

function appendAt(chain: MemoryChain, n: number, expiresAt: number, eventId = `e${n}`) {
  return transactionOf(chain.genesis, 'streams.append', appendOf('s', eventId), {
    nonce: nonceOf(n),
    expiresAt,
  });
}
const presence = (chain: MemoryChain, n: number) =>
  transactionOfPair(chain.view, keyOf('north.submitter'), nonceOf(n));
const boundPairKeys = (chain: MemoryChain) =>
  [...chain.state.keys()].filter((key) => key.startsWith('bound/pairs/'));

describe('pairs', () => {
  test('a pair leads to the transaction that ran', () => {
    const chain = createChain();
    const transaction = appendAt(chain, 1, base + 1);
    expect(presence(chain, 1)).toBeUndefined();
    chain.run([transaction]);
    expect(presence(chain, 1)).toBe(transaction.id);
  });

  test('X2: a minute is pruned when it ended at or before the block time, not earlier', () => {
    const chain = createChain();
    chain.run([appendAt(chain, 1, base + minuteMs - 1)], base);
    chain.run([], base + minuteMs - 1);
    expect(presence(chain, 1)).toBeDefined();
    chain.run([], base + minuteMs);
    expect(presence(chain, 1)).toBeUndefined();
  });

  test('X2: what expires at the start of a minute belongs to that minute', () => {
    const chain = createChain();
    chain.run([appendAt(chain, 1, base + minuteMs)], base);
    chain.run([], base + minuteMs);
    expect(presence(chain, 1)).toBeDefined();
    chain.run([], base + 2 * minuteMs);
    expect(presence(chain, 1)).toBeUndefined();
  });

  test('X2: pruning comes before the transactions of the same block', () => {
    const chain = createChain();
    chain.run([appendAt(chain, 1, base + 1)], base);
    const again = appendAt(chain, 1, base + 3 * minuteMs, 'other');
    expect(chain.run([again], base + minuteMs - 1).skipped).toEqual([again.id]);
    expect(chain.run([again], base + minuteMs).ran).toHaveLength(1);
    expect(presence(chain, 1)).toBe(again.id);
  });

  test('collecting an ended minute spares a pair that a later transaction took over', () => {
    const chain = createChain();
    chain.run([appendAt(chain, 1, base + 1), appendAt(chain, 2, base + 2)], base);
    const again = appendAt(chain, 1, base + 3 * minuteMs, 'other');
    chain.run([again], base + minuteMs);
    chain.run([], base + minuteMs);
    expect(presence(chain, 1)).toBe(again.id);
    const minute = minuteOf(base + 3 * minuteMs);
    expect(boundPairKeys(chain).sort()).toEqual(
      [stateKeys.pair(keyOf('north.submitter'), nonceOf(1)), stateKeys.pairPage(minute, 0)].sort(),
    );
  });

  test('the tree has one leaf per minute, a running digest over the pages in order', () => {
    const chain = createChain();
    const [a, b, c] = [1, 2, 3].map((n) => appendAt(chain, n, base + n));
    chain.run([a!, b!], base);
    chain.run([c!], base);
    const page = (...batch: (typeof a)[]) =>
      concatBytes(
        ...batch.flatMap((each) =>
          [each!.body.sender, each!.body.nonce, each!.id].map((hex) => fromHex(hex)),
        ),
      );
    const first = digestBytes('pairs', concatBytes(new Uint8Array(32), page(a, b)));
    const digest = digestBytes('pairs', concatBytes(first, page(c)));
    expect(readRecord(chain.view, stateKeys.pairMinute(minuteOf(base)))).toEqual({
      count: 3,
      pages: 2,
      digest,
    });
    expect([...chain.state.keys()].filter((key) => key.startsWith('pairs/')).sort()).toEqual(
      [stateKeys.pairMinutes, stateKeys.pairMinute(minuteOf(base))].sort(),
    );
    expect(boundPairKeys(chain).some(hasLeaf)).toBe(false);
  });

  test('ended minutes are collected a few pages a block until nothing is left of them', () => {
    const chain = createChain();
    for (let block = 0; block < 10; block++) {
      const batch = Array.from({ length: 50 }, (_, i) => appendAt(chain, 50 * block + i, base + 1 + i));
      chain.run(batch, base);
    }
    expect(boundPairKeys(chain)).toHaveLength(510);
    const { changes } = chain.run([], base + minuteMs);
    expect(changes.size).toBeLessThan(120);
    expect(presence(chain, 499)).toBeUndefined();
    for (let block = 0; block < 5; block++) chain.run([], base + minuteMs);
    expect(boundPairKeys(chain)).toEqual([]);
    expect(readRecord(chain.view, stateKeys.pairMinutes)).toEqual([]);
  });

  test('a jump of the block time ends several minutes at once', () => {
    const chain = createChain();
    chain.run([appendAt(chain, 1, base + 1), appendAt(chain, 2, base + 4 * minuteMs)], base);
    chain.run([], base + 60 * minuteMs);
    expect([presence(chain, 1), presence(chain, 2)]).toEqual([undefined, undefined]);
  });

  test('a node that comes by snapshot, without what is left of ended minutes, goes on with equal roots', () => {
    const chain = createChain();
    for (let block = 0; block < 4; block++) {
      chain.run(
        Array.from({ length: 50 }, (_, i) => appendAt(chain, 50 * block + i, base + 1 + i)),
        base,
      );
    }
    chain.run([], base + minuteMs);
    const left = boundPairKeys(chain);
    const batch = [appendAt(chain, 7, base + 2 * minuteMs, 'again')];
    const whole = chain.input(batch, base + minuteMs);
    const without = new Set(left);
    const joined = {
      ...whole,
      state: { get: (key: string) => (without.has(key) ? undefined : whole.state.get(key)) },
    };
    expect(left.length).toBeGreaterThan(0);
    expect(executeBlock(joined).hash).toBe(executeBlock(whole).hash);
  });
});

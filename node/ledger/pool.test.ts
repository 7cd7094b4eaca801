import { describe, expect, test } from 'vitest';
import type { MemberId, ValidatorId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import { buildGenesis } from './genesis.ts';
import { createPool, type PoolLimits, type PoolSource } from './pool.ts';
import {
  appendOf,
  exampleDocument,
  startTime,
  type TransactionOptions,
  transactionOf,
} from './test-support.ts';

const genesis = buildGenesis(exampleDocument);
const now = startTime;
const accepted: PoolSource = { kind: 'accepted' };
const received: PoolSource = { kind: 'received', peer: 'p' as ValidatorId };
const handedOver = (peer: string): PoolSource => ({ kind: 'handed-over', peer: peer as ValidatorId });
const limits: PoolLimits = {
  countMax: 40,
  bytesMax: 1_000_000,
  perSenderMax: 3,
  placesPerPeer: 2,
  lifetimeMaxMs: 100_000,
};
let made = 0;
function transaction(options: TransactionOptions = {}): Transaction {
  made += 1;
  return transactionOf(genesis, 'streams.append', appendOf('s', `e${made}`), options);
}
const many = (count: number, options: TransactionOptions = {}) =>
  Array.from({ length: count }, () => transaction(options));
const poolOf = (
  list: readonly Transaction[],
  source: PoolSource = received,
  changed: Partial<PoolLimits> = {},
) => {
  const pool = createPool({ ...limits, ...changed });
  for (const each of list) expect(pool.add(each, source, now).ok).toBe(true);
  return pool;
};
const nothing = new Set<Transaction['id']>();
const everything = { limit: 100, bytesMax: 1_000_000, exclude: nothing };
const refusalOf = (addition: ReturnType<ReturnType<typeof createPool>['add']>) =>
  addition.ok ? undefined : addition.rejection;

test('what some peers spread first, in turns, without what was accepted here as well', () => {
  const pool = poolOf([], received, { perSenderMax: 9 });
  const [a, b, c, d] = many(4);
  const spread = (peer: string, ...each: readonly Transaction[]): void => {
    for (const one of each) pool.add(one, { kind: 'received', peer: peer as ValidatorId }, now);
  };
  spread('o1', a!, b!);
  spread('o2', c!);
  spread('v2', d!);
  pool.add(a!, accepted, now);
  const follower = (peer: ValidatorId): boolean => peer.startsWith('o');
  expect(pool.oldestReceived(follower, 9)).toEqual([c, b]);
  expect(pool.oldestReceived(follower, 1)).toEqual([c]);
  expect(pool.oldestReceived(() => false, 9)).toEqual([]);
});

describe('room', () => {
  test('a transaction is kept once', () => {
    const [a] = many(1);
    const pool = poolOf([a!]);
    expect(pool.add(a!, received, now)).toEqual({ ok: true, added: false });
    expect(pool.has(a!.id)).toBe(true);
    expect(pool.get(a!.id)).toBe(a);
    expect(pool.figures()).toEqual({ count: 1, bytes: a!.envelope.length, handedOver: 0, accepted: 0 });
  });

  test('a full pool says so with its figures', () => {
    const pool = poolOf(many(4), accepted, { countMax: 4, perSenderMax: 9 });
    const { bytes } = pool.figures();
    expect(refusalOf(pool.add(transaction(), received, now))).toEqual({
      code: 'pool-full',
      facts: { count: 4, countMax: 4, bytes, bytesMax: 1_000_000 },
    });
  });

  test('bytes are bounded too', () => {
    const [a, b] = many(2);
    const pool = poolOf([a!], received, { bytesMax: a!.envelope.length + b!.envelope.length - 1 });
    expect(refusalOf(pool.add(b!, received, now))?.code).toBe('pool-full');
  });

  test('one sender has a share; others still get in', () => {
    const pool = poolOf(many(3));
    expect(refusalOf(pool.add(transaction(), received, now))?.code).toBe('sender-share-full');
    expect(pool.add(transaction({ sender: 'south.submitter' }), received, now).ok).toBe(true);
  });

  test('what one peer spread takes half of the room at most; others, and clients, still get in', () => {
    const pool = createPool({ ...limits, countMax: 12, perSenderMax: 99 });
    const from = (peer: string): PoolSource => ({ kind: 'received', peer: peer as ValidatorId });
    const takenFrom = (source: PoolSource): number =>
      many(12).filter((each) => pool.add(each, source, now).ok).length;
    expect(takenFrom(from('flooder'))).toBe(6);
    expect(takenFrom(from('other'))).toBe(3);
    expect(takenFrom(accepted)).toBe(3);
    expect(refusalOf(pool.add(transaction(), from('other'), now))?.code).toBe('pool-full');
  });

  test('a member has its part of the pool, and beyond it half of what is free', () => {
    const of = (member: string): PoolSource => ({
      kind: 'accepted',
      client: { member: member as MemberId, members: 4 },
    });
    const pool = createPool({ ...limits, countMax: 16, perSenderMax: 99 });
    const fill = (member: string): number => {
      let count = 0;
      while (count < 20 && pool.add(transaction(), of(member), now).ok) count += 1;
      return count;
    };
    expect([fill('a'), fill('b'), fill('c'), fill('d')]).toEqual([8, 4, 4, 0]);
    const refused = refusalOf(pool.add(transaction(), of('a'), now));
    expect(refused?.code).toBe('pool-full');
    const next = createPool({ ...limits, countMax: 16, perSenderMax: 99 });
    for (const each of many(8)) next.add(each, of('a'), now);
    expect(refusalOf(next.add(transaction(), of('a'), now))).toMatchObject({
      code: 'member-share-full',
      facts: { member: 'a', count: 8, countMax: 8 },
    });
    next.remove([next.oldestAccepted(1)[0]!.id]);
    expect(next.add(transaction(), of('a'), now).ok).toBe(true);
  });

  test('nor more than half of the bytes', () => {
    const [a, b] = many(2);
    const bytesMax = 2 * a!.envelope.length - 1;
    const pool = createPool({ ...limits, bytesMax });
    expect(pool.add(a!, received, now).ok).toBe(true);
    expect(refusalOf(pool.add(b!, received, now))?.code).toBe('pool-full');
  });

  test('what leaves makes room', () => {
    const list = many(3);
    const pool = poolOf(list);
    expect(pool.remove([list[0]!.id, list[0]!.id])).toEqual([list[0]]);
    expect(pool.remove([list[0]!.id])).toEqual([]);
    expect(pool.add(transaction(), received, now).ok).toBe(true);
  });

  test('F1: a full pool keeps K places for each peer', () => {
    const pool = poolOf(many(3));
    const additions = [...many(3), transaction()].map((each, i) =>
      pool.add(each, handedOver(i < 3 ? 'v2' : 'v3'), now),
    );
    expect(additions.map(refusalOf)).toEqual([
      undefined,
      undefined,
      { code: 'peer-places-full', facts: { peer: 'v2', count: 2, countMax: 2 } },
      undefined,
    ]);
    expect(pool.figures()).toMatchObject({ count: 6, handedOver: 3 });
  });

  test('F1: a pooled one that is handed over moves to the peer’s place', () => {
    const list = many(3);
    const pool = poolOf(list);
    expect(pool.add(list[0]!, handedOver('v2'), now)).toEqual({ ok: true, added: false });
    expect(pool.handedOverBy('v2' as ValidatorId)).toEqual([list[0]]);
    expect(pool.add(transaction(), received, now).ok).toBe(true);
    pool.remove([list[0]!.id]);
    expect(pool.figures()).toMatchObject({ count: 3, handedOver: 0 });
    expect(pool.handedOverBy('v2' as ValidatorId)).toEqual([]);
  });

  test('two peers may hand over the same', () => {
    const [a] = many(1);
    const pool = poolOf([a!], handedOver('v2'));
    expect(pool.add(a!, handedOver('v3'), now)).toEqual({ ok: true, added: false });
    expect(pool.select(everything)).toEqual([a]);
    pool.remove([a!.id]);
    expect(pool.figures()).toEqual({ count: 0, bytes: 0, handedOver: 0, accepted: 0 });
  });
});

describe('time', () => {
  test.each([
    [now, 'expired'],
    [now + 1, undefined],
    [now + 100_000, undefined],
    [now + 100_001, 'lifetime-too-long'],
  ])('expiresAt %i: %s', (expiresAt, code) => {
    const pool = createPool(limits);
    expect(refusalOf(pool.add(transaction({ expiresAt }), received, now))?.code).toBe(code);
  });

  test('F2: what expires at or before the time leaves, and nothing else', () => {
    const [a, b, c] = [now + 999, now + 1_000, now + 1_001].map((expiresAt) => transaction({ expiresAt }));
    const pool = poolOf([c!, b!, a!]);
    expect(pool.expire(now + 998)).toEqual([]);
    expect(new Set(pool.expire(now + 1_000))).toEqual(new Set([a, b]));
    expect(pool.has(c!.id)).toBe(true);
    expect(pool.expire(now + 1_000)).toEqual([]);
  });
});

describe('settling', () => {
  test('F2: all with the (sender, nonce) that ran leave', () => {
    const nonce = 'ab'.repeat(16);
    const [a, b, elsewhere] = [
      transaction({ nonce, signature: 1 }),
      transaction({ nonce, signature: 2 }),
      transaction({ nonce, sender: 'south.submitter' }),
    ];
    const pool = poolOf([a!, b!, elsewhere!]);
    expect(pool.settle([b!])).toEqual([a, b]);
    expect(pool.select(everything)).toEqual([elsewhere]);
  });
});

describe('selection', () => {
  test('the oldest first, up to the limit, without those on their way', () => {
    const list = many(4);
    const pool = poolOf(list, received, { perSenderMax: 9 });
    expect(pool.select({ ...everything, limit: 2 })).toEqual(list.slice(0, 2));
    expect(pool.select({ ...everything, exclude: new Set([list[0]!.id]) })).toEqual(list.slice(1));
  });

  test('bytes end a batch without passing one over', () => {
    const list = many(3);
    const pool = poolOf(list);
    const bytesMax = list[0]!.envelope.length + list[1]!.envelope.length;
    expect(pool.select({ ...everything, bytesMax })).toEqual(list.slice(0, 2));
    expect(pool.select({ ...everything, bytesMax: bytesMax - 1 })).toEqual(list.slice(0, 1));
  });

  test('origins take turns: a long queue of one peer delays its own only', () => {
    const [a1, a2, a3, b1, c1] = many(5, {}) as [
      Transaction,
      Transaction,
      Transaction,
      Transaction,
      Transaction,
    ];
    const pool = createPool({ ...limits, perSenderMax: 9 });
    for (const each of [a1, a2, a3]) pool.add(each, { kind: 'received', peer: 'v2' as ValidatorId }, now);
    pool.add(b1, { kind: 'received', peer: 'v3' as ValidatorId }, now);
    pool.add(c1, accepted, now);
    expect(pool.select({ ...everything, limit: 3 })).toEqual([c1, a1, b1]);
    expect(pool.select(everything)).toEqual([c1, a1, b1, a2, a3]);
  });

  test('F1: handed-over ones come first, one of each peer in turn', () => {
    const pool = createPool(limits);
    const [own, a1, a2, b1] = many(4);
    pool.add(own!, accepted, now);
    pool.add(a1!, handedOver('v2'), now);
    pool.add(a2!, handedOver('v2'), now);
    pool.add(b1!, handedOver('v3'), now);
    expect(pool.select(everything)).toEqual([a1, b1, a2, own]);
    expect(pool.select({ ...everything, limit: 2 })).toEqual([a1, b1]);
  });

  test('F1: the oldest accepted are those to hand over', () => {
    const [a, b, c] = many(3);
    const pool = poolOf([a!], received);
    for (const each of [b!, c!, a!]) pool.add(each, accepted, now);
    expect(pool.oldestAccepted(2)).toEqual([b, c]);
    expect(pool.oldestAccepted(9)).toEqual([b, c, a]);
  });

  test('F1: what expires later than said is passed over, and takes no place', () => {
    const [long] = many(1, { expiresAt: now + 9_000 });
    const short = many(2, { expiresAt: now + 5_000 });
    const pool = poolOf([long!, ...short], accepted);
    expect(pool.oldestAccepted(2, now + 5_000)).toEqual(short);
    const spread = poolOf([long!, ...short], received);
    expect(spread.oldestReceived(() => true, 2, now + 5_000)).toEqual(short);
  });
});

test('every figure returns to zero, whatever came and went', () => {
  const pool = createPool({ ...limits, countMax: 500, perSenderMax: 500, placesPerPeer: 50 });
  const list = many(400, { expiresAt: now + 5_000 });
  for (const [i, each] of list.entries()) {
    pool.add(each, [accepted, received, handedOver('v2'), handedOver('v3')][i % 4]!, now);
    if (i % 7 === 0) pool.add(each, handedOver('v4'), now);
  }
  pool.settle(list.slice(0, 100));
  pool.remove(list.slice(50, 200).map(({ id }) => id));
  pool.expire(now + 5_000);
  expect(pool.figures()).toEqual({ count: 0, bytes: 0, handedOver: 0, accepted: 0 });
  expect(pool.select(everything)).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import type { Transaction } from '../../shared/types/ledger.ts';
import { createTestContext, document, startMs, transactionOf } from './test-support.ts';
import { createWaitingRoom } from './waiting-room.ts';

const { lifetimeMs, driftMs } = document.parameters;

function roomWith(transaction: Transaction) {
  const { context, advance } = createTestContext();
  const room = createWaitingRoom(context, startMs);
  const [refusal] = room.add([transaction], { kind: 'accepted' });
  return { room, advance, refusal };
}

describe('what waits can be proposed (rules F1, X2)', () => {
  it.each([
    ['the shortest', 1],
    ['the longest', lifetimeMs + driftMs],
  ])('%s life that is taken in can be selected at once', (_, lifeMs) => {
    const transaction = transactionOf({ expiresAt: startMs + lifeMs });
    const { room, refusal } = roomWith(transaction);
    expect(refusal).toBeUndefined();
    expect(room.select(new Set())).toEqual([transaction]);
  });

  it('a life beyond lifetime and drift is not taken in, for no batch could run it now', () => {
    const { room, refusal } = roomWith(transactionOf({ expiresAt: startMs + lifetimeMs + driftMs + 1 }));
    expect(refusal).toMatchObject({ code: 'lifetime-too-long' });
    expect(room.select(new Set())).toEqual([]);
  });

  it('what our clock calls expired is not selected, and asks for an empty batch', () => {
    const { room, advance } = roomWith(transactionOf({ expiresAt: startMs + 1_000 }));
    advance(2_000);
    expect(room.select(new Set())).toEqual([]);
    expect(room.hasExpiredByClock()).toBe(true);
  });
});

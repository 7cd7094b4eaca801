import { describe, expect, it } from 'vitest';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import type { CertifiedBlock } from './execution.ts';
import { createTestContext, document, genesis, startMs, transactionOf } from './test-support.ts';
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

describe('what waits when another epoch begins (rule E1)', () => {
  /** In which state the parameters of the next epoch are given. */
  function entering(changed: Partial<NetworkParameters>, ...transactions: readonly Transaction[]) {
    const { context } = createTestContext();
    let parameters = document.parameters;
    const current = () => ({ ...context.epochs.current(), parameters });
    const room = createWaitingRoom({ ...context, epochs: { ...context.epochs, current } }, startMs);
    room.add(transactions, { kind: 'accepted' });
    parameters = { ...parameters, ...changed };
    return { room, left: room.entered() };
  }
  const small = transactionOf({ expiresAt: startMs + 1_000 });

  it('leaves if it is larger than an envelope may be now, or has longer to live, and is not taken in again', () => {
    const envelopeBytesMax = small.envelope.length - 1;
    const { room, left } = entering({ envelopeBytesMax }, small);
    expect(left).toEqual([small.id]);
    expect(room.has(small.id)).toBe(false);
    expect(room.add([small], { kind: 'accepted' })).toMatchObject([{ code: 'too-large' }]);
    const long = transactionOf({ expiresAt: startMs + lifetimeMs });
    expect(entering({ lifetimeMs: lifetimeMs / 2 }, small, long).left).toEqual([long.id]);
  });

  it('stays if nothing got narrower, however long the last block is ago', () => {
    const long = transactionOf({ expiresAt: startMs + lifetimeMs + driftMs });
    const { room, left } = entering({ window: 5 }, small, long);
    expect(left).toEqual([]);
    expect(room.figures().count).toBe(2);
  });
});

describe('a readiness whose activation ended', () => {
  const ready = (sender: string): Transaction =>
    transactionOf({ sender, signer: sender, action: 'validator.ready' });

  /** A block that ran nothing, with these closing events. */
  function settled(...events: readonly string[]) {
    const { context } = createTestContext();
    const room = createWaitingRoom(context, startMs);
    const stranger = ready('nobody any more');
    const known = ready('client');
    const other = transactionOf({ sender: 'nobody at all', signer: 'nobody at all' });
    room.add([stranger, known, other], { kind: 'accepted' });
    const closing = events.map((type) => ({ type, data: {} }));
    const block = { header: genesis.header, skipped: [], ran: [], opening: [], closing };
    const left = room.settle({ block, transactions: [] } as unknown as CertifiedBlock);
    return { left, stranger };
  }

  it('waits no longer once no key of the epoch to come signs it', () => {
    const { left, stranger } = settled('activation.lapsed');
    expect(left).toEqual([stranger.id]);
  });

  it('waits while nothing about activations changes', () => {
    expect(settled().left).toEqual([]);
  });
});

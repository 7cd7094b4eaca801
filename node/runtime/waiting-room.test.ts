import { describe, expect, it } from 'vitest';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import type { CertifiedBlock } from './execution.ts';
import { createTestContext, document, genesis, keyOf, startMs, transactionOf } from './test-support.ts';
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

describe('what a validator said with a key that was replaced', () => {
  const asked = transactionOf({ sender: 'old', signer: 'old', action: 'validator.rotate' });
  const plain = transactionOf({ sender: 'old', signer: 'old' });

  it('leaves with the epoch of that key, and is not taken in again; nobody else would take it', () => {
    const { context } = createTestContext();
    let validators = [{ ...document.validators[0]!, consensusKey: keyOf('old') }];
    const current = () => ({ ...context.epochs.current(), validators });
    const room = createWaitingRoom({ ...context, epochs: { ...context.epochs, current } }, startMs);
    expect(room.add([asked, plain], { kind: 'accepted' })).toEqual([undefined, undefined]);
    expect(room.entered()).toEqual([]);
    validators = [{ ...document.validators[0]!, consensusKey: keyOf('new') }];
    expect(room.entered()).toEqual([asked.id]);
    expect(room.has(plain.id)).toBe(true);
    expect(room.add([asked], { kind: 'accepted' })).toMatchObject([{ code: 'not-a-validator' }]);
  });
});

describe('a readiness whose activation ended', () => {
  const ready = transactionOf({ sender: 'next', signer: 'next', action: 'validator.ready' });
  const other = transactionOf({ sender: 'nobody', signer: 'nobody' });

  /** While the key is that of a validator to come both are taken in; then a block ends with these events. */
  function settled(...events: readonly string[]) {
    const { context } = createTestContext();
    let validators = [{ ...document.validators[0]!, consensusKey: keyOf('next') }];
    const current = () => ({ ...context.epochs.current(), validators });
    const room = createWaitingRoom({ ...context, epochs: { ...context.epochs, current } }, startMs);
    expect(room.add([ready, other], { kind: 'accepted' })).toEqual([undefined, undefined]);
    validators = [];
    const closing = events.map((type) => ({ type, data: {} }));
    const block = { header: genesis.header, skipped: [], ran: [], opening: [], closing };
    return { room, left: room.settle({ block, transactions: [] } as unknown as CertifiedBlock) };
  }

  it('waits no longer once no key of the epoch to come signs it, and is not taken in again', () => {
    const { room, left } = settled('activation.lapsed');
    expect(left).toEqual([ready.id]);
    expect(room.add([ready], { kind: 'accepted' })).toMatchObject([{ code: 'not-a-validator' }]);
  });

  it('waits while nothing about activations changes', () => {
    expect(settled().left).toEqual([]);
  });
});

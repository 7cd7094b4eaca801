import { describe, expect, it } from 'vitest';
import { epochOf, heightOf, type ValidatorId, viewOf } from '../../shared/types/brands.ts';
import type { Membership } from '../../shared/types/epochs.ts';
import type { SignedVote } from '../../shared/types/messages.ts';
import { evolve } from '../ledger/modules/all.ts';
import { epochOpened } from '../ledger/modules/epochs.ts';
import { createOverlay } from '../ledger/overlay.ts';
import { writeRecord } from '../ledger/records.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { createEpochBook } from './epoch-book.ts';
import { outerCheck, slotCheck } from './signatures.ts';
import { createTestPorts, document, genesis, ids, keyOf } from './test-support.ts';

const [v1, v2] = ids as readonly [ValidatorId, ValidatorId];
const { network } = genesis;
const [zero, one, two] = [0, 1, 2].map(epochOf) as [ReturnType<typeof epochOf>, never, never];
const open = (height = 0) => {
  const { state } = createTestPorts(v1).ports;
  return createEpochBook({ network, state, height: heightOf(height) });
};

/** Epoch 1 from block 10 on, in which v1 has the key of this name, and a larger window. */
const nextWith = (key: string): Membership => ({
  epoch: one,
  firstHeight: heightOf(10),
  validators: document.validators.map((validator) =>
    validator.id === v1 ? { ...validator, consensusKey: keyOf(key) } : validator,
  ),
  parameters: { ...document.parameters, window: 2 * document.parameters.window },
  protocol: 1,
});

describe('an epoch book', () => {
  it('begins with what state says, and knows no other epoch', () => {
    const book = open();
    expect(book.current()).toMatchObject({ epoch: 0, firstHeight: 1, validators: document.validators });
    expect([book.previous(), book.scheduled(), book.setOf(one)]).toEqual([undefined, undefined, undefined]);
    expect(book.setOf(zero)).toEqual({ network, keys: new Map(ids.map((id) => [id, keyOf(id)])) });
    expect(book.limits()).toEqual({ validators: 4, window: 16, batchLimit: 1_000 });
  });

  it('knows a scheduled set until it is withdrawn, and tells of each change once', () => {
    const book = open();
    let changes = 0;
    book.onChange(() => {
      changes += 1;
    });
    const lastHeight = heightOf(9);
    book.boundary({ kind: 'within', lastHeight, scheduled: nextWith('new') });
    expect(book.setOf(one)?.keys.get(v1)).toBe(keyOf('new'));
    expect(book.limits().window).toBe(32);
    book.boundary({ kind: 'within', lastHeight, scheduled: nextWith('new') });
    expect(changes).toBe(1);
    book.boundary({ kind: 'within' });
    expect([book.setOf(one), book.scheduled(), changes]).toEqual([undefined, undefined, 2]);
    expect(() => book.enter(one)).toThrow('none is scheduled');
  });

  it('moves on where an epoch is entered, and still judges what the one before signed', () => {
    const book = open();
    book.boundary({ kind: 'handover', next: nextWith('new') });
    expect(book.current().epoch).toBe(0);
    book.enter(one);
    expect([book.current().epoch, book.previous()?.epoch, book.scheduled()]).toEqual([1, 0, undefined]);
    expect(book.setOf(zero)?.keys.get(v1)).toBe(keyOf(v1));
    expect(book.setOf(one)?.keys.get(v1)).toBe(keyOf('new'));
    expect(book.setOf(two)).toBeUndefined();
  });

  it('starts behind a hand-over in the new epoch, and finds older sets in state', () => {
    const { state } = createTestPorts(v1).ports;
    const later = createOverlay(state);
    writeRecord(later, stateKeys.validators, ids.slice(1));
    evolve(later, epochOpened({ epoch: 1, firstHeight: 10, cause: 'test' }));
    writeRecord(later, stateKeys.validators, ids.slice(2));
    evolve(later, epochOpened({ epoch: 2, firstHeight: 20, cause: 'test' }));
    const book = createEpochBook({ network, state: later, height: heightOf(19) });
    expect([book.current().epoch, book.previous()?.epoch, book.scheduled()]).toEqual([2, 1, undefined]);
    expect([zero, one, two].map((epoch) => book.setOf(epoch)?.keys.size)).toEqual([4, 3, 2]);
  });
});

describe('the name of a verified signature', () => {
  const vote: SignedVote = {
    kind: 'commit',
    epoch: one,
    view: viewOf(0),
    sequence: heightOf(10),
    content: 'ab'.repeat(32) as never,
    sender: v1,
    signature: new Uint8Array(64) as never,
  };

  it('E1: is another one when a schedule is withdrawn and the epoch gets another key', () => {
    const book = open();
    const nameOf = () => outerCheck(book, { kind: 'commit', vote })?.name;
    expect(nameOf()).toBeUndefined();
    book.boundary({ kind: 'within', scheduled: nextWith('first') });
    const first = nameOf();
    book.boundary({ kind: 'within', scheduled: nextWith('second') });
    expect(first).toBeDefined();
    expect(nameOf()).not.toBe(first);
    book.boundary({ kind: 'within', scheduled: nextWith('first') });
    expect(nameOf()).toBe(first);
  });

  it('E2: each signature is judged by the key of its own epoch', () => {
    const book = open();
    book.boundary({ kind: 'within', scheduled: nextWith('new') });
    const keyFor = (signed: SignedVote) => slotCheck(book, signed)?.item().key;
    expect(keyFor({ ...vote, epoch: zero })).toBe(keyOf(v1));
    expect(keyFor(vote)).toBe(keyOf('new'));
    expect(keyFor({ ...vote, sender: v2 })).toBe(keyOf(v2));
  });
});

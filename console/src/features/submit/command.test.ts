import { describe, expect, test } from 'vitest';
import { type AppendForm, commandOf, type TransferForm, withPayload } from './command.ts';

const append: AppendForm = {
  kind: 'append',
  stream: ' orders ',
  type: 'placed',
  data: '{"quantity": 3}',
  expectedRevision: '',
  eventId: 'e1',
};
const transfer: TransferForm = { kind: 'transfer', asset: 'gold', to: 'south.auditor', amount: '25' };
const problemsOf = (form: AppendForm | TransferForm) => {
  const result = commandOf(form);
  return result.ok ? [] : Object.keys(result.problems);
};

describe('appending', () => {
  test('the form becomes the arguments of streams.append', () => {
    expect(commandOf(append)).toEqual({
      ok: true,
      action: 'streams.append',
      args: {
        stream: 'orders',
        expectedRevision: 'any',
        events: [{ eventId: 'e1', type: 'placed', data: { quantity: 3 }, labels: {}, references: [] }],
      },
    });
  });

  test('a payload goes into its event', () => {
    const result = commandOf(append);
    if (!result.ok) throw new Error('the form is complete');
    const payload = { digest: new Uint8Array(32), size: 1, erasable: true, recipients: ['a.b'] };
    expect(withPayload(result.args, payload)).toMatchObject({
      stream: 'orders',
      events: [{ eventId: 'e1', payload }],
    });
  });

  test.each([
    ['−1', -1],
    ['-1', -1],
    ['12', 12],
  ])('expected revision %s', (expectedRevision, number) => {
    expect(commandOf({ ...append, expectedRevision })).toMatchObject({ args: { expectedRevision: number } });
  });

  test('every wrong field is named', () => {
    const form = { ...append, stream: 'é'.repeat(101), type: ' ', data: '{', expectedRevision: '1.5' };
    expect(problemsOf(form)).toEqual(['stream', 'type', 'data', 'expectedRevision']);
  });
});

describe('transferring', () => {
  test('small amounts are numbers, large ones bigint', () => {
    expect(commandOf(transfer)).toMatchObject({ args: { asset: 'gold', to: 'south.auditor', amount: 25 } });
    const amount = '18446744073709551615';
    expect(commandOf({ ...transfer, amount })).toMatchObject({ args: { amount: 18446744073709551615n } });
  });

  test.each(['0', '-1', '1.5', '18446744073709551616', 'ten', ''])('amount %j is refused', (amount) => {
    expect(problemsOf({ ...transfer, amount })).toEqual(['amount']);
  });
});

import { describe, expect, test } from 'vitest';
import { type AppendForm, type CommandForm, commandOf, type TransferForm, withPayload } from './command.ts';

const append: AppendForm = {
  kind: 'append',
  stream: ' orders ',
  type: 'placed',
  data: '{"quantity": 3}',
  expectedRevision: '',
  eventId: 'e1',
};
const transfer: TransferForm = {
  kind: 'transfer',
  asset: 'gold',
  to: 'south.auditor',
  amount: '25',
  memo: '',
};
const problemsOf = (form: CommandForm) => {
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

  test('a memo goes along if there is one, and is bounded', () => {
    const memo = ' Invoice 2026-117 ';
    expect(commandOf({ ...transfer, memo })).toEqual({
      ok: true,
      action: 'assets.transfer',
      args: { asset: 'gold', to: 'south.auditor', amount: 25, memo: 'Invoice 2026-117' },
    });
    expect(commandOf(transfer)).not.toHaveProperty('args.memo');
    expect(problemsOf({ ...transfer, memo: 'é'.repeat(100) })).toEqual([]);
    expect(problemsOf({ ...transfer, memo: 'é'.repeat(101) })).toEqual(['memo']);
  });

  test.each(['0', '-1', '1.5', '18446744073709551616', 'ten', ''])('amount %j is refused', (amount) => {
    expect(problemsOf({ ...transfer, amount })).toEqual(['amount']);
  });
});

describe('any action, raw', () => {
  const raw = {
    kind: 'raw',
    action: ' assets.issue ',
    args: '{"asset": "gold", "to": "a.b", "amount": 5}',
  } as const;

  test('is taken as it stands; keys in hex become bytes', () => {
    expect(commandOf(raw)).toEqual({
      ok: true,
      action: 'assets.issue',
      args: { asset: 'gold', to: 'a.b', amount: 5 },
    });
    const args = JSON.stringify({ key: 'ab'.repeat(32) });
    expect(commandOf({ ...raw, args })).toMatchObject({ args: { key: new Uint8Array(32).fill(0xab) } });
  });

  test.each([
    ['an action without a verb', { action: 'assets' }, ['action']],
    ['a list', { args: '[]' }, ['args']],
    ['no JSON', { args: '{' }, ['args']],
    ['null', { args: 'null' }, ['args']],
    ['a number that would be rounded', { args: '{"amount": {"deep": [9007199254740993]}}' }, ['args']],
  ])('%s is refused at its field', (_name, change, problems) => {
    expect(problemsOf({ ...raw, ...change })).toEqual(problems);
  });
});

import { describe, expect, test } from 'vitest';
import type { AssetForm } from './asset-command.ts';
import { type AppendForm, type CommandForm, commandOf, withPayload } from './command.ts';

const append: AppendForm = {
  kind: 'append',
  stream: ' orders ',
  type: 'placed',
  data: '{"quantity": 3}',
  expectedRevision: '',
  labels: '',
  references: '',
  eventId: 'e1',
};
const transfer: AssetForm = {
  kind: 'asset',
  verb: 'transfer',
  asset: 'gold',
  to: 'south.auditor',
  amount: '25',
  memo: '',
  name: '',
  decimals: '0',
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

  test('labels and references stand one a line', () => {
    const typed = { labels: ' port = Antwerp\n\nnote=a=b ', references: 'orders/7@0\n https://a.example ' };
    expect(commandOf({ ...append, ...typed })).toMatchObject({
      args: {
        events: [
          {
            labels: { port: 'Antwerp', note: 'a=b' },
            references: ['orders/7@0', 'https://a.example'],
          },
        ],
      },
    });
    for (const labels of ['port', '=Antwerp', 'port=Antwerp\nport=Ghent'])
      expect(problemsOf({ ...append, labels })).toEqual(['labels']);
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

describe('other things that happen to assets', () => {
  test.each<[Partial<AssetForm>, string, object]>([
    [{ verb: 'issue' }, 'assets.issue', { asset: 'gold', to: 'south.auditor', amount: 25 }],
    [{ verb: 'burn', memo: 'worn' }, 'assets.burn', { asset: 'gold', amount: 25, memo: 'worn' }],
    [{ verb: 'define' }, 'assets.define', { asset: 'gold', decimals: 0 }],
    [
      { verb: 'define', name: ' Gold, fine ', decimals: '3' },
      'assets.define',
      { asset: 'gold', name: 'Gold, fine', decimals: 3 },
    ],
  ])('%j signs nothing but what was asked for', (change, action, args) => {
    expect(commandOf({ ...transfer, ...change })).toEqual({ ok: true, action, args });
  });

  test('every wrong field is named, and none that the verb does not have', () => {
    const wrong = { asset: 'Gold!', to: '', amount: '0', name: 'é'.repeat(101), decimals: '31' };
    expect(problemsOf({ ...transfer, ...wrong, verb: 'define' })).toEqual(['asset', 'name', 'decimals']);
    expect(problemsOf({ ...transfer, ...wrong, verb: 'burn' })).toEqual(['asset', 'amount']);
    expect(problemsOf({ ...transfer, ...wrong, verb: 'issue' })).toEqual(['asset', 'to', 'amount']);
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

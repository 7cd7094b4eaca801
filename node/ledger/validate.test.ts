import { describe, expect, test } from 'vitest';
import { fromHex } from '../../shared/codec/hex.ts';
import type { NetworkId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import { appendOf, createChain, exampleDocument, keyOf, startTime, transactionOf } from './test-support.ts';
import { checkBatchForm, checkTransactionForm, precheck } from './validate.ts';

const chain = createChain();
const rules = { network: chain.genesis.network, parameters: exampleDocument.parameters };
const append = (options = {}) => transactionOf(chain.genesis, 'streams.append', appendOf('s', 'e'), options);

describe('N2: form of a transaction', () => {
  const changed = (body: Partial<Transaction['body']>): Transaction => {
    const transaction = append();
    return { ...transaction, body: { ...transaction.body, ...body } };
  };

  test('a proper one is accepted', () => {
    expect(checkTransactionForm(append(), rules)).toBeUndefined();
  });

  test.each([
    ['another network', { network: keyOf('other') as unknown as NetworkId }, 'wrong-network'],
    ['a fractional expiry', { expiresAt: 1.5 }, 'malformed-transaction'],
    ['an action without a module', { action: 'append' }, 'malformed-transaction'],
  ])('%s is refused', (_name, body, code) => {
    expect(checkTransactionForm(changed(body), rules)?.code).toBe(code);
  });

  test('an envelope of the largest size is accepted, one byte more is not', () => {
    const transaction = append();
    const limited = (envelopeBytesMax: number) =>
      checkTransactionForm(transaction, { ...rules, parameters: { ...rules.parameters, envelopeBytesMax } });
    expect(limited(transaction.envelope.length)).toBeUndefined();
    expect(limited(transaction.envelope.length - 1)?.code).toBe('too-large');
  });

  test('state decides nothing here: unknown senders and actions, expired ones pass', () => {
    const unknown = transactionOf(chain.genesis, 'no.such', null, { sender: 'nobody', expiresAt: 1 });
    expect(checkTransactionForm(unknown, rules)).toBeUndefined();
  });
});

describe('N2: form of a batch', () => {
  const list = [append(), append()];
  const { batch } = chain.input(list, startTime);
  const limited = (parameters: Partial<typeof rules.parameters>) =>
    checkBatchForm(batch, list, { ...rules, parameters: { ...rules.parameters, ...parameters } })?.code;

  test('is bounded in count and bytes', () => {
    const bytes = list.reduce((sum, { envelope }) => sum + envelope.length, 0);
    expect(limited({})).toBeUndefined();
    expect(limited({ batchLimit: 1 })).toBe('too-many-transactions');
    expect(limited({ batchBytesMax: bytes })).toBeUndefined();
    expect(limited({ batchBytesMax: bytes - 1 })).toBe('batch-too-large');
  });

  test('names no transaction twice and holds none that is invalid', () => {
    const twice = { ...batch, ids: [list[0]!.id, list[0]!.id] };
    expect(checkBatchForm(twice, [list[0]!, list[0]!], rules)).toEqual({
      code: 'repeated-transaction',
      facts: { transaction: list[0]!.id },
    });
    expect(limited({ envelopeBytesMax: 1 })).toBe('invalid-transaction');
  });
});

describe('precheck', () => {
  const nonce = 'ab'.repeat(16);
  const node = createChain();
  const ran = transactionOf(node.genesis, 'streams.append', appendOf('s', 'first'), { nonce });
  node.run([ran]);
  const check = (transaction: Transaction, nowMs = startTime) => precheck(node.view, transaction, nowMs);
  const make = (action: string, args: Parameters<typeof transactionOf>[2], options = {}) =>
    transactionOf(node.genesis, action, args, options);

  test('what can run passes', () => {
    expect(check(make('streams.append', appendOf('s', 'second', 0)))).toBeUndefined();
  });

  test('the same transaction is a duplicate, another one of its pair is superseded', () => {
    expect(check(ran)).toEqual({ code: 'duplicate', facts: { transaction: ran.id, where: 'ledger' } });
    expect(check(make('streams.append', appendOf('s', 'other'), { nonce }))).toEqual({
      code: 'superseded',
      facts: { transaction: ran.id },
    });
  });

  test('expiry counts from the time given', () => {
    const transaction = make('streams.append', appendOf('s', 'x'), { expiresAt: startTime + 50 });
    expect(check(transaction, startTime + 49)).toBeUndefined();
    expect(check(transaction, startTime + 50)).toEqual({
      code: 'expired',
      facts: { expiresAt: startTime + 50, now: startTime + 50 },
    });
    const far = make('streams.append', appendOf('s', 'x'), { expiresAt: startTime + 3_600_000 });
    expect(check(far)?.code).toBe('lifetime-too-long');
  });

  test.each([
    ['unknown-sender', 'streams.append', appendOf('s', 'x'), { sender: 'nobody' }],
    ['unknown-action', 'streams.remove', null, {}],
    ['malformed-args', 'streams.append', { stream: 's' }, {}],
    ['wrong-expected-revision', 'streams.append', appendOf('s', 'x', 7), {}],
  ] as const)('%s is told beforehand', (code, action, args, options) => {
    expect(check(make(action, args, options))?.code).toBe(code);
  });

  const added = (id: string, key: string, role: string) => {
    const args = { id, key: fromHex(keyOf(key)), possession: new Uint8Array(64), roles: [role] };
    return check(make('identities.add', args, { sender: 'north.admin' }))?.code;
  };

  test('so is what is taken for good, and what an admin does not decide alone', () => {
    expect(added('south.admin', 'free', 'submitter')).toBe('identity-exists');
    expect(added('north.bot', 'v1 consensus', 'submitter')).toBe('key-in-use');
    expect(added('north.bot', 'free', 'auditor')).toBe('role-needs-ballots');
    expect(added('north.bot', 'free', 'submitter')).toBeUndefined();
  });

  test('and a proposal that is closed, or has expired by the clock', () => {
    const suspended = { kind: 'members.suspend', args: { member: 'south' } };
    const send = (action: string, args: Parameters<typeof transactionOf>[2]) =>
      make(action, args, { sender: 'north.admin' });
    const propose = { actions: [suspended], reason: 'for a test', expiresAt: startTime + 1_000 };
    node.run([send('governance.propose', propose), send('governance.propose', propose)]);
    const vote = (proposal: number) => send('governance.vote', { proposal, approve: true });
    node.run([send('governance.withdraw', { proposal: 0 })]);
    expect(check(vote(0))?.code).toBe('proposal-closed');
    expect(check(vote(1))).toBeUndefined();
    expect(check(vote(1), startTime + 1_000)?.code).toBe('proposal-expired');
  });

  test('a repeated append passes whatever revision it expects', () => {
    expect(check(make('streams.append', appendOf('s', 'first', -1)))).toBeUndefined();
  });

  test('what a transaction on its way could cure is left to execution', () => {
    expect(check(make('assets.transfer', { asset: 'a', to: 'south.admin', amount: 1 }))).toBeUndefined();
  });
});

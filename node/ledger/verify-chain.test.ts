import { describe, expect, test } from 'vitest';
import { decodeHeader, encodeHeader } from '../../shared/codec/ledger.ts';
import { executeBlock } from './execute.ts';
import { appendOf, createChain, exampleDocument, startTime, transactionOf } from './test-support.ts';
import { type StoredBlockCheck, verifyStoredBlock } from './verify-chain.ts';

function stored(changes: Partial<StoredBlockCheck> = {}): StoredBlockCheck {
  const chain = createChain();
  const transactions = ['a', 'b'].map((id) =>
    transactionOf(chain.genesis, 'streams.append', appendOf('s', id), {
      nonce: id.charCodeAt(0).toString(16).padStart(32, '0'),
    }),
  );
  const input = chain.input(transactions, startTime);
  const { headerBytes } = executeBlock(input);
  return { ...input, headerBytes, signaturesValid: [true, true], ...changes };
}
const faultOf = (changes: Partial<StoredBlockCheck>) => {
  const check = verifyStoredBlock(stored(changes));
  return check.ok ? undefined : check.fault;
};
const { transactions, batch, headerBytes } = stored();

describe('verifyStoredBlock', () => {
  test('an untouched block is executed again to the same hash', () => {
    const check = verifyStoredBlock(stored());
    expect(check.ok && check.block.headerBytes).toEqual(headerBytes);
  });

  test('names the transaction with a bad signature', () => {
    expect(faultOf({ signaturesValid: [true, false] })).toEqual({
      code: 'bad-signature',
      facts: { transaction: transactions[1]!.id },
    });
    expect(faultOf({ signaturesValid: [] })?.code).toBe('bad-signature');
  });

  test('names a body that is missing or another', () => {
    expect(faultOf({ transactions: transactions.slice(1) })).toEqual({
      code: 'bodies-missing',
      facts: { expected: 2, actual: 1 },
    });
    expect(faultOf({ transactions: [...transactions].reverse() })).toEqual({
      code: 'wrong-body',
      facts: { index: 0, expected: transactions[0]!.id, actual: transactions[1]!.id },
    });
  });

  test('names a transaction that every validator must refuse', () => {
    const parameters = { ...exampleDocument.parameters, envelopeBytesMax: 10 };
    const { view } = createChain({ ...exampleDocument, parameters });
    expect(faultOf({ state: view })).toMatchObject({
      code: 'invalid-transaction',
      facts: { transaction: transactions[0]!.id, rejection: 'too-large' },
    });
  });

  test('names the header fields that execution does not yield', () => {
    const ids = [...batch.ids].reverse();
    const swapped = faultOf({ batch: { ...batch, ids }, transactions: [...transactions].reverse() });
    expect(swapped).toMatchObject({ code: 'wrong-block' });
    expect(swapped?.code === 'wrong-block' && swapped.facts.fields).toEqual([
      'batch',
      'transactions',
      'outcomes',
      'state',
    ]);
  });

  test('a forged state root is seen', () => {
    const forged = { ...decodeHeader(headerBytes), state: batch.ids[0] as never };
    const fault = faultOf({ headerBytes: encodeHeader(forged) });
    expect(fault?.code === 'wrong-block' && fault.facts.fields).toEqual(['state']);
  });
});

/**
 * Re-checks a stored block against its predecessor, trusting nothing that is stored beside it: the batch's
 * digest, the envelopes' ids, the form of each transaction, the clients' signatures, and then the block's hash
 * by executing it again. Certificates are checked by `shared/protocol`.
 */
import { batchDigest, decodeHeader, headerHash } from '../../shared/codec/ledger.ts';
import type { BlockHash, TransactionId } from '../../shared/types/brands.ts';
import type { Batch, Header, Transaction } from '../../shared/types/ledger.ts';
import { executeBlock } from './execute.ts';
import { readParameters } from './modules/network.ts';
import type { BlockInput, ExecutedBlock } from './types.ts';
import { checkTransactionForm } from './validate.ts';

export interface StoredBlockCheck extends Omit<BlockInput, 'batchDigest'> {
  /** As it is stored. Its decoding may throw CodecError. */
  readonly headerBytes: Uint8Array;
  /** Answers of a verifier, one for each transaction, in order. */
  readonly signaturesValid: readonly boolean[];
}

export type ChainFault =
  | {
      readonly code: 'bodies-missing';
      readonly facts: { readonly expected: number; readonly actual: number };
    }
  | {
      readonly code: 'wrong-body';
      readonly facts: {
        readonly index: number;
        readonly expected: TransactionId;
        readonly actual: TransactionId;
      };
    }
  | {
      readonly code: 'invalid-transaction';
      readonly facts: { readonly transaction: TransactionId; readonly rejection: string };
    }
  | { readonly code: 'bad-signature'; readonly facts: { readonly transaction: TransactionId } }
  | {
      readonly code: 'wrong-block';
      readonly facts: {
        readonly expected: BlockHash;
        readonly actual: BlockHash;
        /** Header fields that differ from what execution yields. */
        readonly fields: readonly string[];
      };
    };

export type ChainCheck =
  | { readonly ok: true; readonly block: ExecutedBlock }
  | { readonly ok: false; readonly fault: ChainFault };

/** The first fault, or the block as executed, whose changes lead to the next one's state. */
export function verifyStoredBlock(stored: StoredBlockCheck): ChainCheck {
  const fault = bodiesFault(stored.batch, stored.transactions) ?? transactionFault(stored);
  if (fault !== undefined) return { ok: false, fault };
  const block = executeBlock({ ...stored, batchDigest: batchDigest(stored.batch) });
  const expected = headerHash(stored.headerBytes);
  if (block.hash === expected) return { ok: true, block };
  const fields = differingFields(decodeHeader(stored.headerBytes), block.header);
  return { ok: false, fault: { code: 'wrong-block', facts: { expected, actual: block.hash, fields } } };
}

function bodiesFault({ ids }: Batch, transactions: readonly Transaction[]): ChainFault | undefined {
  if (transactions.length !== ids.length) {
    return { code: 'bodies-missing', facts: { expected: ids.length, actual: transactions.length } };
  }
  for (const [index, { id }] of transactions.entries()) {
    const expected = ids[index] as TransactionId;
    if (id !== expected) return { code: 'wrong-body', facts: { index, expected, actual: id } };
  }
  return undefined;
}

function transactionFault(stored: StoredBlockCheck): ChainFault | undefined {
  const rules = { network: stored.network, parameters: readParameters(stored.state) };
  for (const [index, transaction] of stored.transactions.entries()) {
    const refused = checkTransactionForm(transaction, rules);
    if (refused !== undefined) {
      const facts = { transaction: transaction.id, rejection: refused.code };
      return { code: 'invalid-transaction', facts };
    }
    if (stored.signaturesValid[index] !== true) {
      return { code: 'bad-signature', facts: { transaction: transaction.id } };
    }
  }
  return undefined;
}

function differingFields(stored: Header, executed: Header): readonly string[] {
  const names = Object.keys(executed) as (keyof Header)[];
  return names.filter((name) => stored[name] !== executed[name]);
}

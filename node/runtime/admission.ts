/** Rule N2 for single transactions: form, size, network, and the sender's signature, verified off the loop. */
import { transactionSigningBytes } from '../../shared/codec/ledger.ts';
import type { Rejection, Transaction } from '../../shared/types/ledger.ts';
import { checkTransactionForm } from '../ledger/validate.ts';
import { parametersOf, type RuntimeContext } from './context.ts';
import type { VerificationItem } from './ports.ts';
import type { TransactionLane } from './verification.ts';

export interface TransactionChecks {
  /** One answer per transaction, in order; undefined: nothing is wrong with it. */
  check(
    transactions: readonly Transaction[],
    done: (problems: readonly (Rejection | undefined)[]) => void,
    /** Whose they are, such as a peer's: origins take turns at the verifier. */
    origin?: string,
  ): void;
}

export function createTransactionChecks(context: RuntimeContext, lane: TransactionLane): TransactionChecks {
  function check(
    transactions: readonly Transaction[],
    done: (problems: readonly (Rejection | undefined)[]) => void,
    origin?: string,
  ): void {
    const rules = { network: context.network, parameters: parametersOf(context) };
    const problems = transactions.map((transaction) => checkTransactionForm(transaction, rules));
    const wellFormed = transactions.filter((_, index) => problems[index] === undefined);
    lane.submit(
      wellFormed.map((transaction) => itemOf(context, transaction)),
      (valid) => {
        let position = 0;
        const answers = problems.map((problem) => {
          if (problem !== undefined) return problem;
          position += 1;
          return valid[position - 1] === true ? undefined : badSignature;
        });
        done(answers);
      },
      origin,
    );
  }
  return { check };
}

const badSignature: Rejection = { code: 'bad-signature', facts: {} };

function itemOf(context: RuntimeContext, { body, bodyBytes, signature }: Transaction): VerificationItem {
  return { key: body.sender, message: transactionSigningBytes(context.network, bodyBytes), signature };
}

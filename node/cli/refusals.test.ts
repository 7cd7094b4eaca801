/** Every refusal of the ledger reaches people by its own name, with what to do: certified ones and early ones. */
import { describe, expect, test } from 'vitest';
import { jsonOfOutcome } from '../../shared/api/json-of-ledger.ts';
import { errorOfProblem } from '../../shared/client/client-error.ts';
import { succeeded } from '../../shared/client/submissions.ts';
import type { TransactionId } from '../../shared/types/brands.ts';
import type { Rejection } from '../../shared/types/ledger.ts';
import { problemOfRejection } from '../gateway/refusal-problem.ts';
import { refusalText } from '../gateway/refusal-text.ts';
import { describeRejection, rejectionCodes } from '../ledger/rejections.ts';
import { type CliError, cliErrorOf } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

/** What a command that waits for its certificate ends with. */
function endOf(rejection: Rejection): CliError {
  const transaction = '00'.repeat(32) as TransactionId;
  const outcome = jsonOfOutcome({ transaction, status: 'failed', rejection }, refusalText);
  try {
    succeeded({ status: 'certified', id: transaction, height: 7, outcome } as never);
  } catch (error) {
    return cliErrorOf(error);
  }
  throw new Error('a refused transaction succeeds');
}

describe.each(rejectionCodes)('%s', (code) => {
  const text = describeRejection(code)!;

  test('in a block', () => {
    expect(endOf({ code, facts: { fact: 1 } })).toMatchObject({
      code,
      message: `The transaction ran in block 7: ${text.headline}`,
      next: text.nextStep,
      facts: { fact: 1, rejection: code },
      exitCode: exitCodes.refused,
    });
  });

  test('of an action of a proposal', () => {
    const facts = { index: 1, kind: 'members.suspend', reason: code, facts: { fact: 1 } };
    expect(endOf({ code: 'plan-refused', facts })).toMatchObject({
      code: 'plan-refused',
      message: `The transaction ran in block 7: Action 2, members.suspend: ${text.headline}`,
      next: text.nextStep,
      facts: { reason: code },
    });
  });

  test('before it is ordered', () => {
    const problem = problemOfRejection({ code, facts: { fact: 1 } }).toProblem('request');
    const error = cliErrorOf(errorOfProblem(problem));
    // The API has a code and a next step of its own for what programs meet every day.
    const own = problem.code === 'rejected' ? code : problem.code;
    expect(error).toMatchObject({ code: own, message: text.headline, facts: { fact: 1 } });
    if (problem.code === 'rejected') expect(error.next).toBe(text.nextStep);
    else expect(error.next).not.toBe('');
  });
});

test('a refusal of a newer version is told by its code', () => {
  expect(endOf({ code: 'not-yet-invented', facts: {} })).toMatchObject({ code: 'not-yet-invented' });
});

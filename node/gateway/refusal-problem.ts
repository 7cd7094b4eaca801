/** A refusal of ledger or node as a problem: same code and facts, a sentence for people, when to try again. */

import { jsonOfCbor } from '../../shared/api/json-of-ledger.ts';
import { type ProblemCode, problemCodes } from '../../shared/api.ts';
import type { Rejection } from '../../shared/types/ledger.ts';
import { describeRejection } from '../ledger/rejections.ts';
import { ProblemError, type ProblemExtras } from './http/problem-error.ts';

const retryAfterSeconds = 1;
const known: ReadonlySet<string> = new Set(problemCodes);

export function problemOfRejection(rejection: Rejection, extras: ProblemExtras = {}): ProblemError {
  const facts = jsonOfCbor(rejection.facts) as Record<string, unknown>;
  const code = problemCodeOf(rejection);
  const detail = describeRejection(rejection.code)?.headline ?? `Refused: ${rejection.code}.`;
  const again = ['pool-full', 'sender-share-full', 'not-ready'].includes(code) ? { retryAfterSeconds } : {};
  const allFacts = code === 'rejected' ? { ...facts, code: rejection.code } : facts;
  return new ProblemError(code, detail, allFacts, { ...again, ...extras });
}

/** The pool knows more shades than a client needs: `already-pooled` is the same transaction once more. */
export function problemCodeOf({ code, facts }: Rejection): ProblemCode {
  if (code === 'already-pooled') return 'duplicate';
  if (code === 'already-ran') return facts.sameTransaction === true ? 'duplicate' : 'superseded';
  if (code === 'peer-places-full') return 'pool-full';
  return known.has(code) ? (code as ProblemCode) : 'rejected';
}

/** A refusal of ledger or node as a problem: same code and facts, a sentence for people, when to try again. */

import { jsonOfCbor } from '../../shared/api/json-of-ledger.ts';
import { type ProblemCode, problemCodes, problemKinds } from '../../shared/api.ts';
import type { Rejection } from '../../shared/types/ledger.ts';
import { ProblemError, type ProblemExtras } from './http/problem-error.ts';
import { refusalText } from './refusal-text.ts';

const retryAfterSeconds = 1;
const passing: ReadonlySet<ProblemCode> = new Set([
  'pool-full',
  'backlog-full',
  'sender-share-full',
  'member-share-full',
  'payload-share-full',
  'not-ready',
]);
const known: ReadonlySet<string> = new Set(problemCodes);

export function problemOfRejection(rejection: Rejection, extras: ProblemExtras = {}): ProblemError {
  const facts = jsonOfCbor(rejection.facts) as Record<string, unknown>;
  const code = problemCodeOf(rejection);
  const text = refusalText(rejection);
  const detail = text?.headline ?? `${problemKinds[code].title}.`;
  const again = passing.has(code) ? { retryAfterSeconds } : {};
  if (code !== 'rejected') return new ProblemError(code, detail, facts, { ...again, ...extras });
  // One code stands for all refusals that have none of their own here: the next step is the refusal's.
  const next = text === undefined ? {} : { next: text.nextStep };
  const allFacts = { ...facts, rejection: rejection.code };
  return new ProblemError(code, detail, allFacts, { ...extras, members: { ...next, ...extras.members } });
}

/** The node knows more shades than a client needs. */
function problemCodeOf({ code }: Rejection): ProblemCode {
  if (code === 'peer-places-full') return 'pool-full';
  if (code === 'node-starting' || code === 'node-stopped') return 'not-ready';
  return known.has(code) ? (code as ProblemCode) : 'rejected';
}

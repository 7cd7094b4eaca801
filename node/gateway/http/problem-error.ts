/** A refusal on its way to the client: thrown by handlers, turned into problem+json at one place. */
import type { Problem, ProblemCode } from '../../../shared/api.ts';
import { problemKinds, problemOf } from '../../../shared/api.ts';

export interface ProblemExtras {
  readonly retryAfterSeconds?: number;
  /** Members beside the usual ones, such as `results`. */
  readonly members?: Readonly<Record<string, unknown>>;
}

export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly extras: ProblemExtras;

  constructor(
    code: ProblemCode,
    detail: string,
    facts: Readonly<Record<string, unknown>> = {},
    extras: ProblemExtras = {},
  ) {
    super(detail);
    this.code = code;
    this.facts = facts;
    this.extras = extras;
  }

  get status(): number {
    return problemKinds[this.code].status;
  }

  toProblem(requestId: string): Problem {
    return { ...problemOf(this.code, this.message, this.facts, requestId), ...this.extras.members };
  }
}

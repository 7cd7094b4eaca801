import type * as z from 'zod/mini';
import type { submitProblemSchema } from '../../../shared/api.ts';

type ProblemJson = z.infer<typeof submitProblemSchema>;

/** Why an answer is missing, in words for people: headline, detail, next step, and what support needs. */
export class GatewayError extends Error {
  readonly code: string;
  readonly detail: string;
  readonly next: string;
  readonly problemBody: ProblemJson | undefined;

  private constructor(code: string, title: string, detail: string, next: string, problem?: ProblemJson) {
    super(title);
    this.name = 'GatewayError';
    this.code = code;
    this.detail = detail;
    this.next = next;
    this.problemBody = problem;
  }

  static problem(problem: ProblemJson): GatewayError {
    return new GatewayError(problem.code, problem.title, problem.detail, problem.next, problem);
  }

  static unreachable(origin: string): GatewayError {
    return new GatewayError(
      'unreachable',
      'The node does not answer',
      `${origin} could not be reached.`,
      'Check that the node runs, or choose another gateway in Settings.',
    );
  }

  static badAnswer(url: string, detail: string): GatewayError {
    return new GatewayError(
      'bad-answer',
      'The node sent an answer of another shape',
      `${url}: ${detail}`,
      'The node may run another version, or something between you and it changed the answer. Ask another node.',
    );
  }
}

/** Codes that asking again will not change. */
const lasting = new Set([
  'not-found',
  'unknown-transaction',
  'height-not-reached',
  'invalid-request',
  'bad-answer',
  'sign-in-required',
  'sign-in-refused',
  'role-missing',
  'origin-not-allowed',
]);

/** Nobody is signed in at the gateway that was asked. */
export const isSignInRequired = (error: unknown): boolean =>
  error instanceof GatewayError && error.code === 'sign-in-required';

export function isLasting(error: unknown): boolean {
  return error instanceof GatewayError && lasting.has(error.code);
}

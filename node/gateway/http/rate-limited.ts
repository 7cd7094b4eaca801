/** The refusal of a flood, with the time to wait. */
import { ProblemError } from './problem-error.ts';

export const rateLimited = (of: 'address' | 'identity', name: string, waitMs: number): ProblemError =>
  new ProblemError(
    'rate-limited',
    `Too many requests from ${name}.`,
    { [of]: name, waitMs },
    { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) },
  );

/** Bodies that are being read or answered take memory: together they stay below a bound. */
import type { Request, RequestHandler } from 'express';
import { ProblemError } from './problem-error.ts';

export interface BodyBudgetOptions {
  /** Of one body. */
  readonly bodyBytesMax: number;
  /** Of all bodies that are here at once. */
  readonly bodiesBytesMax: number;
}

const retryAfterSeconds = 1;

/** What a request says it will send is set aside until it is answered; one that does not say counts as the largest. */
export function bodyBudget({ bodyBytesMax, bodiesBytesMax }: BodyBudgetOptions): RequestHandler {
  let held = 0;
  return (request, response, next) => {
    const bytes = Math.min(announced(request) ?? bodyBytesMax, bodyBytesMax);
    if (held > 0 && held + bytes > bodiesBytesMax) {
      const facts = { bytes, held, bytesMax: bodiesBytesMax };
      throw new ProblemError('not-ready', 'This node reads as many bodies as it can hold.', facts, {
        retryAfterSeconds,
      });
    }
    held += bytes;
    response.once('close', () => {
      held -= bytes;
    });
    next();
  };
}

function announced(request: Request): number | undefined {
  const text = request.headers['content-length'];
  return text === undefined ? undefined : Number(text);
}

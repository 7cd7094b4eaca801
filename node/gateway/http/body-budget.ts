/** Bodies that are being read or answered take memory: together they stay below a bound. */
import type { Request, RequestHandler, Response } from 'express';
import type { Caller } from '../sessions/caller.ts';
import { addressGroup } from './address-group.ts';
import { ProblemError } from './problem-error.ts';

export interface BodyBudgetOptions {
  /** Of one body. */
  readonly bodyBytesMax: number;
  /** Of all bodies that are here at once. */
  readonly bodiesBytesMax: number;
}

const retryAfterSeconds = 1;
/**
 * One member has a quarter of the bound: requests that it leaves open keep nobody else's bodies out. A member makes as
 * many identities as it likes.
 */
const shares = 4;

/**
 * What a request says it will send is set aside until it is answered; one that does not say counts as the largest.
 * A body alone is always taken, of all and of its member.
 */
export const bodyBudget = ({ bodyBytesMax, bodiesBytesMax }: BodyBudgetOptions): RequestHandler =>
  budgetOf(bodiesBytesMax, (request) => Math.min(announced(request) ?? bodyBytesMax, bodyBytesMax));

/** The same for answers of about one size, which wait in memory for whoever reads them slowly or not at all. */
export const answerBudget = (answerBytes: number, answersBytesMax: number): RequestHandler =>
  budgetOf(answersBytesMax, () => answerBytes);

function budgetOf(bodiesBytesMax: number, bytesOf: (request: Request) => number): RequestHandler {
  const heldBy = new Map<string, number>();
  let held = 0;

  function requireRoom(bytes: number, ofCaller: number): void {
    const share = Math.floor(bodiesBytesMax / shares);
    if (ofCaller > 0 && ofCaller + bytes > share)
      throw full(
        "Your member's open requests take as much of this node as one member may.",
        bytes,
        ofCaller,
        share,
      );
    if (held > 0 && held + bytes > bodiesBytesMax)
      throw full('This node reads as many bodies as it can hold.', bytes, held, bodiesBytesMax);
  }

  function set(caller: string, bytes: number): void {
    held += bytes;
    const left = (heldBy.get(caller) ?? 0) + bytes;
    if (left > 0) heldBy.set(caller, left);
    else heldBy.delete(caller);
  }

  return (request, response, next) => {
    const bytes = bytesOf(request);
    const caller = callerOf(request, response);
    requireRoom(bytes, heldBy.get(caller) ?? 0);
    set(caller, bytes);
    response.once('close', () => set(caller, -bytes));
    next();
  };
}

const full = (detail: string, bytes: number, held: number, bytesMax: number): ProblemError =>
  new ProblemError('not-ready', detail, { bytes, held, bytesMax }, { retryAfterSeconds });

/** Admission has said who it is; without a session it is an address, which no member is called like. */
function callerOf({ socket }: Request, { locals }: Response): string {
  const { member } = (locals.caller ?? {}) as Partial<Caller>;
  return member ?? `address ${addressGroup(socket.remoteAddress ?? '')}`;
}

function announced(request: Request): number | undefined {
  const text = request.headers['content-length'];
  return text === undefined ? undefined : Number(text);
}

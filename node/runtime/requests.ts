/**
 * Requests of peers for what we hold, answered in turns and within a share of the time, so that one who asks without
 * end delays neither the votes nor the answers to others. While nobody asks much, each is answered at once.
 */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { RuntimeContext } from './context.ts';
import { TurnQueue } from './turn-queue.ts';

export interface Requests {
  /** Answers now or later, or never if this peer has too many waiting. */
  take(from: ValidatorId, answer: () => void): void;
}

/** Of one peer; an honest one waits for an answer before it asks for more. */
const waitingPerPeerMax = 64;
/** After this much work in one go, three times as long goes to everything else. */
const sliceMs = 10;
const restFactor = 3;

export function createRequests(context: RuntimeContext): Requests {
  const { clock, timers } = context.ports;
  const waiting = new TurnQueue<() => void>();
  let spentMs = 0;
  let sinceMs = clock.monotonicMs();
  let resting = false;

  function take(from: ValidatorId, answer: () => void): void {
    if (waiting.count(from) >= waitingPerPeerMax) {
      context.reject('message-dropped', from, 'M3', 'too many requests wait for an answer');
      return;
    }
    waiting.push(from, answer);
    if (!resting) answerSome();
  }

  function answerSome(): void {
    for (let next = waiting.next(); next !== undefined; next = waiting.next()) {
      const startedMs = clock.monotonicMs();
      forget(startedMs);
      next.item();
      spentMs += clock.monotonicMs() - startedMs;
      if (spentMs >= sliceMs) {
        rest();
        return;
      }
    }
  }

  /** Time that went by without work is rest too. */
  function forget(nowMs: number): void {
    spentMs = Math.max(0, spentMs - (nowMs - sinceMs) / restFactor);
    sinceMs = nowMs;
  }

  function rest(): void {
    resting = true;
    timers.after(restFactor * spentMs, () => {
      resting = false;
      spentMs = 0;
      sinceMs = clock.monotonicMs();
      answerSome();
    });
  }

  return { take };
}

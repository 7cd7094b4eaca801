/** Clock, timers and randomness of this machine. */
import { randomBytes } from 'node:crypto';
import type { ClockPort, RandomPort, TimerPort } from './runtime/ports.ts';

/** A gap longer than this means that the event loop was blocked or the machine slept: it counts as this much. */
const stepMaxMs = 100;

export interface SystemClock extends ClockPort {
  stop(): void;
}

/**
 * `offsetMs` is added to the wall clock, so that a skewed clock can be tried out on one machine: what the node
 * signs, judges and reports follows it, time stamps of log lines do not.
 */
export function createSystemClock(offsetMs = 0): SystemClock {
  let elapsedMs = 0;
  let readAtMs = performance.now();
  function monotonicMs(): number {
    const nowMs = performance.now();
    elapsedMs += Math.min(nowMs - readAtMs, stepMaxMs);
    readAtMs = nowMs;
    return elapsedMs;
  }
  // Read regularly, so that an idle loop is not taken for a blocked one.
  const timer = setInterval(monotonicMs, stepMaxMs / 4);
  return { monotonicMs, wallMs: () => Date.now() + offsetMs, stop: () => clearInterval(timer) };
}

export const systemTimers: TimerPort = {
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export const systemRandom: RandomPort = {
  unit: Math.random,
  bytes: (count) => new Uint8Array(randomBytes(count)),
};

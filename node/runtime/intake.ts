/**
 * Transactions that peers spread, taken in by slices: a flood of them must not keep the votes behind it waiting
 * in the same link, and peers take turns. What a peer has here is bounded; what is dropped comes again by hand-over or by request (N3).
 */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { RuntimeContext } from './context.ts';
import { TurnQueue } from './turn-queue.ts';

export interface Intake {
  offer(from: ValidatorId, envelopes: readonly Uint8Array[]): void;
}

/** Long enough for the loop to look at its links once. */
const restMs = 1;
/** Taking in has a fifth of the time, however much comes. */
const restFactor = 4;

type TakeIn = (from: ValidatorId, envelopes: readonly Uint8Array[]) => void;
type Drop = (from: ValidatorId, rule: string, reason: string) => void;

export function createIntake(context: RuntimeContext, takeIn: TakeIn, drop: Drop): Intake {
  const { ports, tuning } = context;
  const waiting = new TurnQueue<readonly Uint8Array[]>();
  const waitingBytes = new Map<ValidatorId, number>();
  let resting = false;

  function offer(from: ValidatorId, envelopes: readonly Uint8Array[]): void {
    const bytes = (waitingBytes.get(from) ?? 0) + sizeOf(envelopes);
    if (bytes > tuning.uncheckedBytesPerPeerMax) {
      drop(from, 'M3', `${envelopes.length} more while too many wait to be taken in`);
      return;
    }
    waitingBytes.set(from, bytes);
    waiting.push(from, envelopes);
    if (!resting) takeSlice();
  }

  /** An idle node takes in at once; the rest of a slice waits until the loop has looked at its links. */
  function takeSlice(): void {
    const startedMs = ports.clock.monotonicMs();
    let room = tuning.intakeSlice;
    while (room > 0) {
      const next = waiting.next();
      if (next === undefined) break;
      const from = next.origin as ValidatorId;
      const slice = next.item.slice(0, room);
      const rest = next.item.slice(room);
      if (rest.length > 0) waiting.unshift(from, rest);
      room -= slice.length;
      waitingBytes.set(from, (waitingBytes.get(from) ?? 0) - sizeOf(slice));
      takeIn(from, slice);
    }
    resting = true;
    const workedMs = ports.clock.monotonicMs() - startedMs;
    ports.timers.after(Math.max(restMs, restFactor * workedMs), () => {
      resting = false;
      if (!waiting.isEmpty) takeSlice();
    });
  }

  return { offer };
}

const sizeOf = (envelopes: readonly Uint8Array[]): number =>
  envelopes.reduce((sum, envelope) => sum + envelope.length, 0);

/**
 * Transactions that peers spread, taken in by slices: a flood of them must not keep the votes behind it waiting
 * in the same link. What a peer has here is bounded; what is dropped comes again by hand-over or by request (N3).
 */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { RuntimeContext } from './context.ts';

export interface Intake {
  offer(from: ValidatorId, envelopes: readonly Uint8Array[]): void;
}

/** Long enough for the loop to look at its links once. */
const restMs = 1;

type TakeIn = (from: ValidatorId, envelopes: readonly Uint8Array[]) => void;
type Drop = (from: ValidatorId, rule: string, reason: string) => void;

export function createIntake(context: RuntimeContext, takeIn: TakeIn, drop: Drop): Intake {
  const { ports, tuning } = context;
  const waiting: { readonly from: ValidatorId; readonly envelopes: readonly Uint8Array[] }[] = [];
  const waitingBytes = new Map<ValidatorId, number>();
  let resting = false;

  function offer(from: ValidatorId, envelopes: readonly Uint8Array[]): void {
    const bytes = (waitingBytes.get(from) ?? 0) + sizeOf(envelopes);
    if (bytes > tuning.uncheckedBytesPerPeerMax) {
      drop(from, 'M3', `${envelopes.length} more while too many wait to be taken in`);
      return;
    }
    waitingBytes.set(from, bytes);
    waiting.push({ from, envelopes });
    if (!resting) takeSlice();
  }

  /** An idle node takes in at once; the rest of a slice waits until the loop has looked at its links. */
  function takeSlice(): void {
    let room = tuning.intakeSlice;
    while (room > 0) {
      const head = waiting.shift();
      if (head === undefined) break;
      const slice = head.envelopes.slice(0, room);
      const rest = head.envelopes.slice(room);
      if (rest.length > 0) waiting.unshift({ from: head.from, envelopes: rest });
      room -= slice.length;
      waitingBytes.set(head.from, (waitingBytes.get(head.from) ?? 0) - sizeOf(slice));
      takeIn(head.from, slice);
    }
    resting = true;
    ports.timers.after(restMs, () => {
      resting = false;
      if (waiting.length > 0) takeSlice();
    });
  }

  return { offer };
}

const sizeOf = (envelopes: readonly Uint8Array[]): number =>
  envelopes.reduce((sum, envelope) => sum + envelope.length, 0);

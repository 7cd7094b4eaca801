/**
 * Transactions that peers spread, taken in by slices: a flood of them must not keep the votes behind it waiting
 * in the same link, and peers take turns. What a peer has here is bounded; what is dropped comes again by hand-over or by request (N3).
 */
import type { TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { BufferFigure } from '../consensus/buffers.ts';
import type { RuntimeContext } from './context.ts';
import { lower } from './forgetting.ts';
import { fullest } from './fullest.ts';
import { plainReader } from './reader.ts';
import { TurnQueue } from './turn-queue.ts';

export interface Intake {
  offer(from: ValidatorId, envelopes: readonly Uint8Array[]): void;
  /** Takes in now what waits here of these: a proposed batch needs them. */
  expedite(ids: Iterable<TransactionId>): void;
  buffers(): readonly BufferFigure[];
}

export interface IntakeEvents {
  /** Here already, in the pool, in a batch or on the way there: a further copy is not even decoded. */
  isKnown(id: TransactionId): boolean;
  takeIn(from: ValidatorId, arrived: readonly Arrived[]): void;
  drop(from: ValidatorId, rule: string, reason: string): void;
}

/** Long enough for the loop to look at its links once. */
const restMs = 1;
/** Taking in has a fifth of the time, however much comes. */
const restFactor = 4;
/** Decoding one costs some 25 µs; a slice that was preempted is not charged for that. */
const envelopeCostMsMax = 0.05;

/** Of one envelope that waits: its id, its places in queue and map, the array around its bytes. 318 to 345 were measured. */
const heldOverheadBytes = 384;

/** What an envelope takes of its sender's room while it waits unverified. */
export const heldBytesOf = (envelope: Uint8Array): number => envelope.length + heldOverheadBytes;

export interface Arrived {
  /** Made here, from the envelope. */
  readonly id: TransactionId;
  readonly envelope: Uint8Array;
}

export function createIntake(context: RuntimeContext, { isKnown, takeIn, drop }: IntakeEvents): Intake {
  const { ports, tuning } = context;
  const { reader = plainReader } = ports;
  /** Ids alone: what was expedited leaves no envelope behind that nobody counts. */
  const queue = new TurnQueue<readonly TransactionId[]>();
  /** What each peer brought and what is still to be taken in. Its own copy: nobody's wait behind another's flood. */
  const waiting = new Map<ValidatorId, Map<TransactionId, Uint8Array>>();
  const waitingBytes = new Map<ValidatorId, number>();
  let resting = false;

  function offer(from: ValidatorId, envelopes: readonly Uint8Array[]): void {
    const bytes = (waitingBytes.get(from) ?? 0) + sizeOf(envelopes);
    if (bytes > tuning.uncheckedBytesPerPeerMax) {
      drop(from, 'M3', `${envelopes.length} more while too many wait to be taken in`);
      return;
    }
    const fresh = freshOf(from, envelopes);
    if (fresh.length === 0) return;
    queue.push(from, fresh);
    // The link that brought it charges for what is taken in at once.
    if (!resting) takeSlice(false);
  }

  function freshOf(from: ValidatorId, envelopes: readonly Uint8Array[]): TransactionId[] {
    const own = waiting.get(from) ?? new Map<TransactionId, Uint8Array>();
    const fresh: TransactionId[] = [];
    for (const envelope of envelopes) {
      const id = reader.idOf(envelope);
      if (own.has(id) || isKnown(id)) continue;
      own.set(id, envelope);
      waitingBytes.set(from, (waitingBytes.get(from) ?? 0) + heldBytesOf(envelope));
      fresh.push(id);
    }
    if (own.size > 0) waiting.set(from, own);
    return fresh;
  }

  /** An idle node takes in at once; the rest of a slice waits until the loop has looked at its links. */
  function takeSlice(isCharged: boolean): void {
    const startedMs = ports.clock.monotonicMs();
    let room = tuning.intakeSlice;
    while (room > 0) {
      const next = queue.next();
      if (next === undefined) break;
      const from = next.origin as ValidatorId;
      const slice = next.item.slice(0, room);
      const rest = next.item.slice(room);
      if (rest.length > 0) queue.unshift(from, rest);
      room -= slice.length;
      const sinceMs = ports.clock.monotonicMs();
      takeOut(from, slice);
      if (isCharged) {
        const tookMs = ports.clock.monotonicMs() - sinceMs;
        ports.links.spend?.(from, Math.min(tookMs, slice.length * envelopeCostMsMax));
      }
    }
    resting = true;
    const workedMs = ports.clock.monotonicMs() - startedMs;
    ports.timers.after(Math.max(restMs, restFactor * workedMs), () => {
      resting = false;
      if (!queue.isEmpty) takeSlice(true);
    });
  }

  /** Those that still wait of what this peer brought. */
  function takeOut(from: ValidatorId, ids: readonly TransactionId[]): void {
    const own = waiting.get(from);
    const arrived: Arrived[] = [];
    for (const id of ids) {
      const envelope = own?.get(id);
      if (envelope === undefined) continue;
      own?.delete(id);
      lower(waitingBytes, from, heldBytesOf(envelope));
      if (!isKnown(id)) arrived.push({ id, envelope });
    }
    if (own?.size === 0) waiting.delete(from);
    if (arrived.length > 0) takeIn(from, arrived);
  }

  function expedite(ids: Iterable<TransactionId>): void {
    const wanted = [...ids];
    for (const [from, own] of waiting) {
      const here = wanted.filter((id) => own.has(id));
      if (here.length > 0) takeOut(from, here);
    }
  }

  const buffers = (): BufferFigure[] => [
    fullest('bytes of one peer to be taken in', waitingBytes.values(), tuning.uncheckedBytesPerPeerMax),
  ];

  return { offer, expedite, buffers };
}

const sizeOf = (envelopes: readonly Uint8Array[]): number =>
  envelopes.reduce((sum, envelope) => sum + heldBytesOf(envelope), 0);

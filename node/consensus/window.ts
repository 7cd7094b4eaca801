/** Which sequence numbers have a slot (rules M3, N1). */
import type { Height } from '../../shared/types/brands.ts';
import { type ConsensusState, newSlot, type Slot, type Turn } from './state.ts';

/** h < sequence ≤ h + window: what may be proposed and voted for now. */
export function isInWindow(state: ConsensusState, sequence: Height): boolean {
  return sequence > state.certified.height && sequence <= windowTop(state);
}

/** Rule E1: once the last height of the epoch is known, nothing above it; so the old epoch runs dry. */
export const windowTop = (state: ConsensusState): number =>
  Math.min(
    state.certified.height + state.config.parameters.window,
    state.horizon.lastHeight ?? Number.POSITIVE_INFINITY,
  );

/**
 * One more window above is held for replay; beyond that a message is dropped and will be sent again (V6). What lies
 * above the epoch's last height is held too, and no offence: its sender may know of a withdrawal that we do not.
 */
export function isHeld(state: ConsensusState, sequence: Height): boolean {
  return (
    sequence > state.certified.height &&
    sequence <= state.certified.height + 2 * state.config.parameters.window
  );
}

/** The slot of a sequence that `isHeld`, made when first needed. */
export function slotAt(turn: Turn, sequence: Height): Slot {
  const known = turn.state.slots.get(sequence);
  if (known !== undefined) return known;
  const slot = newSlot(sequence, turn.now.monotonicMs);
  turn.state.slots.set(sequence, slot);
  return slot;
}

/** Slots that may be voted for now, ascending. */
export function slotsInWindow(state: ConsensusState): readonly Slot[] {
  const slots: Slot[] = [];
  let isAscending = true;
  for (const slot of state.slots.values()) {
    if (!isInWindow(state, slot.sequence)) continue;
    isAscending &&= slots.length === 0 || slots.at(-1)!.sequence < slot.sequence;
    slots.push(slot);
  }
  return isAscending ? slots : slots.sort((a, b) => a.sequence - b.sequence);
}

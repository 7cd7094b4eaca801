/** From ordered to executed to sealed: in order of sequence, once per height (N4, N5, D1, D2). */
import type { Height } from '../../shared/types/brands.ts';
import { nextHeight } from '../../shared/types/brands.ts';
import { halt } from './certified.ts';
import { emitSeal } from './intents.ts';
import { invariant } from './invariant.ts';
import { hasBatch } from './proposals.ts';
import type { Turn } from './state.ts';
import type { Input } from './types.ts';

/** Execution may run ahead of certification, never ahead of order. */
export function executeOrdered(turn: Turn): void {
  const { state } = turn;
  for (;;) {
    const height = nextHeight(state.executeEmitted);
    const slot = state.slots.get(height);
    if (slot?.ordered === undefined || !hasBatch(slot, slot.ordered)) return;
    state.executeEmitted = height;
    const batch = slot.batches.get(slot.ordered)!;
    turn.outputs.push({ type: 'execute', height, digest: slot.ordered, batch });
  }
}

/** An older height was overtaken by catch-up. */
export function onExecuted(turn: Turn, input: Input & { type: 'executed' }): void {
  const { state } = turn;
  if (input.height <= state.executed) return;
  invariant(input.height === nextHeight(state.executed), 'blocks are executed in order');
  const slot = state.slots.get(input.height);
  invariant(slot !== undefined, 'what was executed has a slot');
  state.executed = input.height;
  slot.block = input.block;
  slot.summary = input.summary;
}

/** Seals what was executed. After a restart the block must be the one that was sealed before. */
export function sealExecuted(turn: Turn): void {
  const { state } = turn;
  for (let height = state.certified.height + 1; height <= state.executed; height += 1) {
    const slot = state.slots.get(height as Height);
    if (slot?.block === undefined || slot.ordered === undefined) continue;
    const sealed = state.ownSeals.get(slot.sequence);
    if (sealed !== undefined && sealed !== slot.block) {
      halt(turn, 'state-divergence', slot.sequence, slot.block, [sealed]);
      return;
    }
    if (sealed === undefined && state.mode === 'voting')
      emitSeal(turn, slot, slot.ordered, slot.batches.get(slot.ordered)!, slot.block);
  }
}

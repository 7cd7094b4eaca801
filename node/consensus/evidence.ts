/** Two signed messages of one key that conflict in a slot (rule W1): said once per validator and kind. */
import { evidenceOf } from '../../shared/codec/conflict.ts';
import type { SlotMessage } from '../../shared/types/messages.ts';
import type { Turn } from './state.ts';

/** Bounded by validators × kinds. */
export function reportConflict(turn: Turn, first: SlotMessage, second: SlotMessage): void {
  const { state } = turn;
  const key = `${first.sender}/${first.kind}`;
  const evidence = evidenceOf(first, second);
  if (evidence === undefined || state.evidenceReported.has(key)) return;
  state.evidenceReported.add(key);
  turn.outputs.push({ type: 'evidence', evidence });
}

/** Two signed messages of one key that conflict in a slot (rule W1): kept once per validator and kind. */
import type { SealMessage, SignedVote } from '../../shared/types/messages.ts';
import type { Turn } from './state.ts';

/** Bounded by validators × kinds. */
export function reportConflict(
  turn: Turn,
  first: SignedVote | SealMessage,
  second: SignedVote | SealMessage,
): void {
  const { state } = turn;
  const key = `${first.sender}/${first.kind}`;
  if (state.evidenceReported.has(key)) return;
  state.evidenceReported.add(key);
  turn.outputs.push({
    type: 'evidence',
    evidence: { validator: first.sender, epoch: state.config.epoch, kind: first.kind, first, second },
  });
}

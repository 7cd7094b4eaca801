/** What a block decides behind its transactions, from state, height and time alone: in this protocol, nothing. */
import type { LedgerEvent } from '../../shared/types/ledger.ts';
import type { BlockMoment, StateView } from './types.ts';

export function closeBlock(_state: StateView, _moment: BlockMoment): readonly LedgerEvent[] {
  return [];
}

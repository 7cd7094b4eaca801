/**
 * What a block decides before its transactions, from state, height and time alone: an activation that nothing armed by
 * its deadline lapses. Before the transactions, so that what arrives in this very block is too late for everybody.
 */
import type { LedgerEvent } from '../../shared/types/ledger.ts';
import { retiredNewKeys } from './modules/activation-plan.ts';
import { type ActivationWithdrawn, pendingActivation } from './modules/activation-records.ts';
import type { BlockMoment, StateView } from './types.ts';

export function openBlock(state: StateView, { height, time }: BlockMoment): readonly LedgerEvent[] {
  const pending = pendingActivation(state);
  if (pending === undefined || pending.status !== 'approved' || time < pending.deadline) return [];
  const data: ActivationWithdrawn = { number: pending.number, end: { height, time, reason: 'deadline' } };
  return [{ type: 'activation.lapsed', data }, ...retiredNewKeys(state, pending, height)];
}

/**
 * How many heights a validator votes ahead of the certified one in an epoch. State runs ahead of consensus: right
 * behind the last block of an epoch, not certified yet, it has the parameters of the next one, and what is signed
 * meanwhile is still of the old one. Hence a vote is judged by the window of the epoch that it names.
 */
import type { Epoch } from '../shared/types/brands.ts';
import { readMembershipOf } from './ledger/modules/epochs.ts';
import type { StateView } from './ledger/types.ts';

/** @returns undefined for an epoch that has not begun: nothing can be said of its votes */
export function windowOfEpoch(state: StateView): (epoch: Epoch) => number | undefined {
  let last: { readonly epoch: Epoch; readonly window: number } | undefined;
  return (epoch) => {
    // What began never changes.
    if (last?.epoch === epoch) return last.window;
    const window = readMembershipOf(state, epoch)?.parameters.window;
    if (window !== undefined) last = { epoch, window };
    return window;
  };
}

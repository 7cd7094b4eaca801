/** Which batches consensus works on now: what they hold need not be proposed again. */
import type { BatchDigest } from '../../shared/types/brands.ts';
import type { ConsensusState } from '../consensus/step.ts';

/** Of the current view, or ordered in any. What only an older view named may be proposed anew. */
export function* batchesInFlight(state: ConsensusState): Iterable<BatchDigest> {
  for (const slot of state.slots.values()) {
    if (slot.ordered !== undefined) yield slot.ordered;
    else if (slot.proposal?.view === state.view) yield slot.proposal.digest;
  }
}

/** What the ledger says that a node is. */
import type { NodeStanding } from '../../shared/api.ts';
import type { ValidatorId } from '../../shared/types/brands.ts';
import { readMembership } from '../ledger/modules/epochs.ts';
import { readFormer } from '../ledger/modules/network.ts';
import { readObserver } from '../ledger/modules/observers.ts';
import type { StateView } from '../ledger/types.ts';

export function standingOf(state: StateView, id: ValidatorId): NodeStanding {
  if (readMembership(state).validators.some((validator) => validator.id === id)) return 'validator';
  if (readObserver(state, id) !== undefined) return 'observer';
  return readFormer(state, id) === undefined ? 'unregistered' : 'former';
}

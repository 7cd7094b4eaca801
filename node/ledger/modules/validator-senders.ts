/** Whom a consensus key speaks for. */
import type { PublicKey } from '../../../shared/types/brands.ts';
import type { GenesisValidator } from '../../../shared/types/ledger.ts';
import type { StateView } from '../types.ts';
import { pendingActivation } from './activation-records.ts';
import { readMembership } from './epochs.ts';
import { validatorOfKey } from './network.ts';
import { nextMembership } from './readiness.ts';
import { readyAction } from './validator-actions.ts';

/**
 * The validator that takes this action with this key, if any: one of the epoch. While an activation is pending, who is
 * ready for the next epoch says so with the key that it has there, which proves that it signs; it does nothing else.
 */
export function validatorOfSender(
  state: StateView,
  key: PublicKey,
  action: string,
): GenesisValidator | undefined {
  const pending = action === readyAction ? pendingActivation(state) : undefined;
  if (pending === undefined) return validatorOfKey(state, key);
  const next = nextMembership(readMembership(state), pending);
  return next.validators.find(({ consensusKey }) => consensusKey === key);
}

/**
 * What a block decides behind its transactions, from state, height and time alone (rules E1, E3): it arms an
 * activation that has all that it waits for, and its last height a − 1 begins the next epoch. Behind the transactions,
 * so that a withdrawal in this very block counts, and whichever transaction came first in it does not.
 */
import type { Membership } from '../../shared/types/epochs.ts';
import type { LedgerEvent } from '../../shared/types/ledger.ts';
import {
  type Activation,
  type ActivationActivated,
  type ActivationArmed,
  pendingActivation,
} from './modules/activation-records.ts';
import { epochOpened, readMembership } from './modules/epochs.ts';
import { keyRetired } from './modules/keys.ts';
import { isComplete } from './modules/readiness.ts';
import type { BlockMoment, StateView } from './types.ts';

export function closeBlock(state: StateView, { height }: BlockMoment): readonly LedgerEvent[] {
  const pending = pendingActivation(state);
  if (pending === undefined) return [];
  const current = readMembership(state);
  if (pending.status === 'approved')
    return isComplete(current, pending) ? [armed(current, pending, height)] : [];
  return pending.at === height + 1 ? activated(current, pending, pending.at) : [];
}

/** Whoever has certified less than this block votes at most one window above it: below a (rule E1). */
function armed({ parameters }: Membership, { number, notBefore }: Activation, height: number): LedgerEvent {
  const at = Math.max(height + parameters.window + 1, notBefore);
  const data: ActivationArmed = { number, height, at };
  return { type: 'activation.armed', data };
}

function activated(current: Membership, activation: Activation, firstHeight: number): readonly LedgerEvent[] {
  const { number } = activation;
  const epoch = current.epoch + 1;
  const data: ActivationActivated = { number, epoch, firstHeight };
  return [
    { type: 'activation.activated', data },
    ...oldKeys(current, activation).map((key) => keyRetired(key, firstHeight)),
    epochOpened({ epoch, firstHeight, cause: { activation: number } }),
  ];
}

/** Consensus keys that sign nothing from the next epoch on. A former validator keeps its node key: it may follow. */
function oldKeys({ validators }: Membership, { changes }: Activation): readonly string[] {
  return changes.flatMap((change) => {
    if (change.kind !== 'remove' && change.kind !== 'consensus-key') return [];
    return validators.filter(({ id }) => id === change.id).map(({ consensusKey }) => consensusKey);
  });
}

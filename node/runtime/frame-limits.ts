/** What a frame of a link may hold, whatever epoch it is of. */
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import { parameterBounds } from '../ledger/limits.ts';
import { parametersOf, type RuntimeContext } from './context.ts';

/** The same object for the same parameters: it is asked for with each frame. */
const known = new WeakMap<NetworkParameters, NetworkParameters>();

/** Blocks and ids of a later epoch, of which there may be more, come before that epoch is known here. */
export function frameLimitsOf(context: Pick<RuntimeContext, 'epochs'>): NetworkParameters {
  const parameters = parametersOf(context);
  const made = known.get(parameters);
  if (made !== undefined) return made;
  const [, batchBytesMax] = parameterBounds.batchBytesMax;
  const [, batchLimit] = parameterBounds.batchLimit;
  const [, waitingPerPeer] = parameterBounds.waitingPerPeer;
  const [, window] = parameterBounds.window;
  const limits = { ...parameters, batchBytesMax, batchLimit, waitingPerPeer, window };
  known.set(parameters, limits);
  return limits;
}

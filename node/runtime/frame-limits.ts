/** What a frame of a link may hold, whatever epoch it is of. */
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import { parameterBounds } from '../ledger/limits.ts';
import { parametersOf, type RuntimeContext } from './context.ts';

/** Blocks and ids of a later epoch, of which there may be more, come before that epoch is known here. */
export function frameLimitsOf(context: Pick<RuntimeContext, 'epochs'>): NetworkParameters {
  const [, batchBytesMax] = parameterBounds.batchBytesMax;
  const [, batchLimit] = parameterBounds.batchLimit;
  const [, waitingPerPeer] = parameterBounds.waitingPerPeer;
  return { ...parametersOf(context), batchBytesMax, batchLimit, waitingPerPeer };
}

/**
 * For how long evidence is taken (rule W1): of the present epoch and the one before, however long they last, and of
 * every other one for a number of heights after its end. By epochs alone a liar would be let off as soon as two
 * short ones have followed, and it may bring those about itself. Bounded: an epoch has more heights than the window.
 */
import type { Epoch, Height } from '../../../shared/types/brands.ts';
import { limits } from '../limits.ts';
import type { StateView } from '../types.ts';
import { firstHeightOfEpoch } from './epochs.ts';

/** @param at the block that decides, or would be next */
export function takesEvidence(
  state: StateView,
  at: { readonly epoch: Epoch; readonly height: Height },
  epoch: Epoch,
): boolean {
  if (epoch > at.epoch) return false;
  if (epoch >= at.epoch - 1) return true;
  const end = firstHeightOfEpoch(state, epoch + 1);
  return end !== undefined && at.height < end + limits.evidenceHeights;
}

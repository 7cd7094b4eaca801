/** When who speaks, if so many of them are enough: those at once, each of the others a patience later. */
import type { NetworkParameters } from '../../../shared/types/parameters.ts';

/** @param place from 0 */
export const turnMs = (
  place: number,
  enough: number,
  { waitingTimeoutMs }: Pick<NetworkParameters, 'waitingTimeoutMs'>,
): number => Math.max(0, place - enough + 1) * waitingTimeoutMs;

/** Bounds of what is read, where no parameter of the network bounds it. */
import type { NetworkParameters } from '../types/parameters.ts';
import { validatorsMax } from './ids.ts';

/** Far above what any network has. */
export const transactionsPerBlockMax = 1_000_000;

/** A frame of a link holds at most one batch with its bodies, or one NEW-VIEW, with room for their wrapping. */
export const frameBytesMax = ({ batchBytesMax }: Pick<NetworkParameters, 'batchBytesMax'>): number =>
  2 * batchBytesMax + 4 * 1024 * 1024;

/**
 * Twice what has a fixed structure can need, so that a stranger's list of a million empty items is not even read, and
 * one of a few too many is refused by its name.
 */
export const itemsMax = {
  envelope: 8,
  header: 60,
  certificate: 10 * validatorsMax,
  validatorSet: 14 * validatorsMax,
};

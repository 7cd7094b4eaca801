/**
 * Versions of the execution rules. The one in force is in state (`network/protocol`), belongs to an epoch like its set,
 * and is raised by ballots, one version at a time (docs/epochs.md). What a version changes stands beside the action it
 * changes, as a revision of its module; software knows every version up to its newest, or it could not execute the
 * ledger from genesis on.
 */
import { readProtocol } from './modules/network.ts';
import type { StateView } from './types.ts';

/** In force in the first epoch of a network whose genesis names none. */
export const foundingProtocol = 1;

/** The highest that this software knows. What each brought: docs/epochs.md. */
export const newestProtocol = 3;

/** A version that this software must not execute. */
export type UnknownProtocol = {
  /** In force from the next block on. */
  readonly protocol: number;
  /** The highest that is known here. */
  readonly newest: number;
};

export const unknownVersion = (protocol: number): UnknownProtocol | undefined =>
  protocol > newestProtocol ? { protocol, newest: newestProtocol } : undefined;

/** Asked before each block: who does not know the rules stops, and never executes by others. */
export const unknownProtocol = (state: StateView): UnknownProtocol | undefined =>
  unknownVersion(readProtocol(state));

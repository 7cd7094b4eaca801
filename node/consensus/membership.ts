/** Who is who in the one epoch of a configuration. Quorum arithmetic itself is in shared/protocol. */
import { quorum, weakQuorum } from '../../shared/protocol/quorum.ts';
import type { ValidatorId, View } from '../../shared/types/brands.ts';
import type { ConsensusConfig } from './types.ts';

/** Primary of view v in epoch e: `validators[(e + v) mod n]`, sorted by id (protocol.md, head). */
export function primaryOf(config: ConsensusConfig, view: View): ValidatorId {
  return config.validators[(config.epoch + view) % config.validators.length]!.id;
}

export const isValidator = (config: ConsensusConfig, id: ValidatorId): boolean =>
  config.validators.some((validator) => validator.id === id);

export const quorumOf = (config: ConsensusConfig): number => quorum(config.validators.length);
export const weakQuorumOf = (config: ConsensusConfig): number => weakQuorum(config.validators.length);

export const othersOf = (config: ConsensusConfig): readonly ValidatorId[] =>
  config.validators.filter((validator) => validator.id !== config.self).map((validator) => validator.id);

/** Ids are plain ASCII: code unit order is the order of validator sets and certificates. */
export const byId = (a: ValidatorId, b: ValidatorId): number => (a < b ? -1 : a > b ? 1 : 0);

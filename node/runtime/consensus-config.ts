/** What consensus is told of an epoch, and of its end: who is in it, and whether this node may vote in it (rule D3). */
import type { Incarnation, NetworkId, ValidatorId } from '../../shared/types/brands.ts';
import type { Boundary, Membership } from '../../shared/types/epochs.ts';
import type { BoundaryInput, ConsensusConfig, Horizon } from '../consensus/types.ts';
import type { UnregisteredStore } from './diagnosis/facts.ts';
import type { EpochBook } from './epoch-book.ts';
import type { SignerPort } from './ports.ts';

/** This node, as far as it decides whether it votes. */
export interface Voter {
  readonly network: NetworkId;
  readonly self: ValidatorId;
  /** Of its vote store; absent while that is being renounced. */
  readonly incarnation?: Incarnation;
  readonly signer: Pick<SignerPort, 'keys'>;
}

/**
 * @param previous the epoch before, whose last certificate the first view changes carry (rule V2); after a recovery
 * there is no such certificate
 */
export function consensusConfigOf(
  voter: Voter,
  membership: Membership,
  previous: Membership | undefined,
): ConsensusConfig {
  const { network, self } = voter;
  const { epoch, firstHeight, validators, parameters } = membership;
  return {
    network,
    self,
    epoch,
    firstHeight,
    validators,
    parameters,
    mayVote: standingOf(voter, membership) === 'voter',
    ...(previous !== undefined &&
      membership.byRecovery !== true && {
        previous: { epoch: previous.epoch, validators: previous.validators },
      }),
  };
}

/** Why this node votes in an epoch, or does not (rule D3). */
type Standing = 'voter' | 'not-in-set' | 'consensus-key-missing' | 'incarnation-not-registered';

export function standingOf({ self, incarnation, signer }: Voter, { validators }: Membership): Standing {
  const registered = validators.find(({ id }) => id === self);
  if (registered === undefined) return 'not-in-set';
  if (!signer.keys().includes(registered.consensusKey)) return 'consensus-key-missing';
  return registered.incarnation === incarnation ? 'voter' : 'incarnation-not-registered';
}

/** This node's vote store, if the current epoch has another one; undefined too if something else keeps it from voting. */
export function unregisteredStoreOf(
  voter: Voter,
  epochs: Pick<EpochBook, 'current' | 'scheduled'>,
): UnregisteredStore | undefined {
  if (standingOf(voter, epochs.current()) !== 'incarnation-not-registered') return undefined;
  const { incarnation } = voter;
  const next = epochs.scheduled();
  return {
    ...(incarnation !== undefined && { incarnation }),
    ...(next !== undefined && standingOf(voter, next) === 'voter' && { votesFrom: next.firstHeight }),
  };
}

/** @param current the epoch of the block that says this */
export function boundaryInput(voter: Voter, current: Membership, boundary: Boundary): BoundaryInput {
  if (boundary.kind === 'within') return { kind: 'within', ...horizonOf(boundary) };
  return { kind: 'handover', next: consensusConfigOf(voter, boundary.next, current) };
}

/** A block that hands over has led into the next epoch already: nothing limits that one yet. */
export function horizonOf(boundary: Boundary): Horizon {
  if (boundary.kind === 'handover') return {};
  const { lastHeight, scheduled, lapseAt } = boundary;
  if (lastHeight === undefined && scheduled === undefined) return lapseAt === undefined ? {} : { lapseAt };
  if (lastHeight === undefined || scheduled === undefined)
    throw new Error('The end of an epoch is known exactly when the next one is');
  return { lastHeight, nextEpoch: scheduled.epoch, nextValidators: scheduled.validators };
}

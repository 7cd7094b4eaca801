/**
 * What nested certificates must say. Their signatures are verified before `step` (rule M1); their meaning is
 * checked here, the same at every honest replica. Each check answers the reason for refusal, or nothing.
 */

import { quorum } from '../../shared/protocol/quorum.ts';
import type { Height, ValidatorId, View } from '../../shared/types/brands.ts';
import type { Certificate, ValidatorSet } from '../../shared/types/ledger.ts';
import type { PreparedCertificate, SignedVote } from '../../shared/types/messages.ts';
import { isValidator, primaryOf, quorumOf } from './membership.ts';
import type { ConsensusConfig } from './types.ts';

/**
 * At least Q seals of distinct validators, sorted by id: of this epoch for a block of it, of the one before for
 * that one's last block (rule V2).
 */
export function certificateFault(config: ConsensusConfig, certificate: Certificate): string | undefined {
  const sealing = sealingSet(config, certificate);
  if (sealing === undefined) return 'certificate of another epoch, or outside it';
  const sealers = certificate.seals.map((seal) => seal.validator);
  if (!areSortedAndDistinct(sealers)) return 'certificate with seals unsorted or doubled';
  if (!sealers.every((id) => sealing.some((validator) => validator.id === id)))
    return 'certificate with a seal of a stranger';
  if (sealers.length < quorum(sealing.length)) return 'certificate with less than a quorum of seals';
  return undefined;
}

function sealingSet(config: ConsensusConfig, { epoch, height }: Certificate): ValidatorSet | undefined {
  const { firstHeight, previous, validators } = config;
  if (!Number.isSafeInteger(height)) return undefined;
  if (epoch === config.epoch) return height >= firstHeight ? validators : undefined;
  return epoch === previous?.epoch && height === firstHeight - 1 ? previous.validators : undefined;
}

/** Whether h of a VIEW-CHANGE needs a certificate: only where no validators sealed the start of the epoch it does not. */
export const needsCertificate = ({ firstHeight, previous }: ConsensusConfig, height: Height): boolean =>
  height >= firstHeight || previous !== undefined;

/** Rule N4: the PRE-PREPARE of that view's primary and Q−1 matching PREPAREs of distinct backups. */
export function preparedFault(config: ConsensusConfig, certificate: PreparedCertificate): string | undefined {
  const { epoch, view, sequence, batch, prePrepare, prepares } = certificate;
  if (epoch !== config.epoch) return 'prepared certificate of another epoch';
  if (!isSlotNumber(view) || !isSlotNumber(sequence)) return 'prepared certificate without a slot';
  const primary = primaryOf(config, view);
  const matches = (vote: SignedVote): boolean =>
    vote.epoch === epoch && vote.view === view && vote.sequence === sequence && vote.content === batch;
  if (prePrepare.kind !== 'pre-prepare' || !matches(prePrepare)) return 'PRE-PREPARE does not match';
  if (prePrepare.sender !== primary) return 'PRE-PREPARE not of that view’s primary';
  if (!prepares.every((vote) => vote.kind === 'prepare' && matches(vote))) return 'PREPARE does not match';
  const backups = prepares.map((vote) => vote.sender);
  if (!backups.every((id) => isValidator(config, id) && id !== primary)) return 'PREPARE not of a backup';
  if (!areSortedAndDistinct(backups)) return 'PREPAREs unsorted or doubled';
  if (backups.length !== quorumOf(config) - 1) return 'not exactly Q−1 PREPAREs';
  return undefined;
}

const isSlotNumber = (value: Height | View): boolean => Number.isSafeInteger(value) && value >= 0;

export function areSortedAndDistinct(ids: readonly ValidatorId[]): boolean {
  return ids.every((id, index) => index === 0 || ids[index - 1]! < id);
}

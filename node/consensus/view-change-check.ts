/** What VIEW-CHANGE and NEW-VIEW must say (rules V2, V3). Each check answers the reason for refusal, or nothing. */
import type { Height } from '../../shared/types/brands.ts';
import type { NewViewMessage, SignedVote, ViewChangeMessage } from '../../shared/types/messages.ts';
import {
  areSortedAndDistinct,
  certificateFault,
  needsCertificate,
  preparedFault,
} from './certificate-check.ts';
import { isValidator, primaryOf, quorumOf } from './membership.ts';
import { planNewView } from './new-view-plan.ts';
import type { NewViewPlan } from './state.ts';
import type { ConsensusConfig } from './types.ts';

/**
 * Rule V2, in the order of OSDI'99 §4.4: the slot; h with its certificate (none at genesis); then the prepared
 * certificates, ascending, inside (h, h + window], each of an earlier view and valid in itself.
 */
export function viewChangeFault(config: ConsensusConfig, message: ViewChangeMessage): string | undefined {
  const { vote, body } = message;
  if (vote.kind !== 'view-change' || vote.epoch !== config.epoch) return 'not a VIEW-CHANGE of this epoch';
  if (vote.sequence !== 0 || !Number.isSafeInteger(vote.view) || vote.view < 1) return 'slot malformed';
  if (!isValidator(config, vote.sender)) return 'sender is no validator';
  return heightFault(config, message) ?? preparedSetFault(config, message, body.height);
}

function heightFault(config: ConsensusConfig, { body }: ViewChangeMessage): string | undefined {
  if (!Number.isSafeInteger(body.height)) return 'height malformed';
  if (body.height < config.firstHeight - 1) return 'height below the epoch';
  if (!needsCertificate(config, body.height))
    return body.certificate === undefined ? undefined : 'a certificate for a block that has none';
  if (body.certificate === undefined) return 'height without its certificate';
  if (body.certificate.height !== body.height) return 'certificate of another height';
  return certificateFault(config, body.certificate);
}

function preparedSetFault(
  config: ConsensusConfig,
  { vote, body }: ViewChangeMessage,
  height: Height,
): string | undefined {
  let previous: number = height;
  for (const certificate of body.prepared) {
    const { sequence, view } = certificate;
    if (sequence <= previous) return 'prepared certificates not ascending above h';
    if (sequence > height + config.parameters.window) return 'prepared certificate above the window';
    if (view >= vote.view) return 'prepared in a view that is not below';
    const fault = preparedFault(config, certificate);
    if (fault !== undefined) return fault;
    previous = sequence;
  }
  return undefined;
}

/**
 * Rule V3, in the order of OSDI'99 §4.4: signed by the primary of its view; exactly Q VIEW-CHANGEs of distinct
 * senders, each valid and for exactly its view; then the PRE-PREPAREs, which must be what we compute.
 */
export function newViewFault(config: ConsensusConfig, message: NewViewMessage): string | undefined {
  const { vote, body } = message;
  if (vote.kind !== 'new-view' || vote.epoch !== config.epoch) return 'not a NEW-VIEW of this epoch';
  if (vote.sequence !== 0 || !Number.isSafeInteger(vote.view) || vote.view < 1) return 'slot malformed';
  if (vote.sender !== primaryOf(config, vote.view)) return 'sender is not the primary of its view';
  if (body.viewChanges.length !== quorumOf(config)) return 'not exactly Q VIEW-CHANGEs';
  if (!areSortedAndDistinct(body.viewChanges.map((nested) => nested.vote.sender)))
    return 'VIEW-CHANGEs unsorted or doubled';
  for (const nested of body.viewChanges) {
    if (nested.vote.view !== vote.view) return 'VIEW-CHANGE for another view';
    const fault = viewChangeFault(config, nested);
    if (fault !== undefined) return fault;
  }
  return prePreparesFault(message, planNewView(body.viewChanges));
}

function prePreparesFault({ vote, body }: NewViewMessage, plan: NewViewPlan): string | undefined {
  if (body.prePrepares.length !== plan.entries.length) return 'wrong number of PRE-PREPAREs';
  const matches = (prePrepare: SignedVote, index: number): boolean => {
    const entry = plan.entries[index]!;
    return (
      prePrepare.kind === 'pre-prepare' &&
      prePrepare.epoch === vote.epoch &&
      prePrepare.view === vote.view &&
      prePrepare.sender === vote.sender &&
      prePrepare.sequence === entry.sequence &&
      prePrepare.content === entry.digest
    );
  };
  return body.prePrepares.every(matches) ? undefined : 'a PRE-PREPARE differs from what we compute';
}

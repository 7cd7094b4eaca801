/**
 * Peers that went over a break which this node's operator has not accepted (docs/recovery.md). The node stays where it
 * is, and says why and what to do: the most dangerous step that a network knows is never taken because a peer says so.
 */
import { CodecError } from '../../shared/codec/codec-error.ts';
import { decodeRecovery, recoveryDigest, recoveryHeight } from '../../shared/codec/recovery.ts';
import type { Digest, ValidatorId } from '../../shared/types/brands.ts';
import type { RecoveryCertificate } from '../../shared/types/recovery.ts';
import type { RuntimeContext } from './context.ts';
import type { Recoveries } from './recoveries.ts';

export interface RecoveryNotice {
  /** A peer shows a recovery certificate; what it says is not verified here, and nothing follows from it. */
  told(from: ValidatorId, bytes: Uint8Array): void;
}

/** Different ones that are spoken of while the node runs: there is one, unless somebody plays with the log. */
const toldMax = 8;

export function createRecoveryNotice(context: RuntimeContext, { all }: Recoveries): RecoveryNotice {
  const accepted = new Set(all.map(({ certificate }) => recoveryDigest(certificate.contentBytes)));
  const told = new Set<Digest>();

  function tell(from: ValidatorId, bytes: Uint8Array): void {
    const certificate = read(from, bytes);
    if (certificate === undefined) return;
    const { content, contentBytes } = certificate;
    const digest = recoveryDigest(contentBytes);
    const isOurs = content.network === context.network && content.epoch > context.epochs.current().epoch;
    if (!isOurs || accepted.has(digest) || told.has(digest) || told.size >= toldMax) return;
    told.add(digest);
    context.ports.log.write('warn', 'recovery-not-accepted', {
      from,
      recovery: digest,
      epoch: content.epoch,
      height: recoveryHeight(content),
      reason: content.reason,
      validators: content.validators.map(({ id }) => id),
      next: 'This node does not follow. Ask the other members, compare the digest, and if it is right: stop the node and run `concordat network recover accept`.',
    });
  }

  function read(from: ValidatorId, bytes: Uint8Array): RecoveryCertificate | undefined {
    try {
      return decodeRecovery(bytes);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      context.reject('message-dropped', from, 'M2', error.message);
      return undefined;
    }
  }

  return { told: tell };
}

/**
 * Peers that went over a break which this node's operator has not accepted (docs/recovery.md). The node stays where it
 * is, and says why and what to do: the most dangerous step that a network knows is never taken because a peer says so.
 */
import { CodecError } from '../../shared/codec/codec-error.ts';
import { decodeRecovery, recoveryDigest, recoveryHeight } from '../../shared/codec/recovery.ts';
import type { Digest, Epoch, Height, ValidatorId } from '../../shared/types/brands.ts';
import type { RecoveryContent } from '../../shared/types/recovery.ts';
import type { RuntimeContext } from './context.ts';
import { forgetIn, type Remembering } from './forgetting.ts';
import type { Recoveries } from './recoveries.ts';

export interface RecoveryNotice extends Remembering {
  /** A peer shows a recovery certificate; what it says is not verified here, and nothing follows from it. */
  told(from: ValidatorId, bytes: Uint8Array): void;
  /** What peers show and this node's operator has not accepted, for diagnosis; a few. */
  shown(): readonly ShownRecovery[];
}

/** Nothing of it is verified. */
export interface ShownRecovery {
  readonly recovery: Digest;
  /** That it begins. */
  readonly epoch: Epoch;
  /** Of the last block that it keeps. */
  readonly height: Height;
  /** Who shows it. */
  readonly from: readonly ValidatorId[];
}

/** Different ones of one peer that are read while the node runs: there is one, unless somebody plays with the log. */
const readPerPeerMax = 4;
/** Of those that most peers show. */
const shownMax = 4;

interface Shown {
  readonly content: RecoveryContent;
  readonly digest: Digest;
  /** Of the last block that it keeps. */
  readonly height: Height;
}

export function createRecoveryNotice(context: RuntimeContext, { all }: Recoveries): RecoveryNotice {
  const accepted = new Set(all.map(({ certificate }) => recoveryDigest(certificate.contentBytes)));
  /** With everybody who shows it; what nobody shows any more is forgotten with them. */
  const told = new Map<Digest, Shown & { readonly from: Set<ValidatorId> }>();
  const framesOf = new Map<ValidatorId, Set<Digest>>();

  function tell(from: ValidatorId, bytes: Uint8Array): void {
    const shown = isNew(from, bytes) ? read(from, bytes) : undefined;
    if (shown === undefined) return;
    const { content, digest, height } = shown;
    const isOurs = content.network === context.network && content.epoch > context.epochs.current().epoch;
    if (!isOurs || accepted.has(digest)) return;
    const known = told.get(digest);
    known?.from.add(from);
    if (known !== undefined) return;
    told.set(digest, { ...shown, from: new Set([from]) });
    context.ports.log.write('warn', 'recovery-not-accepted', {
      from,
      recovery: digest,
      epoch: content.epoch,
      height,
      reason: content.reason,
      validators: content.validators.map(({ id }) => id),
      next: 'This node does not follow. Ask the other members, compare the digest, and if it is right: stop the node and run `concordat network recover accept`.',
    });
  }

  /** Honest peers show the same again and again; a liar has us decode no more than a few. */
  function isNew(from: ValidatorId, bytes: Uint8Array): boolean {
    const frames = framesOf.get(from) ?? new Set<Digest>();
    framesOf.set(from, frames);
    const frame = recoveryDigest(bytes);
    if (frames.has(frame) || frames.size >= readPerPeerMax) return false;
    frames.add(frame);
    return true;
  }

  /** The headers in it are bytes until its height is asked for: they may be anything, too. */
  function read(from: ValidatorId, bytes: Uint8Array): Shown | undefined {
    try {
      const { content, contentBytes } = decodeRecovery(bytes);
      return { content, digest: recoveryDigest(contentBytes), height: recoveryHeight(content) };
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      context.reject('message-dropped', from, 'M2', error.message);
      return undefined;
    }
  }

  function shown(): readonly ShownRecovery[] {
    return [...told.values()]
      .filter(({ content }) => content.epoch > context.epochs.current().epoch)
      .sort((one, other) => other.from.size - one.from.size)
      .slice(0, shownMax)
      .map(({ digest, content, height, from }) => ({
        recovery: digest,
        epoch: content.epoch,
        height,
        from: [...from].sort(),
      }));
  }

  function forget(isGone: (peer: ValidatorId) => boolean): void {
    forgetIn(framesOf, isGone);
    for (const [digest, { from }] of told) {
      forgetIn(from, isGone);
      if (from.size === 0) told.delete(digest);
    }
  }

  return { told: tell, shown, forget };
}

/**
 * Says `validator.attest` of who joins, or comes back with another vote store (rule E3): the block that it announced
 * is the one that this node certified itself, not long ago; it answers at its registered address under its registered
 * node key when this node calls; and over that link its key signed a random challenge. The other end is here, too.
 */
import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import { presenceSigningBytes } from '../../../shared/codec/presence.ts';
import { quorum } from '../../../shared/protocol/quorum.ts';
import type { Digest, Signature, ValidatorId } from '../../../shared/types/brands.ts';
import {
  type Activation,
  pendingActivation,
  type Ready,
  readyDigest,
} from '../../ledger/modules/activation-records.ts';
import { subjectsOf } from '../../ledger/modules/changes.ts';
import { needsReach } from '../../ledger/modules/readiness.ts';
import { attestAction } from '../../ledger/modules/validator-actions.ts';
import { parametersOf, type RuntimeContext, validatorsOf } from '../context.ts';
import { createRecentBlocks } from './recent.ts';
import { turnMs } from './turns.ts';
import type { Words } from './words.ts';

export interface Attester {
  consider(activation: Activation): void;
  /** A validator asks whether this node is there. */
  asked(from: ValidatorId, question: PresenceQuestion): void;
  /** Who was asked has answered. */
  answered(from: ValidatorId, challenge: Uint8Array, signature: Signature): void;
  /** Nothing is pending any more. */
  rest(): void;
}

export interface PresenceQuestion {
  readonly activation: number;
  readonly ready: Digest;
  readonly challenge: Uint8Array;
}

/** One subject's present record, on its way to an attestation. */
interface Trial {
  readonly record: Digest;
  readonly sinceMs: number;
  challenge?: { readonly bytes: Uint8Array; readonly askedMs: number };
  isCalling: boolean;
  isReached: boolean;
  /** Its signed answer came, and verified. */
  isPresent: boolean;
}

/** A call or a question without an answer is tried again after this. */
const askAgainMs = 2_000;

export function createAttester(
  context: RuntimeContext,
  { words, isVoting }: { readonly words: Words; isVoting(): boolean },
): Attester {
  const { clock, links, log, random, signer, state, verifier } = context.ports;
  const { self, network } = context;
  const recent = createRecentBlocks(context);
  const trials = new Map<ValidatorId, Trial>();

  function consider(activation: Activation): void {
    const subjects = subjectsOf(activation.changes).filter((id) => id !== self && needsReach(activation, id));
    for (const id of [...trials.keys()]) if (!subjects.includes(id)) trials.delete(id);
    if (activation.at !== undefined || !isVoting()) return;
    for (const subject of subjects) {
      const ready = activation.ready.get(subject);
      if (ready !== undefined && !activation.reach.get(subject)?.includes(self))
        proceed(activation, subject, ready);
    }
  }

  function proceed(activation: Activation, subject: ValidatorId, ready: Ready): void {
    const trial = trialOf(readyDigest(activation.number, subject, ready), subject);
    if (!isOwnBlock(ready) || clock.monotonicMs() - trial.sinceMs < delayMs(subject)) return;
    if (!trial.isReached) call(subject, trial);
    else if (!trial.isPresent) ask(activation, subject, trial);
    else attest(activation, subject, trial);
  }

  function trialOf(record: Digest, subject: ValidatorId): Trial {
    const known = trials.get(subject);
    if (known?.record === record) return known;
    const fresh = {
      record,
      sinceMs: clock.monotonicMs(),
      isCalling: false,
      isReached: false,
      isPresent: false,
    };
    trials.set(subject, fresh);
    return fresh;
  }

  const isOwnBlock = ({ height, block }: Ready): boolean =>
    recent.isRecent(height) && recent.hashOf(height) === block;

  function delayMs(subject: ValidatorId): number {
    const others = validatorsOf(context)
      .map(({ id }) => id)
      .filter((id) => id !== subject);
    return turnMs(others.indexOf(self), quorum(validatorsOf(context).length), parametersOf(context));
  }

  /** Where links have no addresses, an open one is all there is to reach. */
  function call(subject: ValidatorId, trial: Trial): void {
    if (trial.isCalling || !links.open().includes(subject)) return;
    trial.isCalling = true;
    const done = (isReached: boolean): void => {
      trial.isReached = isReached;
      if (isReached) trial.isCalling = false;
      else context.ports.timers.after(askAgainMs, () => (trial.isCalling = false));
      if (isReached) again(subject, trial);
      else log.write('info', 'joiner-not-reached', { rule: 'E3', peer: subject });
    };
    if (links.reach === undefined) done(true);
    else links.reach(subject, done);
  }

  function ask({ number }: Activation, subject: ValidatorId, trial: Trial): void {
    const nowMs = clock.monotonicMs();
    if (trial.challenge !== undefined && nowMs - trial.challenge.askedMs < askAgainMs) return;
    trial.challenge = { bytes: random.bytes(32), askedMs: nowMs };
    const question = { activation: number, ready: trial.record, challenge: trial.challenge.bytes };
    context.send(subject, { type: 'ask-presence', ...question });
  }

  function asked(from: ValidatorId, { activation, ready, challenge }: PresenceQuestion): void {
    const pending = pendingActivation(state);
    const own = pending?.ready.get(self);
    // Of an activation that this node has not seen yet the validator will ask again.
    if (pending?.number !== activation || own === undefined || !needsReach(pending, self)) return;
    if (readyDigest(activation, self, own) !== ready || !signer.keys().includes(own.key)) return;
    const claim = { activation, subject: self, asker: from, ready, challenge };
    const { epoch } = context.epochs.current();
    const request = { epoch, key: own.key, bytes: presenceSigningBytes(network, claim) };
    signer.sign([request], ([signature]) => {
      if (signature !== undefined) context.send(from, { type: 'presence', challenge, signature });
    });
  }

  function answered(from: ValidatorId, challenge: Uint8Array, signature: Signature): void {
    const trial = trials.get(from);
    const pending = pendingActivation(state);
    const ready = pending?.ready.get(from);
    if (trial?.challenge === undefined || pending === undefined || ready === undefined) return;
    if (toHex(trial.challenge.bytes) !== toHex(challenge)) return;
    const claim = { activation: pending.number, subject: from, asker: self, ready: trial.record, challenge };
    const item = { key: ready.key, message: presenceSigningBytes(network, claim), signature };
    verifier.verify([item], ([valid]) => {
      if (valid !== true) {
        context.reject('message-dropped', from, 'E3', 'its answer to a challenge is not signed by its key');
        return;
      }
      trial.isPresent = true;
      again(from, trial);
    });
  }

  function again(subject: ValidatorId, trial: Trial): void {
    const pending = pendingActivation(state);
    if (pending !== undefined && trials.get(subject) === trial) consider(pending);
  }

  function attest({ number }: Activation, subject: ValidatorId, { record }: Trial): void {
    const { epoch } = context.epochs.current();
    const key = context.epochs.setOf(epoch)!.keys.get(self)!;
    const args = { activation: number, subject, ready: fromHex(record) };
    words.say(`attest ${number} ${subject} ${record}`, { key, action: attestAction, args });
  }

  return { consider, asked, answered, rest: () => trials.clear() };
}

/**
 * Evidence on its way to the ledger (rule W1). What consensus sees, or a peer tells and this node verified, is held
 * once for each (validator, epoch, kind), told to every validator, and submitted by those who vote, one after the
 * other by their place: the first who gets it recorded spares the others the work. Recorded, it is dropped.
 *
 * Bounded: by validators × kinds × the epochs of which the ledger takes evidence, whatever a peer tells; what is held or recorded is not verified again, and a
 * peer can have a few unverified ones here.
 */
import { decodeEvidence, encodeEvidence, evidenceToCbor } from '../../shared/codec/evidence.ts';
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { Evidence } from '../../shared/types/messages.ts';
import { recoveryBetween } from '../ledger/modules/recovery.ts';
import { evidenceAction, isEvidenceRecorded } from '../ledger/modules/validator.ts';
import { parametersOf, type RuntimeContext, validatorsOf } from './context.ts';
import { takesEvidenceOf } from './evidence-age.ts';
import { lower } from './forgetting.ts';
import { signOwn } from './own-transaction.ts';
import { type SignatureCheck, slotCheck } from './signatures.ts';
import type { Submission } from './submission.ts';
import type { VoteLane } from './verification.ts';
import { evidencePerFrame } from './wire-bounds.ts';

export interface EvidenceRoom {
  /** Consensus saw two messages that conflict. Their signatures are verified. */
  found(evidence: Evidence): void;
  /** A peer tells of some. */
  told(from: ValidatorId, evidence: readonly Uint8Array[]): void;
  /** A link opened: the peer hears of everything that is held. */
  opened(peer: ValidatorId): void;
  /** A block is durable: what it recorded is done, and what no ledger takes any more is forgotten. */
  certified(): void;
  /** Held and not recorded yet. */
  held(): readonly Evidence[];
  /** Seen since the start, recorded ones included. */
  count(): number;
}

interface Held {
  readonly evidence: Evidence;
  readonly sinceMs: number;
  /** Expiry of the transaction that reports it, milliseconds since 1970. */
  submittedUntilMs?: number;
  submitting: boolean;
}

export interface EvidenceSources {
  /** Only who votes signs: a validator whose votes are lost signs nothing at all (rule D3). */
  isVoting(): boolean;
  /** max(own clock, certified time) in milliseconds since 1970 (rule F2). */
  nowMs(): number;
}

/** Of one peer, at the verifier. */
const uncheckedPerPeerMax = 16;
/** How often what is held is looked at. */
const reviewMs = 1_000;
/** Life of a transaction that reports evidence; another follows if it expires. */
const lifetimeMs = 60_000;

export function createEvidenceRoom(
  context: RuntimeContext,
  lane: VoteLane,
  submission: Pick<Submission, 'submit'>,
  sources: EvidenceSources,
): EvidenceRoom {
  const { ports, self } = context;
  const { clock, log, signer, state, timers } = ports;
  const held = new Map<string, Held>();
  const unchecked = new Map<ValidatorId, number>();
  let count = 0;
  let isReviewing = false;

  function found(evidence: Evidence): void {
    if (isNew(evidence)) hold(evidence, self);
  }

  const isNew = (evidence: Evidence): boolean =>
    !held.has(keyOf(evidence)) && !isEvidenceRecorded(state, evidence);

  function hold(evidence: Evidence, from: ValidatorId): void {
    held.set(keyOf(evidence), { evidence, sinceMs: clock.monotonicMs(), submitting: false });
    count += 1;
    log.write('warn', 'evidence', { rule: 'W1', from, ...evidence });
    context.broadcast({ type: 'evidence', evidence: [encodeEvidence(evidence)] });
    review();
  }

  function told(from: ValidatorId, list: readonly Uint8Array[]): void {
    for (const bytes of list) {
      const evidence = decodeOrDrop(from, bytes);
      if (evidence !== undefined && isNew(evidence)) check(from, evidence);
    }
  }

  function decodeOrDrop(from: ValidatorId, bytes: Uint8Array): Evidence | undefined {
    try {
      return decodeEvidence(bytes);
    } catch (error) {
      drop(from, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  function check(from: ValidatorId, evidence: Evidence): void {
    const checks = [slotCheck(context.epochs, evidence.first), slotCheck(context.epochs, evidence.second)];
    const known = checks.filter((item): item is SignatureCheck => item !== undefined);
    const waiting = unchecked.get(from) ?? 0;
    // Its sender may be in an epoch that has not begun here, or still in one that is over: no offence (rule E2).
    if (!isTaken(evidence) || !isKnown(evidence)) return;
    if (known.length < checks.length) {
      drop(from, 'against nobody who is a validator');
      return;
    }
    if (waiting >= uncheckedPerPeerMax) {
      drop(from, 'too much waits for verification');
      return;
    }
    unchecked.set(from, waiting + 1);
    lane.submit(
      known,
      (valid) => {
        lower(unchecked, from);
        if (!valid) drop(from, 'a signature in it does not verify');
        else if (isNew(evidence)) hold(evidence, from);
      },
      from,
    );
  }

  const isTaken = ({ epoch, first, second }: Evidence): boolean =>
    takesEvidenceOf(context, epoch) && recoveryBetween(state, first, second) === undefined;

  const isKnown = ({ first, second }: Evidence): boolean =>
    [first, second].every(({ epoch }) => context.epochs.setOf(epoch) !== undefined);

  /** In portions that a peer takes, however small its set: evidence of several epochs is more than one set's. */
  function opened(peer: ValidatorId): void {
    const list = [...held.values()].map(({ evidence }) => encodeEvidence(evidence));
    for (let at = 0; at < list.length; at += evidencePerFrame)
      context.send(peer, { type: 'evidence', evidence: list.slice(at, at + evidencePerFrame) });
  }

  function certified(): void {
    for (const [key, { evidence }] of held) {
      if (!isTaken(evidence)) held.delete(key);
      if (!isEvidenceRecorded(state, evidence)) continue;
      held.delete(key);
      const { validator, epoch, kind } = evidence;
      log.write('info', 'evidence-recorded', { rule: 'W1', validator, epoch, kind });
    }
  }

  /** Looks again while something is held: a turn comes, a transaction expires, this node begins to vote. */
  function review(): void {
    for (const entry of held.values()) if (isDue(entry)) submit(entry);
    if (isReviewing || held.size === 0) return;
    isReviewing = true;
    timers.after(reviewMs, () => {
      isReviewing = false;
      review();
    });
  }

  function isDue({ evidence, sinceMs, submittedUntilMs = 0, submitting }: Held): boolean {
    if (submitting || !sources.isVoting() || sources.nowMs() <= submittedUntilMs) return false;
    if (evidence.validator === self) return false;
    if (isEvidenceRecorded(state, evidence)) return false;
    const reporters = validatorsOf(context)
      .map(({ id }) => id)
      .filter((id) => id !== evidence.validator);
    return clock.monotonicMs() - sinceMs >= reporters.indexOf(self) * parametersOf(context).waitingTimeoutMs;
  }

  function submit(entry: Held): void {
    entry.submitting = true;
    const expiresAt = sources.nowMs() + Math.min(lifetimeMs, parametersOf(context).lifetimeMs);
    sign(entry.evidence, expiresAt, (transaction) => {
      submission.submit([transaction], ([result]) => {
        entry.submitting = false;
        const isTaken = result?.status === 'accepted' || result?.status === 'known';
        if (isTaken) entry.submittedUntilMs = expiresAt;
        log.write('info', isTaken ? 'evidence-submitted' : 'evidence-not-submitted', {
          rule: 'W1',
          transaction: transaction.id,
          status: result?.status,
        });
      });
    });
  }

  function sign(evidence: Evidence, expiresAt: number, done: (transaction: Transaction) => void): void {
    const { epoch } = context.epochs.current();
    const key = context.epochs.setOf(epoch)!.keys.get(self)!;
    const command = { key, epoch, action: evidenceAction, args: evidenceToCbor(evidence), expiresAt };
    signOwn(context.network, signer, command, done);
  }

  function drop(from: ValidatorId, reason: string): void {
    context.reject('evidence-dropped', from, 'W1', reason);
  }

  return {
    found,
    told,
    opened,
    certified,
    held: () => [...held.values()].map(({ evidence }) => evidence),
    count: () => count,
  };
}

const keyOf = ({ validator, epoch, kind }: Evidence): string => `${epoch}/${validator}/${kind}`;

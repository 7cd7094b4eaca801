/**
 * Frames from peers: decoded strictly, routed to their room. Consensus messages pass rule M1 first: slot, outer
 * signature, then the nested ones; what fails is dropped and noted. One peer can have a bounded number of
 * messages waiting for the verifier.
 */

import { batchDigest } from '../../shared/codec/ledger.ts';
import { claimedEpoch, newViewContent, viewChangeContent } from '../../shared/codec/messages.ts';
import type { Epoch, Height, ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import type { ConsensusMessage, Vote } from '../../shared/types/messages.ts';
import type { BufferFigure } from '../consensus/buffers.ts';
import { parametersOf, type RuntimeContext } from './context.ts';
import { takesEvidenceOf } from './evidence-age.ts';
import { forgetIn, lower, type Remembering } from './forgetting.ts';
import { fullest } from './fullest.ts';
import { plainReader } from './reader.ts';
import {
  certificateChecks,
  nestedChecks,
  outerCheck,
  type SignatureCheck,
  type SignerSet,
} from './signatures.ts';
import type { VoteLane } from './verification.ts';

/** Votes further ahead come again once the blocks between are here (rule V6). */
const windowsAhead = 4;
/** Of the next epoch, from its first height on: as many as consensus holds. */
const windowsHeld = 2;
const heartbeatsPerPeriod = 8;
/**
 * What a vote costs its sender's share of our time: two verifications, so that floods of them are read slowly. Those
 * inside a message count when they are verified: of what was verified before, nothing.
 */
const signatureCostMs = 0.1;
/** What says nothing that we can use now; an honest peer whose node is ahead of ours sends some dozens a second. */
const idleCostMs = 0.5;

interface NewestAnswer {
  /** In which the peer is. */
  readonly epoch: Epoch;
  readonly messages: readonly Uint8Array[];
}

export interface Incoming extends Remembering {
  consensus(from: ValidatorId, messages: readonly Uint8Array[], certificate: Certificate | undefined): void;
  /** Rule N7: from anywhere. */
  certificate(from: ValidatorId, certificate: Certificate): void;
  /** Rule D3: what a peer holds of ours. An answer with one bad message is no answer. */
  newest(from: ValidatorId, answer: NewestAnswer, answered: () => void): void;
  buffers(): readonly BufferFigure[];
}

type Refuse = (rule: string, reason: string) => void;

/** Bytes that are none: of an epoch that is to come, perhaps, or what no honest peer sends. */
type NoMessage = 'later' | 'refused';

export function createIncoming(context: RuntimeContext, lane: VoteLane): Incoming {
  const { epochs } = context;
  const { reader = plainReader } = context.ports;
  const held = new Map<ValidatorId, number>();
  /** VIEW-CHANGEs and NEW-VIEWs among them: each may cost hundreds of verifications. */
  const heldNested = new Map<ValidatorId, number>();
  /** Monotonic milliseconds of the last heartbeat that was taken, by the peer that sent it. */
  const heartbeatAtMs = new Map<ValidatorId, number>();

  function consensus(
    from: ValidatorId,
    messages: readonly Uint8Array[],
    certificate: Certificate | undefined,
  ): void {
    const startedMs = context.ports.clock.monotonicMs();
    if (certificate !== undefined) admitCertificate(from, certificate);
    for (const bytes of messages) {
      const message = decodeOrDrop(from, bytes);
      // Whoever packs a frame knows what is in it: the rest is not worth our time, nor is what was spent on it forgiven.
      if (message === 'refused') {
        context.ports.links.spend?.(from, context.ports.clock.monotonicMs() - startedMs);
        return;
      }
      if (message === 'later') continue;
      if (isCurrent(message) && isTimely(from, message)) {
        admit(from, message, () => context.feed({ type: 'message', from, message }));
      } else {
        context.ports.links.spend?.(from, idleCostMs);
      }
    }
  }

  function decodeOrDrop(from: ValidatorId, bytes: Uint8Array): ConsensusMessage | NoMessage {
    try {
      const message = reader.message(bytes, epochs.limits());
      const problem = contentProblem(message);
      if (problem === undefined) return message;
      drop(from, 'M2', problem);
      return 'refused';
    } catch (error) {
      const current = epochs.current().epoch;
      const epoch = claimedEpoch(bytes) ?? current;
      refusalOf(from, epoch)('M2', error instanceof Error ? error.message : String(error));
      return epoch > current ? 'later' : 'refused';
    }
  }

  /** Slots so far away that no rule could use the message are not worth a verification (rules M3, M4). */
  function isCurrent(message: ConsensusMessage): boolean {
    const epoch = epochOfMessage(message);
    const current = epochs.current().epoch;
    if (epoch === current) return isNear(message);
    if (epoch === epochs.scheduled()?.epoch) return isBeginning(message, epochs.scheduled()!.firstHeight);
    // Only as evidence (rule W1): what it says of an epoch before is over.
    return epoch < current && isSlotOrSeal(message) && isNear(message) && takesEvidenceOf(context, epoch);
  }

  function isNear(message: ConsensusMessage): boolean {
    const { window } = parametersOf(context);
    const height = context.certifiedHeight();
    switch (message.kind) {
      case 'seal':
        return message.height > height - window;
      case 'heartbeat':
      case 'view-change':
      case 'new-view':
        return true;
      default:
        return (
          message.vote.sequence > height - window && message.vote.sequence <= height + windowsAhead * window
        );
    }
  }

  /** Of the scheduled epoch, which others may have entered: held until this node does (rule M3). */
  function isBeginning(message: ConsensusMessage, firstHeight: Height): boolean {
    if (message.kind === 'heartbeat') return false;
    if (message.kind === 'view-change' || message.kind === 'new-view') return true;
    const height = message.kind === 'seal' ? message.height : message.vote.sequence;
    return height >= firstHeight && height < firstHeight + windowsHeld * parametersOf(context).window;
  }

  /** Heartbeats come at a fixed pace; many at once say no more than one, and each would cost a verification. */
  function isTimely(from: ValidatorId, message: ConsensusMessage): boolean {
    if (message.kind !== 'heartbeat') return true;
    const nowMs = context.ports.clock.monotonicMs();
    const lastMs = heartbeatAtMs.get(from) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - lastMs < parametersOf(context).heartbeatMs / heartbeatsPerPeriod) return false;
    heartbeatAtMs.set(from, nowMs);
    return true;
  }

  function charge(from: ValidatorId, signatures: number): void {
    context.ports.links.spend?.(from, signatures * signatureCostMs);
  }

  /**
   * While a message waits for the verifier, a schedule may be withdrawn and made anew with other keys (rule E1): what
   * the keys of the first one vouch for says nothing in the second.
   */
  function ifStillJudgedAlike(message: ConsensusMessage, accept: () => void): () => void {
    const epoch = epochOfMessage(message);
    if (epoch <= epochs.current().epoch) return accept;
    const judgedBy = epochs.setOf(epoch);
    return () => {
      if (haveSameKeys(judgedBy, epochs.setOf(epoch))) accept();
    };
  }

  /**
   * What is of a later epoch is judged by a schedule that may have been withdrawn, and made anew with others, where
   * it comes from, or that is not known here at all: that it is larger than what is known, or does not verify, is no
   * offence then, and costs its sender time all the same.
   */
  function refusalOf(from: ValidatorId, epoch: Epoch): Refuse {
    if (epoch <= epochs.current().epoch) return (rule, reason) => drop(from, rule, reason);
    return () => context.ports.links.spend?.(from, idleCostMs);
  }

  function admit(from: ValidatorId, message: ConsensusMessage, taken: () => void): void {
    const accept = ifStillJudgedAlike(message, taken);
    const refuse = refusalOf(from, epochOfMessage(message));
    const outer = outerCheck(epochs, message);
    if (outer === undefined) {
      refuse('M1', 'the sender is no validator');
      return;
    }
    const nests = message.kind === 'view-change' || message.kind === 'new-view';
    if (!hold(from, nests)) return;
    charge(from, 1);
    lane.submit(
      [outer],
      (valid) => {
        if (valid) return admitNested(from, message, nests, { accept, refuse });
        release(from, nests);
        refuse('M1', `the signature of a ${message.kind} does not verify`);
      },
      from,
    );
  }

  function admitNested(
    from: ValidatorId,
    message: ConsensusMessage,
    nests: boolean,
    { accept, refuse }: { readonly accept: () => void; readonly refuse: Refuse },
  ): void {
    const nested = nestedChecks(epochs, message);
    if (nested === undefined) {
      release(from, nests);
      refuse(
        'M1',
        `a ${message.kind} holds signatures of strangers, two of one, or a certificate without a quorum`,
      );
      return;
    }
    lane.submit(
      nested,
      (valid) => {
        release(from, nests);
        if (valid) accept();
        else refuse('M1', `a signature inside a ${message.kind} does not verify`);
      },
      from,
      (signatures) => charge(from, signatures),
    );
  }

  /** Rule M3: one peer cannot fill the memory, nor make everyone's votes wait for its own. */
  function hold(from: ValidatorId, nests: boolean): boolean {
    const { heldPerPeerMax, heldNestedPerPeerMax } = context.tuning;
    const count = held.get(from) ?? 0;
    const nested = heldNested.get(from) ?? 0;
    if (count >= heldPerPeerMax || (nests && nested >= heldNestedPerPeerMax)) {
      drop(from, 'M3', 'too many messages wait for verification');
      return false;
    }
    held.set(from, count + 1);
    if (nests) heldNested.set(from, nested + 1);
    return true;
  }

  function release(from: ValidatorId, nests: boolean): void {
    lower(held, from);
    if (nests) lower(heldNested, from);
  }

  function admitCertificate(from: ValidatorId, certificate: Certificate): void {
    if (certificate.height <= context.certifiedHeight()) return;
    const { epoch } = epochs.current();
    // Of the next epoch it is a hint; of a later one nobody here can tell who seals.
    if (certificate.epoch > epoch && certificate.epoch !== epochs.scheduled()?.epoch) {
      context.ports.links.spend?.(from, idleCostMs);
      return;
    }
    const checks = certificate.epoch < epoch ? undefined : certificateChecks(epochs, certificate);
    const refuse = refusalOf(from, certificate.epoch);
    if (checks === undefined) {
      refuse('N7', 'a certificate without a quorum');
      return;
    }
    if (!hold(from, false)) return;
    lane.submit(
      checks,
      (valid) => {
        release(from, false);
        if (valid) context.feed({ type: 'certificate', certificate });
        else refuse('N7', 'a seal of a certificate does not verify');
      },
      from,
      (signatures) => charge(from, signatures),
    );
  }

  function newest(from: ValidatorId, { epoch, messages }: NewestAnswer, answered: () => void): void {
    // In another epoch the peer cannot tell what we signed in this one: it is asked again.
    if (epoch !== epochs.current().epoch) return;
    const own = ownOf(from, messages);
    if (own === undefined) return;
    const outer = own.map((message) => outerCheck(epochs, message)).filter((check) => check !== undefined);
    if (outer.length < own.length) {
      drop(from, 'D3', 'messages of an epoch in which we are no validator');
      return;
    }
    const finish = (): void => {
      // Another epoch may have begun while it was verified: in that one the peer is still to be asked.
      if (epoch !== epochs.current().epoch) return;
      answered();
      context.feed({ type: 'own-newest', from, epoch, messages: own });
    };
    if (own.length === 0) finish();
    else verifyAnswer(from, own, outer, finish);
  }

  /** All of them, or it is no answer: the first that is none of ours ends it. */
  function ownOf(from: ValidatorId, messages: readonly Uint8Array[]): ConsensusMessage[] | undefined {
    const own: ConsensusMessage[] = [];
    for (const bytes of messages) {
      const message = decodeOrDrop(from, bytes);
      if (message === 'refused') return undefined;
      if (message === 'later' || senderOf(message) !== context.self) {
        drop(from, 'D3', 'messages that are not ours, in answer to our question');
        return undefined;
      }
      own.push(message);
    }
    return own;
  }

  /** One answer is one thing that waits, however many slots the window has. */
  function verifyAnswer(
    from: ValidatorId,
    own: readonly ConsensusMessage[],
    outer: readonly SignatureCheck[],
    finish: () => void,
  ): void {
    if (!hold(from, true)) return;
    const end = (problem?: string): void => {
      release(from, true);
      if (problem === undefined) finish();
      else drop(from, 'D3', problem);
    };
    const begun = (signatures: number): void => charge(from, signatures);
    lane.submit(
      outer,
      (valid) => {
        const nested = valid ? own.map((message) => nestedChecks(epochs, message)) : [];
        if (!valid) end('a message in our name that we did not sign');
        else if (nested.includes(undefined)) end('a message of ours that holds signatures of strangers');
        else verifyNested(nested.flatMap((checks) => checks ?? []));
      },
      from,
      begun,
    );
    function verifyNested(checks: readonly SignatureCheck[]): void {
      lane.submit(
        checks,
        (valid) => end(valid ? undefined : 'a signature inside a message of ours does not verify'),
        from,
        begun,
      );
    }
  }

  function drop(from: ValidatorId, rule: string, reason: string): void {
    context.reject('message-dropped', from, rule, reason);
  }

  function buffers(): BufferFigure[] {
    const { heldPerPeerMax, heldNestedPerPeerMax } = context.tuning;
    return [
      fullest('messages of one peer at the verifier', held.values(), heldPerPeerMax),
      fullest('VIEW-CHANGEs of one peer at the verifier', heldNested.values(), heldNestedPerPeerMax),
    ];
  }

  return {
    consensus,
    certificate: admitCertificate,
    newest,
    buffers,
    forget: (isGone) => forgetIn(heartbeatAtMs, isGone),
  };
}

const epochOfMessage = (message: ConsensusMessage): Epoch =>
  message.kind === 'seal' || message.kind === 'heartbeat' ? message.epoch : message.vote.epoch;

const isSlotOrSeal = ({ kind }: ConsensusMessage): boolean =>
  kind !== 'heartbeat' && kind !== 'view-change' && kind !== 'new-view';

function haveSameKeys(one: SignerSet | undefined, other: SignerSet | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined || one.keys.size !== other.keys.size) return false;
  return [...one.keys].every(([id, key]) => other.keys.get(id) === key);
}

const senderOf = (message: ConsensusMessage): ValidatorId =>
  message.kind === 'seal' || message.kind === 'heartbeat' ? message.sender : message.vote.sender;

/** Rule M2: what travels beside a vote must be what the vote signs. */
export function contentProblem(message: ConsensusMessage): string | undefined {
  switch (message.kind) {
    case 'pre-prepare':
      return contentMatches(message.vote, batchDigest(message.batch));
    case 'view-change':
      return contentMatches(message.vote, viewChangeContent(message.body));
    case 'new-view':
      return (
        contentMatches(message.vote, newViewContent(message.body)) ??
        message.body.viewChanges
          .map((viewChange) => contentMatches(viewChange.vote, viewChangeContent(viewChange.body)))
          .find((problem) => problem !== undefined)
      );
    default:
      return undefined;
  }
}

const contentMatches = (vote: Vote, content: string): string | undefined =>
  vote.content === content ? undefined : `the content of a ${vote.kind} is not what it signs`;

/**
 * What validators say about an activation, signed by their consensus keys: `rotate` asks for another key for oneself,
 * `ready` is the word of who is to join or to get a key or other rules, `attest` that of who has reached it (rule E3).
 */
import { toHex } from '../../../shared/codec/hex.ts';
import type { BlockHash, Height, Incarnation, PublicKey, ValidatorId } from '../../../shared/types/brands.ts';
import type { LedgerEvent } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { nodeId, possession, publicKey } from '../common-forms.ts';
import { decided, refused } from '../decision.ts';
import { byteString, type FormCheck, fields, integer } from '../form.ts';
import { limits } from '../limits.ts';
import type { DecidedRejection } from '../rejections.ts';
import type { CommandContext, Decision, StateView } from '../types.ts';
import { pendingNumbered } from './activation.ts';
import { approveChange } from './activation-plan.ts';
import {
  type Activation,
  type ActivationAttested,
  type ActivationReady,
  type Ready,
  readyData,
  readyDigest,
} from './activation-records.ts';
import { readMembership } from './epochs.ts';
import { keyFault, readKey } from './keys.ts';
import { readValidator } from './network.ts';
import { needsReach, needsReady, nextMembership } from './readiness.ts';
import { waitingProposal } from './reservation.ts';

export type RotateArgs = {
  readonly key: Uint8Array;
  readonly possession: Uint8Array;
  readonly notBefore?: number;
  readonly deadlineMs?: number;
};
export type ReadyArgs = {
  readonly activation: number;
  readonly incarnation: Uint8Array;
  readonly height: number;
  readonly block: Uint8Array;
  readonly protocol: number;
};
export type AttestArgs = {
  readonly activation: number;
  readonly subject: string;
  /** Digest of the record that it attests. */
  readonly ready: Uint8Array;
};

export const rotateAction = 'validator.rotate';
export const readyAction = 'validator.ready';
export const attestAction = 'validator.attest';

const counted = integer(0, Number.MAX_SAFE_INTEGER);

export const rotateForm: FormCheck = fields({
  key: publicKey,
  possession,
  notBefore: { optional: counted },
  deadlineMs: { optional: integer(limits.deadlineMsMin, limits.deadlineMsMax) },
});
export const readyForm: FormCheck = fields({
  activation: counted,
  incarnation: byteString(16),
  height: counted,
  block: byteString(32),
  protocol: counted,
});
export const attestForm: FormCheck = fields({
  activation: counted,
  subject: nodeId,
  ready: byteString(32),
});

/** No ballots: the old key speaks for itself, unless it may be in other hands. */
export function decideRotate(state: StateView, context: CommandContext, args: RotateArgs): Decision {
  const { id, member } = context.identity;
  const key = toHex(args.key) as PublicKey;
  const problem =
    suspicion(state, id) ??
    reservation(state, context) ??
    tooSoon(state, context, id) ??
    keyFault(state, context, { key, kind: 'consensus', owner: id, member }, args.possession) ??
    tooLate(context, args);
  if (problem !== undefined) return refused(problem);
  const { notBefore, deadlineMs = limits.rotationDeadlineMs } = args;
  const timing = { deadlineMs, ...(notBefore !== undefined && { notBefore }) };
  const request = { cause: { validator: id }, member, ...timing };
  return approveChange(state, context, request, { kind: 'consensus-key', id: id as ValidatorId, key });
}

function suspicion(state: StateView, id: string): DecidedRejection | undefined {
  const key = consensusKeyOf(state, id);
  return readKey(state, key)?.suspected && { code: 'key-suspected', facts: { key, owner: id } };
}

/**
 * Each rotation makes an epoch, which is kept for ever and is waited for by everybody: without a pace a liar alone could
 * pile them up. Keys of genesis are as old as they need to be; ballots may replace any key at any time.
 */
function tooSoon(state: StateView, { height }: CommandContext, id: string): DecidedRejection | undefined {
  const key = consensusKeyOf(state, id);
  const since = readKey(state, key)?.since ?? 0;
  const earliest = since + limits.rotationPaceHeights;
  return since === 0 || height >= earliest
    ? undefined
    : { code: 'rotation-too-soon', facts: { key, since, earliest } };
}

function consensusKeyOf(state: StateView, id: string): PublicKey {
  const key = readValidator(state, id)?.consensusKey;
  assert(key !== undefined, `validator ${id} that sends is in state`);
  return key;
}

/** What the members accepted comes first: else a liar could rotate for ever and never leave the place free. */
function reservation(state: StateView, context: CommandContext): DecidedRejection | undefined {
  const proposal = waitingProposal(state, context);
  return proposal === undefined ? undefined : { code: 'activation-reserved', facts: { proposal } };
}

/** For the same reason one's own key does not book the place far ahead. */
function tooLate({ height }: CommandContext, { notBefore = 0 }: RotateArgs): DecidedRejection | undefined {
  const latest = height + limits.rotationAheadMax;
  return notBefore <= latest ? undefined : { code: 'not-before-too-late', facts: { notBefore, latest } };
}

/** The sender's key is that of the next epoch (`senderOf`): who gets one shows that it signs. */
export function decideReady(state: StateView, context: CommandContext, args: ReadyArgs): Decision {
  const pending = unarmed(state, args.activation);
  if ('code' in pending) return refused(pending);
  const id = context.identity.id as ValidatorId;
  const next = nextMembership(readMembership(state), pending);
  const validator = next.validators.find((one) => one.id === id);
  if (validator === undefined || !needsReady(pending, id)) return notOfThis(pending, id, 'subject');
  const incarnation = toHex(args.incarnation) as Incarnation;
  if (validator.incarnation !== incarnation) return notOfThis(pending, id, 'incarnation');
  const { protocol } = args;
  if (protocol < next.protocol)
    return refused({ code: 'protocol-unsupported', facts: { protocol, needed: next.protocol } });
  const times = (pending.ready.get(id)?.times ?? 0) + 1;
  if (times > limits.readyTimesMax) {
    const facts = { activation: pending.number, validator: id, limit: limits.readyTimesMax };
    return refused({ code: 'ready-limit', facts });
  }
  const [height, block] = [args.height as Height, toHex(args.block) as BlockHash];
  const ready = { key: validator.consensusKey, incarnation, height, block, protocol, times };
  return decided(readyEvent(pending, id, ready));
}

function readyEvent({ number }: Activation, validator: ValidatorId, ready: Ready): LedgerEvent {
  const data: ActivationReady = { number, validator, ready: readyData(ready) };
  return { type: 'activation.ready', data };
}

/** For this very record: who repeats its word with another block, store or key asks for other attestations. */
export function decideAttest(state: StateView, context: CommandContext, args: AttestArgs): Decision {
  const pending = unarmed(state, args.activation);
  if ('code' in pending) return refused(pending);
  const by = context.identity.id as ValidatorId;
  const subject = args.subject as ValidatorId;
  if (!needsReach(pending, subject)) return notOfThis(pending, subject, 'subject');
  if (subject === by) return notOfThis(pending, subject, 'self');
  const ready = pending.ready.get(subject);
  if (ready === undefined || readyDigest(pending.number, subject, ready) !== toHex(args.ready))
    return notOfThis(pending, subject, 'record');
  if (pending.reach.get(subject)?.includes(by))
    return refused({ code: 'attested-already', facts: { activation: pending.number, subject, by } });
  const data: ActivationAttested = { number: pending.number, subject, by };
  return decided({ type: 'activation.attested', data });
}

function unarmed(state: StateView, number: number): Activation | DecidedRejection {
  const pending = pendingNumbered(state, number);
  if ('code' in pending || pending.at === undefined) return pending;
  return { code: 'already-scheduled', facts: { activation: number, at: pending.at } };
}

function notOfThis(
  { number }: Activation,
  validator: ValidatorId,
  reason: 'subject' | 'incarnation' | 'self' | 'record',
): Decision {
  return refused({ code: 'not-of-this-activation', facts: { activation: number, validator, reason } });
}

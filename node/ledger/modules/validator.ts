/**
 * What validators themselves say, signed by their consensus keys (design, section 6): about an activation
 * (validator-actions.ts), and evidence that a validator signed two messages which conflict in a slot (rule W1).
 *
 * Evidence is judged here, by every validator alike: a validator of the epoch is accused, both signatures are of
 * the key that it had then, and nothing is recorded yet for this (validator, epoch, kind). For how long it is taken
 * says evidence-age.ts. Nothing is taken away from the accused: it goes on voting, and the members see it.
 */
import { CodecError } from '../../../shared/codec/codec-error.ts';
import { evidenceFromCbor, evidenceToCbor } from '../../../shared/codec/evidence.ts';
import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import { verifyNoble } from '../../../shared/crypto/ed25519.ts';
import { forgedMessage } from '../../../shared/protocol/verify-evidence.ts';
import type { Epoch, Height, PublicKey, TransactionId, ValidatorId } from '../../../shared/types/brands.ts';
import type { CborValue, LedgerEvent, Rejection } from '../../../shared/types/ledger.ts';
import type { Evidence, EvidenceKind, SlotMessage } from '../../../shared/types/messages.ts';
import { assert } from '../assert.ts';
import { decided, refused } from '../decision.ts';
import { argsForm } from '../form.ts';
import { readRecord, writeRecord } from '../records.ts';
import { rejection } from '../rejections.ts';
import { stateKeys } from '../state-keys.ts';
import type { CommandContext, Decision, LedgerModule, StateChanges, StateView } from '../types.ts';
import { readMembershipOf } from './epochs.ts';
import { takesEvidence } from './evidence-age.ts';
import { recoveryBetween } from './recovery.ts';
import {
  type AttestArgs,
  attestAction,
  attestForm,
  decideAttest,
  decideReady,
  decideRotate,
  type ReadyArgs,
  type RotateArgs,
  readyAction,
  readyForm,
  rotateAction,
  rotateForm,
} from './validator-actions.ts';

export const evidenceAction = 'validator.evidence';

/** Evidence as the ledger keeps it. `number` counts from 0 over the whole ledger. */
export interface RecordedEvidence {
  readonly number: number;
  readonly evidence: Evidence;
  /** The accused's consensus key in that epoch: it signed both. */
  readonly key: PublicKey;
  /** Its key in the next epoch, if the second message is a seal of that and it had another one there. */
  readonly secondKey?: PublicKey;
  /** The validator that submitted it. */
  readonly reporter: ValidatorId;
  readonly transaction: TransactionId;
  readonly height: Height;
  /** Block time, milliseconds since 1970. */
  readonly time: number;
}

export type EvidenceData = {
  readonly validator: string;
  readonly epoch: number;
  readonly kind: string;
  readonly key: Uint8Array;
  readonly secondKey?: Uint8Array;
  readonly reporter: string;
  readonly transaction: Uint8Array;
  readonly height: number;
  readonly time: number;
  readonly first: CborValue;
  readonly second: CborValue;
};

export const validatorModule: LedgerModule = {
  name: 'validator',
  actions: {
    [evidenceAction]: evidenceForm,
    [rotateAction]: argsForm(rotateForm),
    [readyAction]: argsForm(readyForm),
    [attestAction]: argsForm(attestForm),
  },
  revisions: [{ since: 3, actions: { [evidenceAction]: evidenceForm }, decide: decideUnlessGivenUp }],
  senders: 'validators',
  decide: decideValidator,
  evolve: evolveEvidence,
};

function evidenceForm(args: CborValue): Rejection | undefined {
  try {
    evidenceFromCbor(args, 'args');
    return undefined;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const { path, expected } = error.facts;
    return rejection({
      code: 'malformed-args',
      facts: { path: path ?? 'args', expected: String(expected ?? 'this form') },
    });
  }
}

function decideValidator(
  state: StateView,
  context: CommandContext,
  action: string,
  args: CborValue,
): Decision {
  switch (action) {
    case evidenceAction:
      return decideEvidence(state, context, evidenceFromCbor(args, 'args'));
    case rotateAction:
      return decideRotate(state, context, args as RotateArgs);
    case readyAction:
      return decideReady(state, context, args as ReadyArgs);
    case attestAction:
      return decideAttest(state, context, args as AttestArgs);
    default:
      throw new Error(`Ledger invariant violated: validator owns no action ${action}`);
  }
}

/** Of evidence: what a recovery gave up accuses nobody who gave no word in it. */
function decideUnlessGivenUp(
  state: StateView,
  context: CommandContext,
  action: string,
  args: CborValue,
): Decision {
  const { validator, first, second } = evidenceFromCbor(args, 'args');
  const between = recoveryBetween(state, first, second);
  if (between === undefined) return decideValidator(state, context, action, args);
  const facts = { validator, recovery: between.number, height: between.height };
  return refused({ code: 'evidence-given-up', facts });
}

function decideEvidence(state: StateView, context: CommandContext, evidence: Evidence): Decision {
  const { validator, epoch, kind, first, second } = evidence;
  const outside = [first, second].find((message) => !takesEvidence(state, context, message.epoch));
  if (outside !== undefined)
    return refused({ code: 'evidence-epoch', facts: { epoch: outside.epoch, current: context.epoch } });
  const number = readRecord<number>(state, stateKeys.evidenceOf(validator, epoch, kind));
  if (number !== undefined)
    return refused({ code: 'evidence-recorded', facts: { validator, epoch, kind, number } });
  const [key, secondKey] = [keyOfSigner(state, first), keyOfSigner(state, second)];
  if (key === undefined || secondKey === undefined) {
    const message = key === undefined ? first : second;
    return refused({ code: 'evidence-of-stranger', facts: { validator, epoch: message.epoch } });
  }
  const keys: SignerKeys = { first: key, second: secondKey };
  const forged = forgedMessage(evidence, keys, context.network, context.verifySignature ?? verifyNoble);
  if (forged !== undefined)
    return refused({ code: 'evidence-forged', facts: { validator, message: forged, key: keys[forged] } });
  return decided(recorded(evidence, keys, context));
}

type SignerKeys = { readonly first: PublicKey; readonly second: PublicKey };

/** The consensus key that the sender had in the epoch of its message; undefined if it was no validator then. */
function keyOfSigner(state: StateView, { epoch, sender }: SlotMessage): PublicKey | undefined {
  return readMembershipOf(state, epoch)?.validators.find(({ id }) => id === sender)?.consensusKey;
}

function recorded(evidence: Evidence, keys: SignerKeys, context: CommandContext): LedgerEvent {
  const { validator, epoch, kind } = evidence;
  const data: EvidenceData = {
    validator,
    epoch,
    kind,
    key: fromHex(keys.first),
    ...(keys.second !== keys.first && { secondKey: fromHex(keys.second) }),
    reporter: context.identity.id,
    transaction: fromHex(context.transaction),
    height: context.height,
    time: context.time,
    ...(evidenceToCbor(evidence) as Pick<EvidenceData, 'first' | 'second'>),
  };
  return { type: 'validator.evidence-recorded', data };
}

function evolveEvidence(state: StateChanges, event: LedgerEvent): void {
  assert(event.type === 'validator.evidence-recorded', `validator knows no event ${event.type}`);
  const data = event.data as EvidenceData;
  const number = evidenceCount(state);
  writeRecord(state, stateKeys.evidence(number), data);
  writeRecord(state, stateKeys.evidenceOf(data.validator, data.epoch, data.kind), number);
  writeRecord(state, stateKeys.evidenceCount, number + 1);
}

/** Recorded so far, over the whole ledger. */
export function evidenceCount(state: StateView): number {
  return readRecord<number>(state, stateKeys.evidenceCount) ?? 0;
}

/** `number` counts from 0; undefined from `evidenceCount` on. */
export function readEvidence(state: StateView, number: number): RecordedEvidence | undefined {
  const data = readRecord<EvidenceData>(state, stateKeys.evidence(number));
  if (data === undefined) return undefined;
  const { first, second, secondKey } = data;
  return {
    number,
    evidence: evidenceFromCbor({ first, second }, 'evidence'),
    key: toHex(data.key) as PublicKey,
    ...(secondKey && { secondKey: toHex(secondKey) as PublicKey }),
    reporter: data.reporter as ValidatorId,
    transaction: toHex(data.transaction) as TransactionId,
    height: data.height as Height,
    time: data.time,
  };
}

/** Whether nothing more is to be done about it. */
export function isEvidenceRecorded(
  state: StateView,
  { validator, epoch, kind }: Pick<Evidence, 'validator' | 'epoch' | 'kind'>,
): boolean {
  return readRecord(state, stateKeys.evidenceOf(validator, epoch, kind)) !== undefined;
}

/** Numbers of what is recorded against a validator in an epoch, by kind. */
export function evidenceAgainst(
  state: StateView,
  validator: ValidatorId,
  epoch: Epoch,
  kinds: readonly EvidenceKind[],
): readonly { readonly kind: EvidenceKind; readonly number: number }[] {
  return kinds.flatMap((kind) => {
    const number = readRecord<number>(state, stateKeys.evidenceOf(validator, epoch, kind));
    return number === undefined ? [] : [{ kind, number }];
  });
}

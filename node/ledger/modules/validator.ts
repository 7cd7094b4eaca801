/**
 * What validators themselves record, signed by their consensus keys (design, section 6): evidence that a validator
 * signed two messages which conflict in a slot (rule W1).
 *
 * Evidence is judged here, by every validator alike: a validator of the epoch is accused, both signatures are of
 * the key that it had then, and nothing is recorded yet for this (validator, epoch, kind). It is taken while state
 * holds the validators of its epoch. Nothing is taken away from the accused: it goes on voting, and the members
 * see it.
 */
import { CodecError } from '../../../shared/codec/codec-error.ts';
import { evidenceFromCbor, evidenceToCbor } from '../../../shared/codec/evidence.ts';
import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import { verifyNoble } from '../../../shared/crypto/ed25519.ts';
import { forgedMessage } from '../../../shared/protocol/verify-evidence.ts';
import type { Epoch, Height, PublicKey, TransactionId, ValidatorId } from '../../../shared/types/brands.ts';
import type { CborValue, LedgerEvent, Rejection } from '../../../shared/types/ledger.ts';
import type { Evidence, EvidenceKind } from '../../../shared/types/messages.ts';
import { assert } from '../assert.ts';
import { readRecord, writeRecord } from '../records.ts';
import { type DecidedRejection, rejection } from '../rejections.ts';
import { stateKeys } from '../state-keys.ts';
import type { CommandContext, Decision, LedgerModule, StateChanges, StateView } from '../types.ts';
import { readValidators } from './network.ts';

export const evidenceAction = 'validator.evidence';

/** Evidence as the ledger keeps it. `number` counts from 0 over the whole ledger. */
export interface RecordedEvidence {
  readonly number: number;
  readonly evidence: Evidence;
  /** The accused's consensus key in that epoch: it signed both. */
  readonly key: PublicKey;
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
  readonly reporter: string;
  readonly transaction: Uint8Array;
  readonly height: number;
  readonly time: number;
  readonly first: CborValue;
  readonly second: CborValue;
};

export const validatorModule: LedgerModule = {
  name: 'validator',
  actions: { [evidenceAction]: evidenceForm },
  senders: 'validators',
  decide: decideEvidence,
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

function decideEvidence(
  state: StateView,
  context: CommandContext,
  action: string,
  args: CborValue,
): Decision {
  assert(action === evidenceAction, `validator owns no action ${action}`);
  const evidence = evidenceFromCbor(args, 'args');
  const { validator, epoch, kind } = evidence;
  if (epoch !== context.epoch)
    return refuse({ code: 'evidence-epoch', facts: { epoch, current: context.epoch } });
  const number = readRecord<number>(state, stateKeys.evidenceOf(validator, epoch, kind));
  if (number !== undefined)
    return refuse({ code: 'evidence-recorded', facts: { validator, epoch, kind, number } });
  const key = readValidators(state).find(({ id }) => id === validator)?.consensusKey;
  if (key === undefined) return refuse({ code: 'evidence-of-stranger', facts: { validator, epoch } });
  const forged = forgedMessage(evidence, key, context.network, context.verifySignature ?? verifyNoble);
  if (forged !== undefined)
    return refuse({ code: 'evidence-forged', facts: { validator, message: forged, key } });
  return { ok: true, events: [recorded(evidence, key, context)] };
}

function refuse(reason: DecidedRejection): Decision {
  return { ok: false, rejection: rejection(reason) };
}

function recorded(evidence: Evidence, key: PublicKey, context: CommandContext): LedgerEvent {
  const { validator, epoch, kind } = evidence;
  const data: EvidenceData = {
    validator,
    epoch,
    kind,
    key: fromHex(key),
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
  const { first, second } = data;
  return {
    number,
    evidence: evidenceFromCbor({ first, second }, 'evidence'),
    key: toHex(data.key) as PublicKey,
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

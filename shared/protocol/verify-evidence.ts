/**
 * Verification of evidence (rule W1), by anyone who knows the validators of its epoch: they conflict in a slot,
 * and one registered key signed both. Nothing else is needed, neither a node nor the ledger.
 */

import { noConflict, signedText, slotOf } from '../codec/conflict.ts';
import { fromHex } from '../codec/hex.ts';
import { sealSigningBytes, voteSigningBytes } from '../codec/messages.ts';
import type { VerifySignature, VerifySignatureNow } from '../crypto/ed25519.ts';
import type { Epoch, NetworkId, PublicKey } from '../types/brands.ts';
import type { ValidatorSet } from '../types/ledger.ts';
import type { Evidence, SlotMessage } from '../types/messages.ts';

/** In the order in which they are shown. */
export type EvidenceCheckId = 'validator' | 'conflict' | 'first' | 'second';

export interface EvidenceCheck {
  readonly id: EvidenceCheckId;
  readonly ok: boolean;
  readonly expected: string;
  readonly actual: string;
}

export interface EvidenceVerification {
  /** All checks passed. */
  readonly ok: boolean;
  readonly checks: readonly EvidenceCheck[];
}

/** The bytes that the message's signature covers. */
export const signingBytesOf = (network: NetworkId, message: SlotMessage): Uint8Array =>
  message.kind === 'seal' ? sealSigningBytes(network, message) : voteSigningBytes(network, message);

/** The sets by epoch; undefined for one that is not known. */
type SetOfEpoch = (epoch: Epoch) => ValidatorSet | undefined;

/**
 * `validators` are those of the evidence's epoch, or the sets by epoch: two seals of one height may be of two epochs,
 * and their sender may have had another key in each. Never rejects for bad input.
 */
export const verifyEvidence = async (
  evidence: Pick<Evidence, 'first' | 'second'>,
  validators: ValidatorSet | SetOfEpoch,
  network: NetworkId,
  verifySignature: VerifySignature,
): Promise<EvidenceVerification> => {
  const { first, second } = evidence;
  const [key, secondKey] = [keyOfSigner(first, validators), keyOfSigner(second, validators)];
  const checks = [
    validatorCheck(first, key, secondKey),
    conflictCheck(first, second),
    await signatureCheck('first', first, key, network, verifySignature),
    await signatureCheck('second', second, secondKey, network, verifySignature),
  ];
  return { ok: checks.every(({ ok }) => ok), checks };
};

const keyOfSigner = (
  { sender, epoch }: SlotMessage,
  validators: ValidatorSet | SetOfEpoch,
): PublicKey | undefined => {
  const set = typeof validators === 'function' ? validators(epoch) : validators;
  return set?.find(({ id }) => id === sender)?.consensusKey;
};

/** What is said around the two messages: they must be shown to say the same. */
export interface Accusation {
  readonly validator: string;
  readonly epoch: number;
  readonly kind: string;
  readonly key: string;
}

/** A sound pair proves nothing against somebody else: the failed check if the words do not fit it. */
export const wrongAccusation = (
  said: Accusation,
  first: SlotMessage,
  validators: ValidatorSet,
  epoch: number,
): EvidenceVerification | undefined => {
  const key = validators.find(({ id }) => id === first.sender)?.consensusKey;
  if (key === undefined) return undefined;
  const { sender: validator, kind } = first;
  const proven: Accusation = { validator, epoch, kind, key };
  const names = ['validator', 'epoch', 'kind', 'key'] as const;
  if (names.every((name) => proven[name] === said[name])) return undefined;
  const text = (one: Accusation): string => `${one.validator}, ${one.kind} in epoch ${one.epoch}, ${one.key}`;
  return { ok: false, checks: [{ id: 'validator', ok: false, expected: text(proven), actual: text(said) }] };
};

const validatorCheck = (
  { sender }: SlotMessage,
  key: PublicKey | undefined,
  secondKey: PublicKey | undefined,
): EvidenceCheck => {
  const known = key !== undefined && secondKey !== undefined;
  const keys = key === secondKey ? `the key ${key}` : `the keys ${key} and ${secondKey}`;
  return {
    id: 'validator',
    ok: known,
    expected: 'a validator of the epoch',
    actual: known ? `${sender} with ${keys}` : `${sender}, who is none`,
  };
};

const conflictCheck = (first: SlotMessage, second: SlotMessage): EvidenceCheck => {
  const reason = noConflict(first, second);
  const isOrdered = signedText(first) < signedText(second);
  return {
    id: 'conflict',
    ok: reason === undefined && isOrdered,
    expected: `another ${first.kind} for ${slotOf(first)}`,
    actual: reason ?? (isOrdered ? `${second.kind} for ${slotOf(second)}` : 'the other order'),
  };
};

const signatureCheck = async (
  id: 'first' | 'second',
  message: SlotMessage,
  key: PublicKey | undefined,
  network: NetworkId,
  verifySignature: VerifySignature,
): Promise<EvidenceCheck> => {
  const signed = signingBytesOf(network, message);
  const ok = key !== undefined && (await verifySignature(fromHex(key), signed, message.signature));
  return { id, ok, expected: 'signed by this key', actual: ok ? 'signed by this key' : 'not signed by it' };
};

/**
 * Which signature is not of its key, at once: for execution, which awaits nothing. undefined: both are. Two seals of
 * one height may be of two epochs, and their sender may have had another key in each.
 */
export const forgedMessage = (
  { first, second }: Pick<Evidence, 'first' | 'second'>,
  keys: { readonly first: PublicKey; readonly second: PublicKey },
  network: NetworkId,
  verifySignature: VerifySignatureNow,
): 'first' | 'second' | undefined => {
  const isSigned = (message: SlotMessage, key: PublicKey): boolean =>
    verifySignature(fromHex(key), signingBytesOf(network, message), message.signature);
  if (!isSigned(first, keys.first)) return 'first';
  return isSigned(second, keys.second) ? undefined : 'second';
};

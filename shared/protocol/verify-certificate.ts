/** A certificate: at least Q distinct validators of its epoch's set sealed one block hash. */

import { fromHex } from '../codec/hex.ts';
import { headerHash, validatorSetDigest } from '../codec/ledger.ts';
import { sealSigningBytes } from '../codec/messages.ts';
import { validatorSetFault } from '../codec/validator-set.ts';
import type { VerifySignature } from '../crypto/ed25519.ts';
import type { NetworkId } from '../types/brands.ts';
import type { Certificate, Header, ValidatorSet } from '../types/ledger.ts';
import {
  type Check,
  compared,
  failed,
  firstFailed,
  passed,
  type TrustedValidators,
  type Verification,
  verificationOf,
} from './checks.ts';
import { quorum } from './quorum.ts';

/** One check, `quorum`. The certificate's epoch must be the trusted set's. Never rejects for bad input. */
export const verifyCertificate = async (
  certificate: Certificate,
  trusted: TrustedValidators,
  verifySignature: VerifySignature,
): Promise<Verification> => verificationOf([await quorumCheck(certificate, trusted, verifySignature)]);

export const quorumCheck = async (
  certificate: Certificate,
  trusted: TrustedValidators,
  verifySignature: VerifySignature,
): Promise<Check> => {
  if (isRecovered(certificate, trusted)) return recoveredCheck(certificate);
  const form = certificateForm(certificate, trusted);
  if (!form.ok) return form;
  const kept = keptCheck(certificate, trusted);
  if (!kept.ok) return { ...kept, id: 'quorum' };
  const signers = await checkSeals(certificate, trusted, verifySignature);
  const invalid = signers.filter((signer) => !signer.ok);
  const details = { ...form, signers };
  if (invalid.length === 0) return details;
  return failed('quorum', 'seal-signature', {
    ...details,
    expected: 'every seal valid',
    actual: `invalid: ${invalid.map((signer) => signer.validator).join(', ')}`,
  });
};

/** No quorum sealed it, and the recovery that ended its epoch kept this very block. */
export const isRecovered = (
  { epoch, height, block, seals }: Certificate,
  { epoch: own, recovered = [] }: Pick<TrustedValidators, 'epoch' | 'recovered'>,
): boolean =>
  seals.length === 0 &&
  epoch === own &&
  recovered.some((one) => one.height === height && one.block === block);

/**
 * A recovery kept one block of this height: whoever holds another one that a quorum sealed has lost it there. The check
 * `history`.
 */
export const keptCheck = (
  { height, block }: Pick<Certificate, 'height' | 'block'>,
  { recovered = [] }: Pick<TrustedValidators, 'recovered'>,
): Check => {
  const kept = recovered.find((one) => one.height === height);
  return kept === undefined ? passed('history') : compared('history', 'recovery-conflict', kept.block, block);
};

const recoveredCheck = ({ epoch, height, block }: Certificate): Check =>
  passed('quorum', {
    expected: 'a recovery that kept it',
    actual: block,
    inputs: { epoch, height, block, signers: 'none: kept by a recovery' },
  });

/**
 * Everything but the signatures: a set in which nobody counts twice, the epoch, signers in the set, ascending by
 * id (hence distinct), at least Q.
 */
export const certificateForm = (
  certificate: Certificate,
  { epoch, validators }: TrustedValidators,
): Check => {
  const needed = quorum(validators.length);
  const ids = certificate.seals.map((seal) => seal.validator);
  const inputs = {
    epoch: certificate.epoch,
    height: certificate.height,
    block: certificate.block,
    validators: validators.length,
    quorum: needed,
    signers: ids.join(', '),
  };
  const fault = validatorSetFault(validators, 'validators');
  if (fault !== undefined) {
    const facts = { expected: String(fault.expected), actual: String(fault.got) };
    return failed('quorum', 'validator-set', { ...facts, inputs });
  }
  if (certificate.epoch !== epoch) return compared('quorum', 'epoch', epoch, certificate.epoch, { inputs });
  const stranger = ids.find((id) => !validators.some((validator) => validator.id === id));
  if (stranger !== undefined) {
    return failed('quorum', 'unknown-signer', {
      expected: "the epoch's validators",
      actual: stranger,
      inputs,
    });
  }
  if (!isAscending(ids)) {
    return failed('quorum', 'signer-order', {
      expected: 'distinct signers, ascending',
      actual: ids.join(', '),
      inputs,
    });
  }
  const details = { expected: `≥ ${needed}`, actual: String(ids.length), inputs };
  return ids.length >= needed ? passed('quorum', details) : failed('quorum', 'too-few-signers', details);
};

/** Ids are ASCII, so code units order them. */
const isAscending = (ids: readonly string[]): boolean => ids.every((id, i) => i === 0 || ids[i - 1]! < id);

const checkSeals = (
  certificate: Certificate,
  { network, validators }: TrustedValidators,
  verifySignature: VerifySignature,
): Promise<NonNullable<Check['signers']>> => {
  const message = sealSigningBytes(network, certificate);
  return Promise.all(
    certificate.seals.map(async ({ validator, signature }) => ({
      validator,
      ok: await verifySignature(keyOf(validators, validator), message, signature),
    })),
  );
};

const keyOf = (validators: ValidatorSet, id: string): Uint8Array =>
  fromHex(validators.find((validator) => validator.id === id)?.consensusKey ?? '');

/** The check `header`: it hashes to the certified block, and network, epoch and height agree. */
export const headerCheck = (
  headerBytes: Uint8Array,
  header: Header,
  certificate: Certificate,
  network: NetworkId,
): Check => {
  const inputs = { bytes: headerBytes.length, epoch: header.epoch, height: header.height };
  return firstFailed([
    compared('header', 'wrong-network', network, header.network, { inputs }),
    compared('header', 'epoch', certificate.epoch, header.epoch, { inputs }),
    compared('header', 'height', certificate.height, header.height, { inputs }),
    compared('header', 'block-hash', certificate.block, headerHash(headerBytes), { inputs }),
  ]);
};

/** Checks that the header names the trusted set, then the certificate (`quorum`). */
export const certifiedBySet = async (
  header: Header,
  certificate: Certificate,
  trusted: TrustedValidators,
  verifySignature: VerifySignature,
): Promise<Check> => {
  const set = compared('quorum', 'validator-set', header.validators, validatorSetDigest(trusted.validators));
  return set.ok ? quorumCheck(certificate, trusted, verifySignature) : set;
};

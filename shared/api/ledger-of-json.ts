/** From validated JSON back to the ledger's forms in memory. Nothing is proven by it: verify what comes out. */
import { fromBase64Url } from '../codec/hex.ts';
import type { BlockHash, Digest, Epoch, Height, Signature, ValidatorId } from '../types/brands.ts';
import type {
  Certificate,
  EpochLink,
  InclusionProof,
  ProofPack,
  Receipt,
  ValidatorSet,
} from '../types/ledger.ts';
import type {
  CertificateJson,
  EpochLinkJson,
  GenesisJson,
  InclusionProofJson,
  ProofPackJson,
  ReceiptJson,
  ValidatorKeyJson,
} from './blocks.ts';

export function certificateOfJson(json: CertificateJson): Certificate {
  return {
    epoch: json.epoch as Epoch,
    height: json.height as Height,
    block: json.block as BlockHash,
    seals: json.seals.map((seal) => ({
      validator: seal.validator as ValidatorId,
      signature: fromBase64Url(seal.signature) as Signature,
    })),
  };
}

const inclusionProofOfJson = (json: InclusionProofJson): InclusionProof => ({
  index: json.index,
  size: json.size,
  path: json.path as Digest[],
});

const validatorSetOfJson = (json: readonly ValidatorKeyJson[]): ValidatorSet =>
  json as unknown as ValidatorSet;

export function receiptOfJson(json: ReceiptJson): Receipt {
  return {
    header: fromBase64Url(json.header),
    certificate: certificateOfJson(json.certificate),
    envelope: fromBase64Url(json.envelope),
    outcome: fromBase64Url(json.outcome),
    transactionProof: inclusionProofOfJson(json.transactionProof),
    outcomeProof: inclusionProofOfJson(json.outcomeProof),
  };
}

export function proofPackOfJson(json: ProofPackJson): ProofPack {
  return {
    version: 1,
    genesis: originOfJson({ headerBytes: json.genesis.header, validators: json.genesis.validators }),
    epochs: json.epochs.map(epochLinkOfJson),
    receipt: receiptOfJson(json.receipt),
  };
}

/** What a chain of epochs begins with. */
export const originOfJson = (
  json: Pick<GenesisJson, 'headerBytes' | 'validators'>,
): ProofPack['genesis'] => ({
  header: fromBase64Url(json.headerBytes),
  validators: validatorSetOfJson(json.validators),
});

export const epochLinkOfJson = (json: EpochLinkJson): EpochLink => {
  const header = fromBase64Url(json.header);
  const nextValidators = validatorSetOfJson(json.nextValidators);
  return 'recovery' in json
    ? { header, recovery: fromBase64Url(json.recovery), nextValidators }
    : { header, certificate: certificateOfJson(json.certificate), nextValidators };
};

/** Receipts and proof packs: what a record is proven with. */
import type { Digest } from '../types/brands.ts';
import type { CborValue, EpochLink, InclusionProof, ProofPack, Receipt } from '../types/ledger.ts';
import { certificateFromCbor, certificateToCbor } from './certificate.ts';
import { decode, encode } from './dag-cbor.ts';
import { fromHex, toHex } from './hex.ts';
import {
  bytesOf,
  type CborMap,
  mapOf,
  readBytes,
  readConstant,
  readCount,
  readList,
  readMap,
} from './structure.ts';
import { validatorSetFromCbor, validatorSetToCbor } from './validator-set.ts';

const epochsMax = 100_000;
const pathMax = 64;

const inclusionProofToCbor = ({ index, size, path }: InclusionProof): CborMap => ({
  index,
  size,
  path: path.map(fromHex),
});

const inclusionProofFromCbor = (value: CborValue | undefined, path: string): InclusionProof => {
  const map = readMap(value, path, ['index', 'size', 'path']);
  return {
    index: readCount(map, 'index', path),
    size: readCount(map, 'size', path),
    path: readList(map, 'path', path, pathMax).map(
      (hash, i) => toHex(bytesOf(hash, `${path}.path[${i}]`, 32)) as Digest,
    ),
  };
};

const receiptToCbor = (receipt: Receipt): CborMap => ({
  header: receipt.header,
  certificate: certificateToCbor(receipt.certificate),
  envelope: receipt.envelope,
  outcome: receipt.outcome,
  transactionProof: inclusionProofToCbor(receipt.transactionProof),
  outcomeProof: inclusionProofToCbor(receipt.outcomeProof),
});

const receiptKeys = ['header', 'certificate', 'envelope', 'outcome', 'transactionProof', 'outcomeProof'];
const receiptFromCbor = (value: CborValue | undefined, path: string): Receipt => {
  const map = readMap(value, path, receiptKeys);
  return {
    header: readBytes(map, 'header', path),
    certificate: certificateFromCbor(map.certificate, `${path}.certificate`),
    envelope: readBytes(map, 'envelope', path),
    outcome: readBytes(map, 'outcome', path),
    transactionProof: inclusionProofFromCbor(map.transactionProof, `${path}.transactionProof`),
    outcomeProof: inclusionProofFromCbor(map.outcomeProof, `${path}.outcomeProof`),
  };
};

export const encodeReceipt = (receipt: Receipt): Uint8Array => encode(receiptToCbor(receipt));
export const decodeReceipt = (bytes: Uint8Array): Receipt => receiptFromCbor(decode(bytes), 'receipt');

export const epochLinkToCbor = (link: EpochLink): CborMap => ({
  header: link.header,
  ...('recovery' in link
    ? { recovery: link.recovery }
    : { certificate: certificateToCbor(link.certificate) }),
  nextValidators: validatorSetToCbor(link.nextValidators),
});

/** Two forms: a quorum handed over, or a recovery did. */
const epochLinkFromCbor = (value: CborValue, path: string): EpochLink => {
  const proof = Object.hasOwn(mapOf(value, path), 'recovery') ? 'recovery' : 'certificate';
  const map = readMap(value, path, ['header', proof, 'nextValidators']);
  const header = readBytes(map, 'header', path);
  const nextValidators = validatorSetFromCbor(map.nextValidators, `${path}.nextValidators`);
  return proof === 'recovery'
    ? { header, recovery: readBytes(map, 'recovery', path), nextValidators }
    : { header, certificate: certificateFromCbor(map.certificate, `${path}.certificate`), nextValidators };
};

export const encodeEpochLink = (link: EpochLink): Uint8Array => encode(epochLinkToCbor(link));
export const decodeEpochLink = (bytes: Uint8Array): EpochLink => epochLinkFromCbor(decode(bytes), 'link');

/** Of the key `epochs`. Throws CodecError. */
export const epochLinksFromCbor = (map: CborMap, path: string): readonly EpochLink[] =>
  readList(map, 'epochs', path, epochsMax).map((link, i) => epochLinkFromCbor(link, `${path}.epochs[${i}]`));

export const originToCbor = ({ header, validators }: ProofPack['genesis']): CborMap => ({
  header,
  validators: validatorSetToCbor(validators),
});

/** Throws CodecError. */
export const originFromCbor = (value: CborValue | undefined, path: string): ProofPack['genesis'] => {
  const map = readMap(value, path, ['header', 'validators']);
  return {
    header: readBytes(map, 'header', path),
    validators: validatorSetFromCbor(map.validators, `${path}.validators`),
  };
};

export const encodeProofPack = (pack: ProofPack): Uint8Array =>
  encode({
    version: pack.version,
    genesis: originToCbor(pack.genesis),
    epochs: pack.epochs.map(epochLinkToCbor),
    receipt: receiptToCbor(pack.receipt),
  });

export const decodeProofPack = (bytes: Uint8Array): ProofPack => {
  const path = 'pack';
  const map = readMap(decode(bytes), path, ['version', 'genesis', 'epochs', 'receipt']);
  const genesis = originFromCbor(map.genesis, `${path}.genesis`);
  return {
    version: readConstant(map, 'version', path, 1),
    genesis,
    epochs: epochLinksFromCbor(map, path),
    receipt: receiptFromCbor(map.receipt, `${path}.receipt`),
  };
};

/** From the ledger's forms in memory to their JSON (design, section 5). */
import { toBase64Url } from '../codec/hex.ts';
import type {
  CborValue,
  Certificate,
  EpochLink,
  Header,
  Outcome,
  ProofPack,
  Receipt,
  Rejection,
} from '../types/ledger.ts';
import type { CertificateJson, EpochLinkJson, HeaderJson, ProofPackJson, ReceiptJson } from './blocks.ts';
import type { OutcomeJson } from './transactions.ts';

/** For reading only: bytes become base64url, integers above 2^53−1 decimal strings; the way back is lost. */
export function jsonOfCbor(value: CborValue): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return toBase64Url(value);
  if (Array.isArray(value)) return value.map((item: CborValue) => jsonOfCbor(item));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonOfCbor(item)]));
}

export const jsonOfHeader = (header: Header): HeaderJson => ({ ...header });

export function jsonOfCertificate(certificate: Certificate): CertificateJson {
  const { epoch, height, block, seals } = certificate;
  return {
    epoch,
    height,
    block,
    seals: seals.map((seal) => ({ validator: seal.validator, signature: toBase64Url(seal.signature) })),
  };
}

/** Undefined for a code that nobody here knows. */
type RefusalWords = (
  rejection: Rejection,
) => { readonly headline: string; readonly nextStep: string } | undefined;

/** What the ledger says, and with `wordsOf` what to tell people about it. */
export function jsonOfOutcome(outcome: Outcome, wordsOf: RefusalWords = () => undefined): OutcomeJson {
  if (outcome.status === 'succeeded') return { status: 'succeeded', events: outcome.events };
  const { rejection } = outcome;
  const words = wordsOf(rejection);
  return {
    status: 'failed',
    code: rejection.code,
    facts: jsonOfCbor(rejection.facts) as Record<string, unknown>,
    ...(words === undefined ? {} : { headline: words.headline, next: words.nextStep }),
  };
}

export function jsonOfReceipt(receipt: Receipt): ReceiptJson {
  const { transactionProof, outcomeProof } = receipt;
  return {
    header: toBase64Url(receipt.header),
    certificate: jsonOfCertificate(receipt.certificate),
    envelope: toBase64Url(receipt.envelope),
    outcome: toBase64Url(receipt.outcome),
    transactionProof: { ...transactionProof, path: [...transactionProof.path] },
    outcomeProof: { ...outcomeProof, path: [...outcomeProof.path] },
  };
}

export function jsonOfProofPack(pack: ProofPack): ProofPackJson {
  return {
    version: 1,
    genesis: { header: toBase64Url(pack.genesis.header), validators: [...pack.genesis.validators] },
    epochs: pack.epochs.map(jsonOfEpochLink),
    receipt: jsonOfReceipt(pack.receipt),
  };
}

export function jsonOfEpochLink(link: EpochLink): EpochLinkJson {
  const header = toBase64Url(link.header);
  const nextValidators = [...link.nextValidators];
  return 'recovery' in link
    ? { header, recovery: toBase64Url(link.recovery), nextValidators }
    : { header, certificate: jsonOfCertificate(link.certificate), nextValidators };
}

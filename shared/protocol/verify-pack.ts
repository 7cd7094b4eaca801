/** A proof pack: a receipt that needs nothing but the network id to be believed (docs/data-formats.md). */
import { CodecError } from '../codec/codec-error.ts';
import { decodeProofPack } from '../codec/ledger.ts';
import type { VerifySignature } from '../crypto/ed25519.ts';
import type { NetworkId } from '../types/brands.ts';
import { checklist, malformed, passed, type TrustedValidators } from './checks.ts';
import { certifiedBySet } from './verify-certificate.ts';
import { type EpochsResult, isAbove, verifyEpochs } from './verify-epochs.ts';
import {
  type OpenReceipt,
  opening,
  openReceipt,
  type ReceiptVerification,
  receiptChecks,
} from './verify-receipt.ts';

export interface PackVerification extends ReceiptVerification {
  /** The validators that sealed the block, once the chain since genesis holds. */
  readonly trusted?: TrustedValidators;
}

/** The six checks. Never rejects for bad input. */
export const verifyProofPack = async (
  bytes: Uint8Array,
  network: NetworkId,
  verifySignature: VerifySignature,
): Promise<PackVerification> => {
  const pack = opening(() => decodeProofPack(bytes));
  if (pack instanceof CodecError) return checklist([malformed(pack)]);
  const opened = opening(() => openReceipt(pack.receipt));
  if (opened instanceof CodecError) return checklist([malformed(opened)]);
  const epochs = await openingEpochs(() => verifyEpochs(pack.genesis, pack.epochs, network, verifySignature));
  if (epochs instanceof CodecError) return checklist([malformed(epochs)]);
  return verifyOpened(bytes, opened, epochs, network, verifySignature);
};

const openingEpochs = async (work: () => Promise<EpochsResult>): Promise<EpochsResult | CodecError> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
};

const verifyOpened = async (
  bytes: Uint8Array,
  opened: OpenReceipt,
  epochs: EpochsResult,
  network: NetworkId,
  verifySignature: VerifySignature,
): Promise<PackVerification> => {
  const decoded = passed('decode', { inputs: { bytes: bytes.length } });
  // A foreign network id is no key to anything: nothing below genesis can be compared then.
  if (!epochs.ok && epochs.check.reason === 'genesis-hash') {
    return { ...checklist([decoded, epochs.check]), opened };
  }
  const checks = [decoded, ...(await receiptChecks(opened, network, verifySignature))];
  if (!epochs.ok) return { ...checklist([...checks, epochs.check]), opened };
  const { trusted, sealsAbove } = epochs.chain;
  const { header, receipt } = opened;
  const above = isAbove(header.height, sealsAbove);
  const result = checklist([
    ...checks,
    await certifiedBySet(header, receipt.certificate, trusted, verifySignature),
    above.ok ? epochs.check : above,
  ]);
  return { ...result, opened, trusted };
};

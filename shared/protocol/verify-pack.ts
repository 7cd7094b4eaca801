/** A proof pack: a receipt that needs nothing but the network id to be believed (docs/data-formats.md). */
import { CodecError } from '../codec/codec-error.ts';
import { decodeProofPack } from '../codec/ledger.ts';
import type { VerifySignature } from '../crypto/ed25519.ts';
import type { NetworkId } from '../types/brands.ts';
import type { RecoveryBreak } from '../types/recovery.ts';
import { type Check, checklist, firstFailed, malformed, passed, type TrustedValidators } from './checks.ts';
import { breaksOf, type KnownEpochs, knownEpoch, sameEpochs, withinEpoch } from './known-epochs.ts';
import { certifiedBySet, isRecovered, keptCheck } from './verify-certificate.ts';
import { isAbove, type VerifiedEpochs, verifyEpochs } from './verify-epochs.ts';
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
  /** Places of the chain that no quorum proves, once it holds. To be shown: checks that pass do not speak of them. */
  readonly breaks?: readonly RecoveryBreak[];
}

/**
 * The six checks. A pack proves itself from genesis; whoever remembers epochs of this network besides refuses one that
 * contradicts them. Never rejects for bad input.
 */
export const verifyProofPack = async (
  bytes: Uint8Array,
  network: NetworkId,
  verifySignature: VerifySignature,
  remembered: KnownEpochs = [],
): Promise<PackVerification> => {
  const pack = opening(() => decodeProofPack(bytes));
  if (pack instanceof CodecError) return checklist([malformed(pack)]);
  const opened = opening(() => openReceipt(pack.receipt));
  if (opened instanceof CodecError) return checklist([malformed(opened)]);
  const epochs = await openingEpochs(() => verifyEpochs(pack.genesis, pack.epochs, network, verifySignature));
  if (epochs instanceof CodecError) return checklist([malformed(epochs)]);
  const { checks, trusted } = await checkOpened(bytes, opened, epochs, network, verifySignature);
  const history = contradiction(opened, epochs, remembered);
  if (history === undefined)
    return {
      ...checklist(checks),
      opened,
      ...(trusted && { trusted }),
      ...(epochs.ok && { breaks: breaksOf(epochs.known) }),
    };
  return { ...checklist([history, ...checks.filter(({ id }) => id !== 'history')]), opened };
};

/** What is remembered says otherwise about an epoch, or that the block's epoch ended below it. */
const contradiction = (
  { header, receipt: { certificate } }: OpenReceipt,
  epochs: VerifiedEpochs,
  remembered: KnownEpochs,
): Check | undefined => {
  if (!epochs.ok) return undefined;
  const own = knownEpoch(remembered, header.epoch);
  const same = sameEpochs(remembered, epochs.known);
  const check =
    own === undefined ? same : firstFailed([same, withinEpoch(header, own), keptCheck(certificate, own)]);
  return check.ok ? undefined : check;
};

const openingEpochs = async (work: () => Promise<VerifiedEpochs>): Promise<VerifiedEpochs | CodecError> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
};

const checkOpened = async (
  bytes: Uint8Array,
  opened: OpenReceipt,
  epochs: VerifiedEpochs,
  network: NetworkId,
  verifySignature: VerifySignature,
): Promise<{ readonly checks: readonly Check[]; readonly trusted?: TrustedValidators }> => {
  const decoded = passed('decode', { inputs: { bytes: bytes.length } });
  // A foreign network id is no key to anything: nothing below genesis can be compared then.
  if (!epochs.ok && epochs.check.reason === 'genesis-hash') return { checks: [decoded, epochs.check] };
  const checks = [decoded, ...(await receiptChecks(opened, network, verifySignature))];
  if (!epochs.ok) return { checks: [...checks, epochs.check] };
  const { header, receipt } = opened;
  const own = knownEpoch(epochs.known, header.epoch);
  if (own !== undefined && isRecovered(receipt.certificate, own)) {
    // It was kept by the recovery that ended its epoch: the link behind it is part of its proof.
    const quorum = await certifiedBySet(header, receipt.certificate, own, verifySignature);
    return { checks: [...checks, quorum, epochs.check], trusted: own };
  }
  const { trusted, sealsAbove } = epochs.chain;
  const above = isAbove(header.height, sealsAbove);
  const quorum = await certifiedBySet(header, receipt.certificate, trusted, verifySignature);
  return { checks: [...checks, quorum, above.ok ? epochs.check : above], trusted };
};

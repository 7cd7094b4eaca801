import type { CertifiedTransactionJson } from '../../../shared/api.ts';
import { CodecError } from '../../../shared/codec/codec-error.ts';
import { decodeReceipt } from '../../../shared/codec/ledger.ts';
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import { type Check, checklist, malformed, passed } from '../../../shared/protocol/checks.ts';
import { breaksOf, type KnownEpochs } from '../../../shared/protocol/known-epochs.ts';
import { verifyProofPack } from '../../../shared/protocol/verify-pack.ts';
import {
  type OpenReceipt,
  opening,
  openReceipt,
  verifyReceipt,
} from '../../../shared/protocol/verify-receipt.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import type { Proven, VerificationReport } from '../features/verify/checks.ts';
import type { Subject, VerifyAnswer, VerifyRequest } from '../features/verify/subjects.ts';
import { checkBlock } from './check-block.ts';
import { checkCertificate } from './check-certificate.ts';
import { checkChainReport } from './check-chain-report.ts';
import { checkHeights } from './check-heights.ts';
import { checkShownRecord } from './check-shown.ts';
import { checkState } from './check-state.ts';
import { checkStream } from './check-stream.ts';
import { begin, followClaim, sealersOf } from './follow-epochs.ts';
import { readable } from './readable.ts';

/**
 * Follows the epochs from the pinned network id, then makes the checks of the subject, each by the set of its own epoch.
 * A hand-over that does not hold fails as such, whatever the subject. Bad input is a failed check, never an error.
 */
export async function verifySubject(
  { subject, network: id, epochs }: Omit<VerifyRequest, 'id'>,
  verify: VerifySignature,
): Promise<VerifyAnswer> {
  const network = id as NetworkId;
  const { known, broken } = epochs === undefined ? { known: [] } : await followClaim(epochs, network, verify);
  const held = known.length === 0 ? {} : { held: known.length - 1 };
  if (broken !== undefined) return { report: checklist([broken]), ...held };
  return { report: withBreaks(await checksOf(subject, network, known, verify), known), ...held };
}

/** Checks that pass do not speak of what no quorum proves: blocks that a recovery kept, and all that follows them. */
function withBreaks(report: VerificationReport, known: KnownEpochs): VerificationReport {
  const { proven } = report;
  if (proven === undefined || proven.breaks !== undefined) return report;
  const breaks = breaksOf(known).filter(({ base }) => base < proven.height);
  return breaks.length === 0 ? report : { ...report, proven: { ...proven, breaks } };
}

async function checksOf(
  subject: Subject,
  network: NetworkId,
  known: KnownEpochs,
  verify: VerifySignature,
): Promise<VerificationReport> {
  switch (subject.kind) {
    case 'pack':
      return checkPack(subject.bytes, subject.shown, network, known, verify);
    case 'chain-report':
      return checkChainReport(subject, network, verify);
    case 'genesis':
      return checkGenesis(subject, network);
    case 'receipt':
      return checkReceipt(subject.bytes, network, known, verify);
    case 'block':
      return checkBlock(subject, known, verify);
    case 'certificate':
      return checkCertificate(subject.block, known, verify);
    case 'state': {
      const { checks, proven } = await checkState(subject.key, subject.entry, known, verify);
      return proven === undefined ? { checks } : { checks, proven };
    }
    case 'stream':
      return checkStream(subject.claim, known, verify);
    case 'heights':
      return checkHeights(subject.heights, known, verify);
  }
}

function checkGenesis(
  { genesis }: Subject & { readonly kind: 'genesis' },
  network: NetworkId,
): VerificationReport {
  const begun = begin(genesis, network);
  if ('id' in begun) return checklist([begun]);
  return { checks: [passed('history', { inputs: { 'genesis block': network } })] };
}

async function checkReceipt(
  bytes: Uint8Array,
  network: NetworkId,
  known: KnownEpochs,
  verify: VerifySignature,
): Promise<VerificationReport> {
  const receipt = opening(() => openReceipt(decodeReceipt(bytes)));
  if (receipt instanceof CodecError) return checklist([malformed(receipt)]);
  const sealers = sealersOf(receipt.header, known);
  if ('id' in sealers) return checklist([passed('decode', { inputs: { bytes: bytes.length } }), sealers]);
  const { checks, opened } = await verifyReceipt(bytes, sealers, verify);
  return reportOf(checks, opened, undefined, network);
}

async function checkPack(
  bytes: Uint8Array,
  shown: CertifiedTransactionJson | undefined,
  network: NetworkId,
  known: KnownEpochs,
  verify: VerifySignature,
): Promise<VerificationReport> {
  const { checks, opened, breaks = [] } = await verifyProofPack(bytes, network, verify, known);
  const { proven, ...report } = reportOf(checks, opened, shown, network);
  return proven === undefined ? report : { ...report, proven: { ...proven, breaks } };
}

/** A pack can be perfectly valid and yet prove something else than the page shows. */
function reportOf(
  checks: readonly Check[],
  opened: OpenReceipt | undefined,
  shown: CertifiedTransactionJson | undefined,
  network: NetworkId,
): VerificationReport {
  if (opened === undefined) return { checks };
  const same = shown === undefined ? undefined : checkShownRecord(shown, opened);
  if (same?.ok === false)
    return { checks: checks.map((check) => (check.id === 'leaf' && check.ok ? same : check)) };
  return checks.every(({ ok }) => ok) ? { checks, proven: provenBy(opened, network) } : { checks };
}

function provenBy({ header, receipt, transaction, outcome }: OpenReceipt, network: NetworkId): Proven {
  return {
    network,
    height: header.height,
    block: receipt.certificate.block,
    time: header.time,
    record: {
      transaction: transaction.id,
      action: transaction.body.action,
      sender: transaction.body.sender,
      outcome: outcome.status === 'succeeded' ? 'succeeded' : outcome.rejection.code,
      args: readable(transaction.body.args),
    },
  };
}

import type { CertifiedTransactionJson } from '../../../shared/api.ts';
import { CodecError } from '../../../shared/codec/codec-error.ts';
import { fromBase64Url } from '../../../shared/codec/hex.ts';
import { headerHash } from '../../../shared/codec/ledger.ts';
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import {
  type Check,
  checklist,
  malformed,
  passed,
  type TrustedValidators,
} from '../../../shared/protocol/checks.ts';
import { verifyEpochs } from '../../../shared/protocol/verify-epochs.ts';
import { verifyProofPack } from '../../../shared/protocol/verify-pack.ts';
import { type OpenReceipt, verifyReceipt } from '../../../shared/protocol/verify-receipt.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import type { Proven, VerificationReport } from '../features/verify/checks.ts';
import type { Origin, Subject } from '../features/verify/subjects.ts';
import { validatorSetOf } from '../lib/wire.ts';
import { checkBlock } from './check-block.ts';
import { checkCertificate } from './check-certificate.ts';
import { checkChainReport } from './check-chain-report.ts';
import { checkHeights } from './check-heights.ts';
import { checkShownRecord } from './check-shown.ts';
import { checkState } from './check-state.ts';
import { checkStream } from './check-stream.ts';
import { readable } from './readable.ts';

/** Makes the checks of one subject against the pinned network id. Bad input is a failed check, never an error. */
export async function checksOf(
  subject: Subject,
  network: NetworkId,
  verify: VerifySignature,
): Promise<VerificationReport> {
  if (subject.kind === 'pack') return ofPack(subject.bytes, subject.shown, network, verify);
  if (subject.kind === 'chain-report') return checkChainReport(subject, network, verify);
  const trusted = await trustFromGenesis(subject.genesis, network, verify);
  if ('id' in trusted) return checklist([trusted]);
  switch (subject.kind) {
    case 'genesis':
      return { checks: [passed('history', { inputs: { 'genesis block': network } })] };
    case 'receipt': {
      const { checks, opened } = await verifyReceipt(subject.bytes, trusted, verify);
      return reportOf(checks, opened, undefined, network);
    }
    case 'block':
      return checkBlock(subject, trusted, verify);
    case 'certificate':
      return checkCertificate(subject.block, trusted, verify);
    case 'state': {
      const { checks, proven } = await checkState(subject.key, subject.entry, trusted, verify);
      return proven === undefined ? { checks } : { checks, proven };
    }
    case 'stream':
      return checkStream(subject.claim, trusted, verify);
    case 'heights':
      return checkHeights(subject.heights, trusted, verify);
  }
}

async function ofPack(
  bytes: Uint8Array,
  shown: CertifiedTransactionJson | undefined,
  network: NetworkId,
  verify: VerifySignature,
): Promise<VerificationReport> {
  const { checks, opened } = await verifyProofPack(bytes, network, verify);
  return reportOf(checks, opened, shown, network);
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

/** The validators that the pinned genesis block names, or the check that failed. */
export async function trustFromGenesis(
  genesis: Origin,
  network: NetworkId,
  verify: VerifySignature,
): Promise<TrustedValidators | Check> {
  const header = fromBase64Url(genesis.headerBytes);
  try {
    const origin = { header, validators: validatorSetOf(genesis.validators) };
    const epochs = await verifyEpochs(origin, [], network, verify);
    return epochs.ok ? epochs.chain.trusted : epochs.check;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { ...malformed(error), inputs: { genesis: headerHash(header) } };
  }
}

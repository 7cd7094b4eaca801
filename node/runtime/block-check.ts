/**
 * Certified blocks from a peer prove themselves (rule C1): header hash, Q seals, batch digest, ids of the bodies.
 * The clients' signatures are not verified again: Q validators sealed that they were; `ledger verify` does.
 */
import {
  batchDigest,
  decodeEnvelope,
  decodeHeader,
  headerHash,
  validatorSetDigest,
} from '../../shared/codec/ledger.ts';
import { type Height, nextHeight } from '../../shared/types/brands.ts';
import type { Header, Transaction } from '../../shared/types/ledger.ts';
import type { RuntimeContext } from './context.ts';
import type { CertifiedHeader, StoredBlock } from './ports.ts';
import { certificateChecks, type SignatureCheck } from './signatures.ts';

type CheckContext = Pick<RuntimeContext, 'network' | 'epochs'>;

export interface CheckedBlock {
  readonly stored: StoredBlock;
  readonly header: Header;
  readonly transactions: readonly Transaction[];
  /** Of the envelopes. */
  readonly bytes: number;
}

export interface CheckedRange {
  readonly blocks: readonly CheckedBlock[];
  /** Signatures of the seals, still to be verified. */
  readonly checks: readonly SignatureCheck[];
}

/** Everything but the seals' signatures, block after block from `from` on; or what is wrong. */
export function checkRange(
  context: CheckContext,
  from: Height,
  blocks: readonly StoredBlock[],
): CheckedRange | string {
  const checked: CheckedBlock[] = [];
  const checks: SignatureCheck[] = [];
  let height = from;
  for (const stored of blocks) {
    const block = checkBlock(context, stored);
    if (typeof block === 'string') return block;
    if (block.header.height !== height) return 'blocks out of order';
    const seals = certificateChecks(context.epochs, stored.certificate);
    if (seals === undefined) return 'a certificate without a quorum';
    checked.push(block);
    checks.push(...seals);
    height = nextHeight(height);
  }
  return { blocks: checked, checks };
}

function checkBlock(context: CheckContext, stored: StoredBlock): CheckedBlock | string {
  const { batch } = stored;
  try {
    const header = decodeHeader(stored.header);
    const fault = headerFault(context, stored, header);
    if (fault !== undefined) return fault;
    if (header.batch !== batchDigest(batch)) return 'another batch than its header';
    const transactions = stored.envelopes.map((envelope) => decodeEnvelope(envelope));
    const complete =
      transactions.length === batch.ids.length &&
      transactions.every((transaction, index) => transaction.id === batch.ids[index]);
    if (!complete) return 'other transactions than its batch';
    const bytes = stored.envelopes.reduce((sum, envelope) => sum + envelope.length, 0);
    return { stored, header, transactions, bytes };
  } catch (error) {
    return `not readable: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Whether the header is the one that the certificate names, with the set it hands over to; its seals are checked apart. */
export function headerFault(
  context: CheckContext,
  { header: bytes, certificate, nextValidators }: CertifiedHeader,
  header: Header,
): string | undefined {
  if (headerHash(bytes) !== certificate.block) return 'another header than its certificate';
  if (header.height !== certificate.height || header.epoch !== certificate.epoch) return 'another height';
  if (header.network !== context.network) return 'another network';
  if (header.nextEpoch === header.epoch)
    return nextValidators === undefined ? undefined : 'a set that nothing hands over to';
  if (nextValidators === undefined) return 'a hand-over without its set';
  const isNamed = validatorSetDigest(nextValidators) === header.nextValidators;
  return isNamed ? undefined : 'another set than its header hands over to';
}

/**
 * Certified blocks from a peer prove themselves (rule C1): header hash, Q seals of the set of their epoch, batch
 * digest, ids of the bodies. A range may cross epochs: each header that hands over leads to the set that came along.
 * The clients' signatures are not verified again: Q validators sealed that they were; `ledger verify` does.
 */
import {
  batchDigest,
  decodeEnvelope,
  decodeHeader,
  headerHash,
  validatorSetDigest,
} from '../../shared/codec/ledger.ts';
import { type Epoch, type Height, nextHeight } from '../../shared/types/brands.ts';
import type { Certificate, Header, Transaction } from '../../shared/types/ledger.ts';
import { branchOf, type EpochTrail } from './epoch-trail.ts';
import type { CertifiedHeader, HandOver, StoredBlock } from './ports.ts';
import { certificateChecks, type SignatureCheck } from './signatures.ts';

export interface CheckedBlock {
  readonly stored: StoredBlock;
  readonly header: Header;
  readonly transactions: readonly Transaction[];
  /** Of the envelopes. */
  readonly bytes: number;
}

export interface CheckedHeaders {
  readonly headers: readonly Header[];
  /** Signatures of the seals, still to be verified. */
  readonly checks: readonly SignatureCheck[];
  /** Headers that end an epoch, ascending: proven with the rest. */
  readonly handOvers: readonly HandOver[];
}

export interface CheckedRange extends Omit<CheckedHeaders, 'headers'> {
  readonly blocks: readonly CheckedBlock[];
}

/** Nobody here can tell who seals in this epoch: a hand-over below was not seen yet. */
export interface UnknownEpoch {
  readonly unknownEpoch: Epoch;
}

/** Everything but the seals' signatures, block after block from `from` on; or what is wrong. */
export function checkRange(
  trail: EpochTrail,
  from: Height,
  blocks: readonly StoredBlock[],
): CheckedRange | UnknownEpoch | string {
  const walked = checkHeaders(trail, from, blocks);
  if (typeof walked === 'string' || 'unknownEpoch' in walked) return walked;
  const checked: CheckedBlock[] = [];
  for (const [index, stored] of blocks.entries()) {
    const block = checkBody(walked.headers[index]!, stored);
    if (typeof block === 'string') return block;
    checked.push(block);
  }
  return { blocks: checked, checks: walked.checks, handOvers: walked.handOvers };
}

/** The same for headers alone. */
export function checkHeaders(
  trail: EpochTrail,
  from: Height,
  list: readonly CertifiedHeader[],
): CheckedHeaders | UnknownEpoch | string {
  const ahead = branchOf(trail);
  const headers: Header[] = [];
  const checks: SignatureCheck[] = [];
  const handOvers: HandOver[] = [];
  let height = from;
  for (const certified of list) {
    const header = readHeader(certified.header);
    if (typeof header === 'string') return header;
    if (header.height !== height) return 'blocks out of order';
    const seals = checkSeals(ahead, certified.header, header, certified.certificate);
    if (typeof seals === 'string' || 'unknownEpoch' in seals) return seals;
    const next = handOverOf(header, certified);
    if (typeof next === 'string') return next;
    if (next !== undefined) {
      ahead.learn([next]);
      handOvers.push(next);
    }
    headers.push(header);
    checks.push(...seals);
    height = nextHeight(height);
  }
  return { headers, checks, handOvers };
}

/** Signatures of the seals of one header, judged by the set of the epoch that seals its height. */
export function checkSeals(
  trail: EpochTrail,
  bytes: Uint8Array,
  header: Header,
  certificate: Certificate,
): readonly SignatureCheck[] | UnknownEpoch | string {
  if (headerHash(bytes) !== certificate.block) return 'another header than its certificate';
  const { height, epoch } = header;
  if (height !== certificate.height || epoch !== certificate.epoch) return 'another height';
  if (header.network !== trail.network) return 'another network';
  const kept = trail.kept(height);
  if (kept !== undefined && kept !== certificate.block)
    return 'another block than the one that the accepted recovery keeps';
  if (kept !== undefined && certificate.seals.length === 0 && trail.needsNoSeals(height)) return [];
  const known = trail.epochAt(height);
  // Keys of an epoch that is over may be stolen: they seal nothing behind its end (rule E2).
  if (epoch < known) return `epoch ${epoch} was over at ${height}`;
  if (trail.setOf(epoch) === undefined) return { unknownEpoch: epoch };
  if (epoch > known) return `epoch ${epoch} had not begun at ${height}`;
  return certificateChecks(trail, certificate) ?? 'a certificate without a quorum';
}

function handOverOf(header: Header, { nextValidators }: CertifiedHeader): HandOver | string | undefined {
  const { epoch, nextEpoch } = header;
  if (nextEpoch === epoch) return nextValidators === undefined ? undefined : 'a set that follows nothing';
  if (nextEpoch !== epoch + 1) return 'a hand-over to a later epoch than the next';
  if (nextValidators === undefined || validatorSetDigest(nextValidators) !== header.nextValidators)
    return 'another set than its header hands over to';
  return { header, nextValidators };
}

function readHeader(bytes: Uint8Array): Header | string {
  try {
    return decodeHeader(bytes);
  } catch (error) {
    return unreadable(error);
  }
}

function checkBody(header: Header, stored: StoredBlock): CheckedBlock | string {
  const { batch } = stored;
  try {
    if (header.batch !== batchDigest(batch)) return 'another batch than its header';
    const transactions = stored.envelopes.map((envelope) => decodeEnvelope(envelope));
    const complete =
      transactions.length === batch.ids.length &&
      transactions.every((transaction, index) => transaction.id === batch.ids[index]);
    if (!complete) return 'other transactions than its batch';
    const bytes = stored.envelopes.reduce((sum, envelope) => sum + envelope.length, 0);
    return { stored, header, transactions, bytes };
  } catch (error) {
    return unreadable(error);
  }
}

const unreadable = (error: unknown): string =>
  `not readable: ${error instanceof Error ? error.message : String(error)}`;

import type { BlockJson, HistoryInclusionJson } from '../../../shared/api.ts';
import { CodecError } from '../../../shared/codec/codec-error.ts';
import { fromBase64Url, fromHex } from '../../../shared/codec/hex.ts';
import { decodeOutcome, headerHash } from '../../../shared/codec/ledger.ts';
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import { merkleRoot } from '../../../shared/crypto/merkle.ts';
import {
  type Check,
  checklist,
  compared,
  firstFailed,
  malformed,
  passed,
} from '../../../shared/protocol/checks.ts';
import type { KnownEpochs } from '../../../shared/protocol/known-epochs.ts';
import { verifyHistoryInclusion } from '../../../shared/protocol/verify-history.ts';
import type { BlockHash, Digest, Height } from '../../../shared/types/brands.ts';
import type { Header } from '../../../shared/types/ledger.ts';
import type { VerificationReport } from '../features/verify/checks.ts';
import type { Subject } from '../features/verify/subjects.ts';
import {
  checkCertificate,
  checkHeader,
  checkPlace,
  checkSeals,
  networkOf,
  openHeader,
  provenBlock,
} from './check-certificate.ts';

/** The six checks of a block: its leaves are rebuilt into both roots, and a later block's history contains it. */
export async function checkBlock(
  { block, inclusion }: Subject & { kind: 'block' },
  known: KnownEpochs,
  verify: VerifySignature,
): Promise<VerificationReport> {
  const header = openHeader(block);
  if ('id' in header) return checklist([header]);
  const { checks } = checklist([
    passed('decode', { inputs: { bytes: fromBase64Url(block.headerBytes).length } }),
    checkLeaves(block),
    checkRoots(block, header),
    checkHeader(block, header, known),
    await checkSeals(block, header, known, verify),
    checkPlace(header, known).find(({ ok }) => !ok) ??
      (await checkHistory(block, header, inclusion, known, verify)),
  ]);
  const proven = checks.every(({ ok }) => ok);
  return proven ? { checks, proven: provenBlock(block, header, known) } : { checks };
}

/** As many leaves as announced, and each outcome is about the transaction at its place. */
function checkLeaves({ transactionIds, outcomes, transactionCount, failedCount }: BlockJson): Check {
  const inputs = { transactions: transactionIds.length, outcomes: outcomes.length };
  try {
    const decoded = outcomes.map((outcome) => decodeOutcome(fromBase64Url(outcome)));
    const named = decoded.map(({ transaction }) => transaction as string);
    const failed = decoded.filter(({ status }) => status === 'failed').length;
    const wrong = transactionIds.findIndex((id, at) => named[at] !== id);
    return firstFailed([
      compared('leaf', 'proof-form', transactionCount, transactionIds.length, { inputs }),
      compared('leaf', 'proof-form', transactionIds.length, named.length, { inputs }),
      compared('leaf', 'wrong-transaction', failed, failedCount, {
        inputs: { ...inputs, ...(failed === failedCount ? {} : { shown: 'number of failed transactions' }) },
      }),
      compared(
        'leaf',
        'wrong-transaction',
        transactionIds[wrong] ?? 'each outcome names its transaction',
        named[wrong] ?? 'each outcome names its transaction',
        { inputs },
      ),
    ]);
  } catch (error) {
    if (error instanceof CodecError) return { ...malformed(error), id: 'leaf' };
    throw error;
  }
}

/** Nothing is left out and nothing added: all leaves together hash to the roots in the header. */
function checkRoots({ transactionIds, outcomes }: BlockJson, header: Header): Check {
  const inputs = { leaves: transactionIds.length, 'outcomes root': header.outcomes };
  const outcomesRoot = merkleRoot(outcomes.map(fromBase64Url));
  const transactionsRoot = merkleRoot(transactionIds.map(fromHex));
  return firstFailed([
    compared('path', 'root', header.outcomes, outcomesRoot, { inputs }),
    compared('path', 'root', header.transactions, transactionsRoot, { inputs }),
  ]);
}

/** The validators follow from the pinned genesis block; a later block, sealed by the set of its epoch, has this one in its history. */
async function checkHistory(
  block: BlockJson,
  { epoch }: Header,
  inclusion: HistoryInclusionJson | undefined,
  known: KnownEpochs,
  verify: VerifySignature,
): Promise<Check> {
  const inputs = { 'genesis block': networkOf(known), epoch };
  if (inclusion === undefined) return passed('history', { inputs });
  const later = openHeader(inclusion.at);
  if ('id' in later) return { ...later, id: 'history' };
  const certified = await checkCertificate(inclusion.at, known, verify);
  const failure = certified.checks.find(({ ok }) => !ok);
  if (failure !== undefined) return { ...failure, id: 'history' };
  const { index, size, path } = inclusion.proof;
  const proof = { index, size, path: path as readonly string[] as readonly Digest[] };
  const own = {
    height: block.height as Height,
    hash: headerHash(fromBase64Url(block.headerBytes)) as BlockHash,
  };
  const check = verifyHistoryInclusion(own, proof, later);
  return { ...check, inputs: { ...inputs, ...check.inputs } };
}

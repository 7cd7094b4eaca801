import type { BlockSummaryJson, ConsistencyJson, HistoryInclusionJson } from '../../../shared/api.ts';
import { fromBase64Url } from '../../../shared/codec/hex.ts';
import { headerHash } from '../../../shared/codec/ledger.ts';
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import { type Check, compared, firstFailed } from '../../../shared/protocol/checks.ts';
import type { KnownEpochs } from '../../../shared/protocol/known-epochs.ts';
import { verifyHistoryConsistency, verifyHistoryInclusion } from '../../../shared/protocol/verify-history.ts';
import type { BlockHash, Digest, Height } from '../../../shared/types/brands.ts';
import type { Header } from '../../../shared/types/ledger.ts';
import type { VerificationReport } from '../features/verify/checks.ts';
import { checkCertificate, openHeader, provenBlock } from './check-certificate.ts';

export interface TwoHeights {
  readonly from: number;
  readonly to: number;
  /** The blocks below the older one are a prefix of those below the newer one. */
  readonly consistency: ConsistencyJson;
  /** The older block itself is below the newer one. */
  readonly inclusion: HistoryInclusionJson;
}

/** That nothing was removed or changed between two blocks, both sealed by a quorum. */
export async function checkHeights(
  { from, to, consistency, inclusion }: TwoHeights,
  known: KnownEpochs,
  verify: VerifySignature,
): Promise<VerificationReport> {
  const older = await checkOne(from, consistency.from, known, verify);
  const newer = await checkOne(to, consistency.to, known, verify);
  const certified = merged(older.checks, newer.checks);
  if (older.header === undefined || newer.header === undefined)
    return { checks: [...certified, ...misplaced(older.checks, newer.checks)] };
  const history = checkHistories(older.header, newer.header, consistency, inclusion);
  const checks = [...certified, history];
  if (!checks.every(({ ok }) => ok)) return { checks };
  const proven = provenBlock(consistency.to, newer.header, known);
  return { checks, proven: { ...proven, since: { height: from, block: consistency.from.hash } } };
}

interface CheckedBlock {
  readonly checks: readonly Check[];
  /** Absent if a check failed. */
  readonly header?: Header;
}

/** Decode, header, quorum and its place; and it is the height that was asked for. */
async function checkOne(
  asked: number,
  block: BlockSummaryJson,
  known: KnownEpochs,
  verify: VerifySignature,
): Promise<CheckedBlock> {
  const header = openHeader(block);
  if ('id' in header) return { checks: [header] };
  const { checks } = await checkCertificate(block, known, verify);
  const all = checks.map((check) =>
    check.id === 'header'
      ? firstFailed([check, compared('header', 'height', asked, header.height, check)])
      : check,
  );
  return all.every(({ ok }) => ok) ? { checks: all, header } : { checks: all };
}

/** One row for both blocks: the one that failed, else the newer one's. */
function merged(older: readonly Check[], newer: readonly Check[]): readonly Check[] {
  const ids = ['decode', 'header', 'quorum'] as const;
  return ids.flatMap((id) => {
    const both = [...older, ...newer].filter((check) => check.id === id);
    const [first, ...others] = both;
    return first === undefined ? [] : [firstFailed([first, ...others])];
  });
}

/** Of a block that lies outside its epoch; otherwise the row `history` is about both. */
const misplaced = (older: readonly Check[], newer: readonly Check[]): readonly Check[] =>
  [...older, ...newer].filter(({ id, ok }) => id === 'history' && !ok).slice(0, 1);

function checkHistories(
  older: Header,
  newer: Header,
  { from, proof }: ConsistencyJson,
  { proof: inclusion }: HistoryInclusionJson,
): Check {
  const below = verifyHistoryConsistency(older, newer, proof as readonly string[] as readonly Digest[]);
  const own = {
    height: older.height as Height,
    hash: headerHash(fromBase64Url(from.headerBytes)) as BlockHash,
  };
  const path = inclusion.path as readonly string[] as readonly Digest[];
  const itself = verifyHistoryInclusion(own, { ...inclusion, path }, newer);
  return firstFailed([itself, { ...below, ...(itself.paths === undefined ? {} : { paths: itself.paths }) }]);
}

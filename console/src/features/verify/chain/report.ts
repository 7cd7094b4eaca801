import { toBase64Url } from '../../../../../shared/codec/hex.ts';
import { type ChainReport, encodeChainReport } from '../../../../../shared/protocol/chain-report.ts';
import type { BlockHash, Epoch, Height, NetworkId } from '../../../../../shared/types/brands.ts';
import type { RecoveryBreak } from '../../../../../shared/types/recovery.ts';
import type { ChainFailure, ChainProgress } from './protocol.ts';
import type { ChainState } from './useChain.ts';

/** What can be reported of a chain that was walked; undefined while it is walked, or if nothing was verified. */
export function reportOf(state: ChainState, network: string, gateway: string): ChainReport | undefined {
  const { phase, progress, failure } = state;
  if (progress === undefined) return undefined;
  if (phase !== 'verified' && phase !== 'failed' && phase !== 'paused') return undefined;
  return {
    network: network as NetworkId,
    result: phase === 'paused' ? 'stopped' : phase,
    ...positionOf(progress),
    gateway,
    ...(progress.breaks.length > 0 && { breaks: progress.breaks.map(breakOf) }),
    ...(failure === undefined ? {} : { failure: failureOf(failure) }),
  };
}

const breakOf = ({ base, height, epoch, digest }: RecoveryBreak) => ({ base, height, epoch, digest });

const positionOf = ({ height, block, epoch, seals, startedAt, at }: ChainProgress) => ({
  height: height as Height,
  block: block as BlockHash,
  epoch: epoch as Epoch,
  seals,
  startedAt,
  finishedAt: at,
});

function failureOf({ height, checks }: ChainFailure): NonNullable<ChainReport['failure']> {
  const failed = checks.find(({ ok }) => !ok);
  if (failed === undefined) throw new Error('a chain fails with a failed check');
  const { id, reason = '', expected = '', actual = '' } = failed;
  return { height: height as Height, check: id, reason, expected, actual };
}

/** The file's text: the report for reading, and its bytes, which alone count, with the signature over them. */
export function reportFile(
  report: ChainReport,
  signed?: { readonly key: string; readonly signature: Uint8Array },
): string {
  const file = {
    kind: 'concordat-chain-report',
    report,
    bytes: toBase64Url(encodeChainReport(report)),
    ...(signed === undefined ? {} : { key: signed.key, signature: toBase64Url(signed.signature) }),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

import { formatDuration, formatRate } from '../../../lib/format.ts';
import type { ChainProgress } from './protocol.ts';

/** Blocks per second of this run; undefined before it can be told. */
export function rateOf({ runBlocks, runMs }: ChainProgress): number | undefined {
  return runBlocks === 0 || runMs === 0 ? undefined : (runBlocks / runMs) * 1000;
}

/** `3,120 blocks/s` */
export function rateText(progress: ChainProgress): string {
  const rate = rateOf(progress);
  return rate === undefined ? 'not known yet' : `${formatRate(rate)} blocks/s`;
}

/** Time until `target` at the rate of this run. */
export function timeLeftText(progress: ChainProgress, target: number): string {
  const rate = rateOf(progress);
  if (rate === undefined) return 'not known yet';
  return formatDuration((Math.max(0, target - progress.height) / rate) * 1000);
}

/** Whole percent; 100 only at the target. */
export function percentOf(height: number, target: number): number {
  return target === 0 ? 100 : Math.min(100, Math.floor((height / target) * 100));
}

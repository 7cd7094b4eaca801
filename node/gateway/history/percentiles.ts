/** Percentiles of what two snapshots of one histogram have between them. */
import type { HistogramSnapshot } from '../../runtime/telemetry/histogram.ts';

export interface Percentiles {
  readonly count: number;
  /** In the unit of the histogram. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Interpolated inside the bucket; above the last bound the last bound is said. Undefined: nothing came between. */
export function percentilesBetween(
  before: HistogramSnapshot | undefined,
  after: HistogramSnapshot,
): Percentiles | undefined {
  const count = after.count - (before?.count ?? 0);
  if (count <= 0) return undefined;
  const cumulative = after.cumulative.map((each, index) => each - (before?.cumulative[index] ?? 0));
  const at = (share: number): number => valueAt(after.bounds, cumulative, share * count);
  return { count, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function valueAt(bounds: readonly number[], cumulative: readonly number[], rank: number): number {
  const index = cumulative.findIndex((below) => below >= rank);
  if (index < 0) return bounds.at(-1) ?? 0;
  const [low, high] = [bounds[index - 1] ?? 0, bounds[index] ?? 0];
  const below = cumulative[index - 1] ?? 0;
  const inside = (cumulative[index] ?? 0) - below;
  return low + (high - low) * ((rank - below) / inside);
}

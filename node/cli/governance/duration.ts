/** Durations as people write them: 90s, 30m, 12h, 7d. */
import { InvalidArgumentError } from 'commander';

const unitMs: { readonly [unit: string]: number } = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds; undefined if it is no duration. */
export function durationMs(text: string): number | undefined {
  const [, count, unit] = /^([1-9][0-9]{0,5})([smhd])$/.exec(text) ?? [];
  return count === undefined || unit === undefined ? undefined : Number(count) * unitMs[unit]!;
}

/** For an option of a command. */
export function durationOption(text: string): number {
  const ms = durationMs(text);
  if (ms === undefined) throw new InvalidArgumentError('Not a duration such as 30m, 12h or 7d.');
  return ms;
}

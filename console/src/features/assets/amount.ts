import { formatCount } from '../../lib/format.ts';

/** `1250500` with three decimals → `1,250.500`. */
export function formatAmount(amount: string, decimals: number): string {
  if (decimals === 0) return formatCount(BigInt(amount));
  const digits = amount.padStart(decimals + 1, '0');
  return `${formatCount(BigInt(digits.slice(0, -decimals)))}.${digits.slice(-decimals)}`;
}

/** Share of the total, to the nearest thousandth. */
export const shareOf = (amount: string, total: string): number =>
  total === '0' ? 0 : Number((BigInt(amount) * 2_000n + BigInt(total)) / (BigInt(total) * 2n)) / 1_000;

import { toBase64Url } from '../../../shared/codec/hex.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';

/** For reading, as the API shows it: bytes as base64url, large integers as decimal text. */
export function readable(value: CborValue): unknown {
  if (value instanceof Uint8Array) return toBase64Url(value);
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, readable(member)]));
}

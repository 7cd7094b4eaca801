import { toBase64Url, toHex } from '../../../shared/codec/hex.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';

/** For reading, as the API shows it: bytes as base64url, large integers as decimal text. */
export function readable(value: CborValue): unknown {
  if (value instanceof Uint8Array) return toBase64Url(value);
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, readable(member)]));
}

/** Of what is signed: ids and keys of a body are hex in every other place, so they are hex here. */
export function readableBody(body: CborValue): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body) || body instanceof Uint8Array)
    return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? toHex(value) : readable(value),
    ]),
  );
}

/** Fields of link messages, read strictly. */
import { toHex } from '../../shared/codec/hex.ts';
import type { Digest, TransactionId } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import type { ListBounds } from './wire-bounds.ts';

/** Throws if the value is not what the field must hold; the caller drops the frame. */
export class WireError extends Error {
  readonly code = 'bad-frame';
  readonly facts: { readonly field: string };
  constructor(field: string) {
    super(`Link message refused: field ${field}`);
    this.facts = { field };
  }
}

export type Fields = { readonly [key: string]: CborValue };

export function expectKeys(fields: Fields, keys: readonly string[]): void {
  const surplus = Object.keys(fields).find((key) => !keys.includes(key));
  if (surplus !== undefined) throw new WireError(surplus.slice(0, 64));
}

export const digestField = (fields: Fields, field: string): Digest =>
  hexField(bytesField(fields, field), field) as Digest;

export function fieldsOf(value: CborValue, field: string): Fields {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array) {
    throw new WireError(field);
  }
  return value as Fields;
}

export function listField(
  fields: Fields,
  field: string,
  countMax = Number.POSITIVE_INFINITY,
): readonly CborValue[] {
  const value = fields[field];
  if (!Array.isArray(value) || value.length > countMax) throw new WireError(field);
  return value;
}

export function bytesField(fields: Fields, field: string): Uint8Array {
  const value = fields[field];
  if (!(value instanceof Uint8Array)) throw new WireError(field);
  return value;
}

export function sizedField(fields: Fields, field: string, length: number): Uint8Array {
  const bytes = bytesField(fields, field);
  if (bytes.length !== length) throw new WireError(field);
  return bytes;
}

export function bytesList(fields: Fields, field: string, bounds: ListBounds): Uint8Array[] {
  const { countMax, itemBytesMin = 0, bytesMax = Number.POSITIVE_INFINITY } = bounds;
  let bytes = 0;
  return listField(fields, field, countMax).map((value, index) => {
    if (!(value instanceof Uint8Array) || value.length < itemBytesMin) throw new WireError(field);
    bytes += value.length;
    if (index > 0 && bytes > bytesMax) throw new WireError(field);
    return value;
  });
}

export function countField(fields: Fields, field: string): number {
  const value = fields[field];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new WireError(field);
  return value;
}

export const idList = (fields: Fields, countMax: number): TransactionId[] =>
  bytesList(fields, 'ids', { countMax }).map((id) => hexField(id, 'ids') as TransactionId);

export const digestList = (fields: Fields, field: string, countMax: number): Digest[] =>
  bytesList(fields, field, { countMax }).map((digest) => hexField(digest, field) as Digest);

export function hexField(bytes: Uint8Array, field: string): string {
  if (bytes.length !== 32) throw new WireError(field);
  return toHex(bytes);
}

/**
 * Readers that take a decoded CBOR value apart strictly: exact key sets, exact lengths, closed unions. Each
 * throws CodecError with the path of what is wrong.
 */
import type { CborValue } from '../types/ledger.ts';
import { CodecError, type CodecErrorCode } from './codec-error.ts';
import { toHex } from './hex.ts';

export type CborMap = { readonly [key: string]: CborValue };

export const isCborMap = (value: CborValue): value is CborMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** A map with all of `required`, any of `optional`, and no other key. */
export const readMap = (
  value: CborValue | undefined,
  path: string,
  required: readonly string[],
  optional: readonly string[] = [],
): CborMap => {
  if (value === undefined || !isCborMap(value)) throw wrongType(path, 'a map', value);
  for (const key of required) {
    if (!Object.hasOwn(value, key)) throw new CodecError('missing-key', { path, expected: key });
  }
  const keys = Object.keys(value);
  if (keys.length === required.length) return value;
  for (const key of keys) {
    if (!required.includes(key) && !optional.includes(key))
      throw new CodecError('unknown-key', { path, got: key });
  }
  return value;
};

export const readList = (map: CborMap, key: string, path: string, countMax: number): readonly CborValue[] =>
  listOf(map[key], `${path}.${key}`, countMax);

export const listOf = (
  value: CborValue | undefined,
  path: string,
  countMax: number,
): readonly CborValue[] => {
  if (!Array.isArray(value)) throw wrongType(path, 'a list', value);
  const list = value as readonly CborValue[];
  if (list.length > countMax) {
    throw new CodecError('too-many', { path, expected: `≤ ${countMax}`, got: list.length });
  }
  return list;
};

/** Here and below: the path is put together only where something is wrong. */
export const readBytes = (map: CborMap, key: string, path: string, length?: number): Uint8Array => {
  const value = map[key];
  const isRight = value instanceof Uint8Array && (length === undefined || value.length === length);
  return isRight ? value : bytesOf(value, `${path}.${key}`, length);
};

export const bytesOf = (value: CborValue | undefined, path: string, length?: number): Uint8Array => {
  if (!(value instanceof Uint8Array)) throw wrongType(path, 'bytes', value);
  if (length !== undefined && value.length !== length) {
    throw new CodecError('wrong-length', { path, expected: length, got: value.length });
  }
  return value;
};

/** Bytes that memory keeps as lower-case hex. */
export const readHex = <Name extends string>(map: CborMap, key: string, path: string, length: number): Name =>
  toHex(readBytes(map, key, path, length)) as Name;

export const readText = (map: CborMap, key: string, path: string): string => {
  const value = map[key];
  return typeof value === 'string' ? value : textOf(value, `${path}.${key}`);
};

export const textOf = (value: CborValue | undefined, path: string): string => {
  if (typeof value !== 'string') throw wrongType(path, 'text', value);
  return value;
};

export const readPattern = <Name extends string>(
  map: CborMap,
  key: string,
  path: string,
  pattern: RegExp,
): Name => {
  const text = readText(map, key, path);
  if (!pattern.test(text)) throw wrongValue(`${path}.${key}`, pattern.source, text);
  return text as Name;
};

/** A whole number from 0 (or `least`) to 2^53−1. */
export const readCount = <Name extends number>(map: CborMap, key: string, path: string, least = 0): Name => {
  const value = map[key];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw wrongType(`${path}.${key}`, 'an integer', value);
  }
  if (value < least) throw wrongValue(`${path}.${key}`, `≥ ${least}`, value);
  return value as Name;
};

export const readBoolean = (map: CborMap, key: string, path: string): boolean => {
  const value = map[key];
  if (typeof value !== 'boolean') throw wrongType(`${path}.${key}`, 'true or false', value);
  return value;
};

export const readConstant = <Value extends string | number>(
  map: CborMap,
  key: string,
  path: string,
  constant: Value,
): Value => {
  const value = map[key];
  if (value !== constant) throw wrongValue(`${path}.${key}`, constant, nameOf(value));
  return constant;
};

export const readOneOf = <Value extends string>(
  map: CborMap,
  key: string,
  path: string,
  values: readonly Value[],
): Value => {
  const value = map[key];
  return values.includes(value as Value) ? (value as Value) : oneOf(value, `${path}.${key}`, values);
};

export const oneOf = <Value extends string>(
  value: CborValue | undefined,
  path: string,
  values: readonly Value[],
): Value => {
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw wrongValue(path, values.join(' | '), nameOf(value));
  return found;
};

export const wrongValue = (path: string, expected: string | number, got: string | number): CodecError =>
  new CodecError('wrong-value', { path, expected, got });

const wrongType = (path: string, expected: string, value: CborValue | undefined): CodecError => {
  const code: CodecErrorCode = value === undefined ? 'missing-key' : 'wrong-type';
  return new CodecError(code, { path, expected, got: nameOf(value) });
};

/** Short: what a stranger sent is not repeated at length. */
const nameOf = (value: CborValue | undefined): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return value.length <= 64 ? `'${value}'` : `text of ${value.length} units`;
  return String(value);
};

export const mapOf = (value: CborValue | undefined, path: string): CborMap => {
  if (value !== undefined && isCborMap(value)) return value;
  return readMap(value, path, []);
};

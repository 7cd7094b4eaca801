/** What reader and writer of DAG-CBOR agree on. */
import type { CborValue } from '../types/ledger.ts';
import { CodecError, type CodecErrorCode } from './codec-error.ts';

export const defaultDepthMax = 32;
export const uint32Size = 2 ** 32;
/** Below this length a loop over characters beats a call to TextDecoder or TextEncoder. */
export const shortText = 48;

/** A map without a prototype of its own kind above it: no key is special, and engines keep its fields fast. */
export const PlainMap = function PlainMap() {} as unknown as new () => { [key: string]: CborValue };
const plainMapPrototype: object = Object.freeze(Object.create(null) as object);
PlainMap.prototype = plainMapPrototype;

export const isPlainMap = (map: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(map);
  return prototype === Object.prototype || prototype === null || prototype === plainMapPrototype;
};

export const fault = (
  code: CodecErrorCode,
  at: number,
  expected: string,
  got?: string | number,
): CodecError =>
  new CodecError(
    code,
    got === undefined ? { path: `byte ${at}`, expected } : { path: `byte ${at}`, expected, got },
  );

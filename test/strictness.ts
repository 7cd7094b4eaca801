import { expect } from 'vitest';
import { CodecError } from '../shared/codec/codec-error.ts';
import { decode, encode } from '../shared/codec/dag-cbor.ts';
import type { CborValue } from '../shared/types/ledger.ts';

/** A value with one thing wrong, and where. */
interface Damage {
  readonly what: string;
  readonly value: CborValue;
}

type CborMap = { readonly [key: string]: CborValue };
const isMap = (value: CborValue): value is CborMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** Each key removed, a key added, each leaf replaced by another type or length, at every depth not opaque. */
function* damages(value: CborValue, path: string, opaque: readonly string[]): Generator<Damage> {
  if (opaque.includes(path)) return;
  yield { what: `${path} is null`, value: null };
  if (value instanceof Uint8Array) {
    if (value.length <= 64) yield { what: `${path} is longer`, value: new Uint8Array(value.length + 1) };
  } else if (Array.isArray(value)) {
    yield { what: `${path} is a map`, value: {} };
    for (const [i, item] of (value as readonly CborValue[]).entries()) {
      for (const damage of damages(item, `${path}[]`, opaque)) {
        yield { what: damage.what, value: (value as readonly CborValue[]).with(i, damage.value) };
      }
    }
  } else if (isMap(value)) {
    yield* mapDamages(value, path, opaque);
  } else if (typeof value === 'number') {
    for (const wrong of [0.5, -1, 2n ** 60n]) yield { what: `${path} is ${wrong}`, value: wrong };
  }
}

function* mapDamages(map: CborMap, path: string, opaque: readonly string[]): Generator<Damage> {
  yield { what: `${path} has a key more`, value: { ...map, surplus: 1 } };
  for (const [key, item] of Object.entries(map)) {
    const { [key]: _removed, ...rest } = map;
    yield { what: `${path} lacks ${key}`, value: rest };
    for (const damage of damages(item, `${path}.${key}`, opaque)) {
      yield { what: damage.what, value: { ...map, [key]: damage.value } };
    }
  }
}

/**
 * Every way in which `damages` spoils the structure is refused with a CodecError. `except` names, by the
 * beginning of the sentence, those that are legal; `opaque` paths hold anything.
 */
export const expectStrict = (
  bytes: Uint8Array,
  decodeStructure: (bytes: Uint8Array) => unknown,
  options: { readonly opaque?: readonly string[]; readonly except?: readonly string[] } = {},
): number => {
  let count = 0;
  for (const { what, value } of damages(decode(bytes), '', options.opaque ?? [])) {
    if (options.except?.some((sentence) => what.startsWith(sentence))) continue;
    expect(() => decodeStructure(encode(value)), what).toThrow(CodecError);
    count += 1;
  }
  return count;
};

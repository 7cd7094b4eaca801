/** Changes to a decoded value: keys, items, types, ends of ranges, nested encodings. */
import type { Prng } from '../../node/sim/prng.ts';
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { isCborMap } from '../../shared/codec/structure.ts';
import type { CborValue } from '../../shared/types/ledger.ts';

type CborMap = { readonly [key: string]: CborValue };

const scalars: readonly CborValue[] = [
  null,
  true,
  0,
  1,
  -1,
  255,
  2 ** 31,
  2 ** 53 - 1,
  -(2 ** 53 - 1),
  2n ** 53n,
  2n ** 64n - 1n,
  -(2n ** 64n),
  0.5,
  5e-324,
  1.7976931348623157e308,
  '',
  'a',
  ' ',
  '__proto__',
  'constructor',
  'e\u0301',
  '\u{1f600}'.repeat(60),
  '0'.repeat(64),
  new Uint8Array(0),
  new Uint8Array(16),
  new Uint8Array(32),
  new Uint8Array(64),
  [],
  {},
];

export function someValue(random: Prng, depth = 0): CborValue {
  if (depth > 4 || random.chance(0.7)) return random.pick(scalars);
  const items = Array.from({ length: random.below(5) }, () => someValue(random, depth + 1));
  return random.chance(0.5)
    ? items
    : Object.fromEntries(
        items.map((item, index) => [`${random.pick(['a', 'kind', 'é', ''])}${index}`, item]),
      );
}

/** Goes down a random way and changes what it meets. */
export function mutateTree(value: CborValue, random: Prng): CborValue {
  if (value instanceof Uint8Array) return mutateLeafBytes(value, random);
  if (Array.isArray(value)) return mutateList(value as readonly CborValue[], random);
  if (isCborMap(value)) return mutateMap(value, random);
  return mutateScalar(value, random);
}

function mutateScalar(value: CborValue, random: Prng): CborValue {
  if (typeof value === 'number' && random.chance(0.6)) return value + random.pick([1, -1, 2 ** 32, 0.5]);
  if (typeof value === 'string' && random.chance(0.6)) return mutateString(value, random);
  return someValue(random);
}

function mutateString(text: string, random: Prng): string {
  const index = random.below(text.length + 1);
  const inserted = random.pick(['', ' ', 'A', '/', '\u0000', 'e\u0301', '\u{10ffff}', text]);
  return (text.slice(0, index) + inserted + text.slice(index + random.below(3))).replace(
    /\p{Surrogate}/gu,
    '',
  );
}

/** Bytes often hold an encoding of their own. */
function mutateLeafBytes(bytes: Uint8Array, random: Prng): CborValue {
  const inner = bytes.length > 8 && random.chance(0.7) ? decoded(bytes) : undefined;
  if (inner !== undefined) return encode(mutateTree(inner, random));
  if (random.chance(0.3)) return someValue(random);
  if (random.chance(0.3)) return new Uint8Array(random.below(2 * bytes.length + 2));
  const changed = bytes.slice();
  if (changed.length > 0) changed[random.below(changed.length)] = random.below(256);
  return changed;
}

function decoded(bytes: Uint8Array): CborValue | undefined {
  try {
    return decode(bytes);
  } catch {
    // Not an encoding: plain bytes are changed as such.
    return undefined;
  }
}

function mutateList(list: readonly CborValue[], random: Prng): CborValue {
  const index = random.below(list.length);
  const item = list[index];
  if (item === undefined || random.chance(0.1))
    return random.chance(0.5) ? [someValue(random)] : someValue(random);
  if (random.chance(0.6)) return list.with(index, mutateTree(item, random));
  return random.pick([
    () => list.toSpliced(index, 1),
    () => list.toSpliced(index, 0, item),
    () => [...list, ...list],
    () => list.toReversed(),
    () => list.with(index, random.pick(list)),
  ])();
}

function mutateMap(map: CborMap, random: Prng): CborValue {
  const keys = Object.keys(map);
  const key = random.pick(keys);
  if (key === undefined || random.chance(0.05)) return { ...map, a: someValue(random) };
  const value = map[key] as CborValue;
  if (random.chance(0.75)) return { ...map, [key]: mutateTree(value, random) };
  const { [key]: _removed, ...rest } = map;
  return random.pick<() => CborValue>([
    () => rest,
    () => ({ ...rest, [mutateString(key, random)]: value }),
    () => ({ ...map, [`${key}x`]: value }),
    () => ({ ...map, [key]: map[random.pick(keys)] as CborValue }),
    () => someValue(random),
  ])();
}

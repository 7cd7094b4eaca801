import { readdirSync, readFileSync } from 'node:fs';
import * as reference from '@ipld/dag-cbor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { vectorFolder } from '../../test/vectors.ts';
import type { CborValue } from '../types/ledger.ts';
import { CodecError } from './codec-error.ts';
import { decode, decodeFields, encode } from './dag-cbor.ts';
import { compareKeys } from './dag-cbor-keys.ts';
import { fromHex, toHex } from './hex.ts';

const fixtures = vectorFolder('dag-cbor/fixtures');
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof CodecError) return error.code;
    throw error;
  }
  return 'accepted';
};
const hex = (text: string): string => codeOf(() => decode(fromHex(text)));

/** Values of the subset whose decoding is the same value: bigint only beyond safe integers. */
const wideInteger = fc
  .bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n })
  .filter((n) => n > 9007199254740991n || n < -9007199254740991n);
const wellFormed = fc.string({ unit: 'binary' });
const cborValue: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    wideInteger,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
    wellFormed,
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value')),
    fc.dictionary(wellFormed, tie('value')),
  ),
})).value;

describe('DAG-CBOR subset', () => {
  test.skipIf(fixtures === undefined)(
    'fixtures: all within the subset round-trip, all others are refused',
    () => {
      let accepted = 0;
      let refused = 0;
      for (const entry of readdirSync(fixtures!, { withFileTypes: true }).filter((entry) =>
        entry.isDirectory(),
      )) {
        const { name } = entry;
        const folder = new URL(`${encodeURIComponent(name)}/`, fixtures);
        for (const file of readdirSync(folder).filter((file) => file.endsWith('.dag-cbor'))) {
          const bytes = new Uint8Array(readFileSync(new URL(file, folder)));
          if (codeOf(() => decode(bytes)) === 'accepted') {
            expect(toHex(encode(decode(bytes))), name).toBe(toHex(bytes));
            accepted += 1;
          } else {
            expect(linksWithin(reference.decode(bytes)), name).toBe(true);
            refused += 1;
          }
        }
      }
      console.log(`dag-cbor fixtures: ${accepted} accepted, ${refused} refused (they hold links)`);
      expect({ accepted, refused }).toEqual({ accepted: 80, refused: 48 });
    },
  );

  test('agrees with @ipld/dag-cbor on every value of the subset', () => {
    fc.assert(
      fc.property(cborValue, (value) => {
        const bytes = encode(value);
        expect(toHex(bytes)).toBe(toHex(reference.encode(value)));
        expect(toHex(encode(decode(bytes)))).toBe(toHex(bytes));
      }),
      { numRuns: 500 },
    );
  });

  test('whatever is accepted is the one encoding of its value', () => {
    const nearly = fc
      .tuple(cborValue, fc.nat(), fc.nat(255))
      .map(([value, at, byte]) => encode(value).with(at % encode(value).length, byte));
    fc.assert(
      fc.property(fc.oneof(nearly, fc.uint8Array({ maxLength: 40 })), (bytes) => {
        if (codeOf(() => decode(bytes)) === 'accepted')
          expect(toHex(encode(decode(bytes)))).toBe(toHex(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  test('items are counted, keys and values too, before they are read', () => {
    const value = [[], [1, 2], { a: 1, b: [] }];
    expect(decode(encode(value), { itemsMax: 9 })).toEqual(value);
    expect(codeOf(() => decode(encode(value), { itemsMax: 8 }))).toBe('too-many');
  });

  test.each([
    ['', 'truncated'],
    ['01 01', 'trailing-bytes'],
    ['18 17', 'not-minimal'],
    ['19 00ff', 'not-minimal'],
    ['1a 0000ffff', 'not-minimal'],
    ['1b 00000000ffffffff', 'not-minimal'],
    ['38 17', 'not-minimal'],
    ['58 01 00', 'not-minimal'],
    ['1c', 'unsupported-type'],
    ['1f', 'indefinite-length'],
    ['5f 41 00 ff', 'indefinite-length'],
    ['7f ff', 'indefinite-length'],
    ['9f ff', 'indefinite-length'],
    ['bf ff', 'indefinite-length'],
    ['ff', 'indefinite-length'],
    ['c0 60', 'unsupported-type'],
    ['d82a 41 00', 'unsupported-type'],
    ['f7', 'unsupported-type'],
    ['e0', 'unsupported-type'],
    ['f8 ff', 'unsupported-type'],
    ['f9 3c00', 'unsupported-type'],
    ['fa 3fc00000', 'unsupported-type'],
    ['fb 7ff8000000000000', 'float-not-finite'],
    ['fb 7ff0000000000000', 'float-not-finite'],
    ['fb fff0000000000000', 'float-not-finite'],
    ['fb 3ff0000000000000', 'float-integral'],
    ['fb 8000000000000000', 'float-integral'],
    ['61 ff', 'invalid-text'],
    ['63 eda080', 'invalid-text'],
    ['62 c080', 'invalid-text'],
    ['a1 01 01', 'map-key'],
    ['a1 41 61 01', 'map-key'],
    ['a2 6162 01 6161 02', 'map-order'],
    ['a2 626161 01 6162 02', 'map-order'],
    ['a2 6161 01 6161 02', 'duplicate-key'],
    ['9b 7fffffffffffffff', 'truncated'],
    ['9a ffffffff 01', 'truncated'],
    ['bb ffffffffffffffff', 'truncated'],
    ['5a 7fffffff 00', 'truncated'],
    ['7b ffffffffffffffff 00', 'truncated'],
    ['82 01', 'truncated'],
    ['fb 00', 'truncated'],
  ])('%s is refused: %s', (bytes, code) => {
    expect(hex(bytes.replaceAll(' ', ''))).toBe(code);
  });

  test('depth and size are bounded, in both directions', () => {
    const nested = (depth: number): Uint8Array => new Uint8Array(depth + 1).fill(0x81, 0, depth);
    expect(codeOf(() => decode(nested(32)))).toBe('accepted');
    expect(codeOf(() => decode(nested(33)))).toBe('too-deep');
    const emptyInside = (depth: number): Uint8Array => nested(depth - 1).with(depth - 1, 0x80);
    expect(codeOf(() => decode(emptyInside(32)))).toBe('accepted');
    expect(codeOf(() => decode(emptyInside(33)))).toBe('too-deep');
    expect(codeOf(() => decode(nested(1_000_000)))).toBe('too-deep');
    expect(codeOf(() => decode(nested(3), { depthMax: 2 }))).toBe('too-deep');
    expect(codeOf(() => decode(new Uint8Array(11), { bytesMax: 10 }))).toBe('too-large');
    const ring: CborValue[] = [];
    ring.push(ring);
    expect(codeOf(() => encode(ring))).toBe('too-deep');
  });

  test('integers keep their value over the whole range', () => {
    const cases = [
      [0, '00'],
      [-1, '20'],
      [2 ** 53 - 1, '1b001fffffffffffff'],
      [2n ** 53n, '1b0020000000000000'],
      [2n ** 64n - 1n, '1bffffffffffffffff'],
      [-(2 ** 53 - 1), '3b001ffffffffffffe'],
      [-(2n ** 53n), '3b001fffffffffffff'],
      [-(2n ** 64n), '3bffffffffffffffff'],
    ] as const;
    for (const [value, bytes] of cases) {
      expect(toHex(encode(value))).toBe(bytes);
      expect(decode(fromHex(bytes))).toBe(value);
    }
    expect(toHex(encode(5n))).toBe('05');
    expect(codeOf(() => encode(2n ** 64n))).toBe('integer-range');
    expect(codeOf(() => encode(-(2n ** 64n) - 1n))).toBe('integer-range');
  });

  test('beyond 2^53−1 an integer and the double of the same value are two values', () => {
    const pairs = [
      [2n ** 53n, '1b0020000000000000', 2 ** 53, 'fb4340000000000000'],
      [-(2n ** 53n), '3b001fffffffffffff', -(2 ** 53), 'fbc340000000000000'],
      [2n ** 63n, '1b8000000000000000', 2 ** 63, 'fb43e0000000000000'],
      [-(2n ** 64n), '3bffffffffffffffff', -(2 ** 64), 'fbc3f0000000000000'],
    ] as const;
    for (const [integer, integerBytes, double, doubleBytes] of pairs) {
      for (const [value, bytes] of [
        [integer, integerBytes],
        [double, doubleBytes],
      ] as const) {
        expect(decode(fromHex(bytes))).toBe(value);
        expect(toHex(encode(value))).toBe(bytes);
      }
    }
    expect(hex('fb433fffffffffffff')).toBe('float-integral');
    expect(hex('fbc33fffffffffffff')).toBe('float-integral');
  });

  test('what is no value of the subset is not encoded', () => {
    const refused: [unknown, string][] = [
      [undefined, 'unsupported-type'],
      [{ a: undefined }, 'unsupported-type'],
      [() => 1, 'unsupported-type'],
      [new Map(), 'unsupported-type'],
      [Number.NaN, 'float-not-finite'],
      [Number.POSITIVE_INFINITY, 'float-not-finite'],
      ['\ud800', 'invalid-text'],
      [{ '\udc00': 1 }, 'invalid-text'],
    ];
    for (const [value, code] of refused) expect(codeOf(() => encode(value as CborValue))).toBe(code);
  });

  test('keys that mean something to JavaScript or to IPLD are plain keys', () => {
    const bytes = encode(
      Object.fromEntries([
        ['__proto__', { polluted: 1 }],
        ['constructor', 2],
      ]),
    );
    const map = decode(bytes) as { readonly [key: string]: CborValue };
    expect(Object.keys(map)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect((map as { polluted?: number }).polluted).toBeUndefined();
    expect(toHex(encode(map))).toBe(toHex(bytes));
    const linkLike = encode({ '/': 'x', bytes: 'x' });
    expect(toHex(encode(decode(linkLike)))).toBe(toHex(linkLike));
  });

  test('keys are ordered by UTF-8 length, then by bytes, not by UTF-16 units', () => {
    const keys = ['b', 'aa', 'é', '\uffff', '\u{10000}', 'z', ''];
    expect(keys.toSorted(compareKeys)).toEqual(['', 'b', 'z', 'aa', 'é', '\uffff', '\u{10000}']);
    fc.assert(
      fc.property(wellFormed, wellFormed, (a, b) => {
        const [x, y] = [Buffer.from(a), Buffer.from(b)];
        expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(x.length - y.length || Buffer.compare(x, y)));
      }),
    );
  });

  test('decoded bytes are copies, also out of a Node buffer', () => {
    const input = Buffer.from('4201ff', 'hex');
    const bytes = decode(input) as Uint8Array;
    input.fill(0);
    expect([...bytes]).toEqual([1, 255]);
    expect(bytes).not.toBeInstanceOf(Buffer);
  });

  test('fields of a map are read as the whole map is, or not at all', () => {
    const keys = ['b', 'aa', 'ccc'];
    const changed = fc.option(fc.tuple(fc.nat(), fc.nat(255)), { nil: undefined });
    fc.assert(
      fc.property(cborValue, cborValue, cborValue, changed, (b, aa, ccc, change) => {
        const bytes = encode({ ccc, aa, b });
        if (change !== undefined) bytes[change[0] % bytes.length] = change[1];
        const limits = { depthMax: 6, itemsMax: 40 };
        const code = codeOf(() => decode(bytes, limits));
        const values = decodeFields(bytes, keys, limits);
        if (values !== undefined) {
          expect(code).toBe('accepted');
          expect(Object.fromEntries(keys.map((key, i) => [key, values[i]]))).toEqual(decode(bytes, limits));
        } else if (code === 'accepted') {
          expect(Object.keys(decode(bytes, limits) as object)).not.toEqual(keys);
        }
        expect(decodeFields(bytes, ['b', 'aa'], limits)).toBeUndefined();
        expect(decodeFields(bytes, keys, { bytesMax: bytes.length - 1 })).toBeUndefined();
      }),
    );
  });

  test('fields that are bytes are views of the input, bytes inside them are copies', () => {
    const input = Buffer.concat([Buffer.of(0), encode({ a: Uint8Array.of(1), b: [Uint8Array.of(1)] })]);
    const [a, b] = decodeFields(input.subarray(1), ['a', 'b']) as [Uint8Array, [Uint8Array]];
    input.fill(2);
    expect(a).toEqual(Uint8Array.of(2));
    expect(b[0]).toEqual(Uint8Array.of(1));
  });

  test('a byte order mark is a character like any other', () => {
    expect(decode(encode('\ufeffa'))).toBe('\ufeffa');
  });
});

const linksWithin = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  if ('asCID' in value) return true;
  return Object.values(value).some(linksWithin);
};

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes, equalBytes, fromBase64Url, fromHex, toBase64Url, toHex } from './hex.ts';

test('hex and base64url agree with Node and read back', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
      expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
      expect(fromHex(toHex(bytes))).toEqual(bytes);
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
    }),
  );
});

test('hex of many bytes agrees with Node', () => {
  const bytes = Uint8Array.from({ length: 5_000 }, (_, index) => (index * 7) % 256);
  expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
});

test('the first digit that is none is named', () => {
  expect(() => fromHex('00zz0g')).toThrow(
    expect.objectContaining({
      code: 'invalid-digits',
      facts: expect.objectContaining({ path: 'digit 2', got: 'z' }),
    }),
  );
});

test.each(['0', 'AA', '0g', ' 0', '0x00', 'é0'])('hex %j is refused', (text) => {
  expect(() => fromHex(text)).toThrow();
});

test.each(['A', 'AB=', 'AB==', 'A+', 'A/', 'A B', 'AB', 'AAB', 'é'])('base64url %j is refused', (text) => {
  expect(() => fromBase64Url(text)).toThrow();
});

test('bytes are compared and joined', () => {
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false);
  expect(concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(
    Uint8Array.of(1, 2, 3),
  );
});

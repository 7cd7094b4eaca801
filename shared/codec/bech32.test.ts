import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBech32, toBech32 } from './bech32.ts';
import { CodecError } from './codec-error.ts';
import { fromHex, toHex } from './hex.ts';

const faultOf = (text: string): string => {
  try {
    fromBech32(text);
    return 'none';
  } catch (error) {
    if (error instanceof CodecError) return error.code;
    throw error;
  }
};

describe('bech32', () => {
  test('any bytes come back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const text = toBech32('age', bytes);
        expect(fromBech32(text)).toEqual({ prefix: 'age', bytes });
        expect(fromBech32(text.toUpperCase())).toEqual({ prefix: 'age', bytes });
      }),
    );
  });

  /** BIP-173: the witness program of the first example of its address format, version left out. */
  test('the checksum is that of BIP-173', () => {
    expect(toBech32('a', new Uint8Array())).toBe('a12uel5l');
    const words = 'abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw';
    expect(toHex(fromBech32(words).bytes)).toBe('00443214c74254b635cf84653a56d7c675be77df');
    expect(toBech32('abcdef', fromHex('00443214c74254b635cf84653a56d7c675be77df'))).toBe(words);
  });

  test('keys of age are read as age writes them', async () => {
    const secret = await generateX25519Identity();
    const { prefix, bytes } = fromBech32(secret);
    expect([prefix, bytes.length]).toEqual(['age-secret-key-', 32]);
    expect(toBech32(prefix, bytes).toUpperCase()).toBe(secret);
    const recipient = await identityToRecipient(secret);
    expect(toBech32('age', fromBech32(recipient).bytes)).toBe(recipient);
  });

  test.each([
    ['no border', 'qqqqqqqq', 'wrong-length'],
    ['no prefix', '1qqqqqqq', 'wrong-length'],
    ['too short for a checksum', 'a1qqqqq', 'wrong-length'],
    ['two cases', 'A12uel5l', 'invalid-digits'],
    ['a letter that is none', 'a12uel5b', 'invalid-digits'],
    ['a wrong checksum', 'a12uel5q', 'wrong-value'],
    ['bits left over', 'age1qpu0j2ex', 'invalid-digits'],
    ['a group that fills no byte', 'age1qdd35qf', 'invalid-digits'],
  ])('%s', (_, text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });
});

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, test } from 'vitest';
import { adversarialCases, smallOrderEncodings } from '../../test/support/ed25519-cases.ts';
import { vectorFolder } from '../../test/vectors.ts';
import { concatBytes, fromHex, toHex } from '../codec/hex.ts';
import {
  isAcceptableKey,
  makeWebCryptoVerifier,
  preCheck,
  publicKeyOf,
  type SubtleVerifier,
  signNoble,
  verifyNoble,
} from './ed25519.ts';

const { Point } = ed25519;

const subtle = globalThis.crypto.subtle as unknown as SubtleVerifier<unknown>;
const verifyWebCrypto = makeWebCryptoVerifier(subtle);
const libsodium = createRequire(import.meta.url)('sodium-native') as {
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean;
};
/** libsodium without our pre-check; it reads lengths that it is not given. */
const verifySodium = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean =>
  key.length === 32 &&
  signature.length === 64 &&
  libsodium.crypto_sign_verify_detached(signature, message, key);

describe('Ed25519 under the one rule', () => {
  const vectors = vectorFolder('ed25519-wycheproof');
  test.skipIf(vectors === undefined)('every Wycheproof vector, by every verifier', async () => {
    const file = JSON.parse(readFileSync(new URL('ed25519_test.json', vectors), 'utf8')) as {
      testGroups: {
        publicKey: { pk: string };
        tests: { tcId: number; msg: string; sig: string; result: string }[];
      }[];
    };
    let count = 0;
    for (const group of file.testGroups) {
      const key = fromHex(group.publicKey.pk);
      for (const { tcId, msg, sig, result } of group.tests) {
        const [message, signature] = [fromHex(msg), fromHex(sig)];
        const valid = result === 'valid';
        expect(verifyNoble(key, message, signature), `noble ${tcId}`).toBe(valid);
        expect(await verifyWebCrypto(key, message, signature), `WebCrypto ${tcId}`).toBe(valid);
        expect(preCheck(key, signature) && verifySodium(key, message, signature), `sodium ${tcId}`).toBe(
          valid,
        );
        count += 1;
      }
    }
    console.log(`ed25519 wycheproof: ${count}/151 agree (noble, WebCrypto, libsodium)`);
    expect(count).toBe(151);
  });

  test('adversarial signatures: noble, WebCrypto and libsodium agree on each', async () => {
    const cases = adversarialCases();
    let accepted = 0;
    const differing: string[] = [];
    for (const { name, key, message, signature } of cases) {
      const bySodium = verifySodium(key, message, signature);
      const byNoble = verifyNoble(key, message, signature);
      const byWebCrypto = await verifyWebCrypto(key, message, signature);
      if (bySodium !== byNoble || byNoble !== byWebCrypto)
        differing.push(`${name}: ${bySodium} ${byNoble} ${byWebCrypto}`);
      if (byNoble) accepted += 1;
    }
    console.log(
      `ed25519 adversarial: ${cases.length} cases, ${accepted} accepted, ${differing.length} differ`,
    );
    expect(differing).toEqual([]);
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThan(cases.length / 2);
  }, 120_000);

  test('what is signed verifies, and no other message, key or length does', () => {
    const seed = new Uint8Array(32).fill(7);
    const key = publicKeyOf(seed);
    const message = Uint8Array.of(1, 2, 3);
    const signature = signNoble(seed, message);
    expect(verifyNoble(key, message, signature)).toBe(true);
    expect(verifyNoble(key, Uint8Array.of(1, 2), signature)).toBe(false);
    expect(verifyNoble(publicKeyOf(new Uint8Array(32)), message, signature)).toBe(false);
    expect(verifyNoble(key, message, concatBytes(signature, Uint8Array.of(0)))).toBe(false);
    expect(verifyNoble(key.subarray(1), message, signature)).toBe(false);
  });

  test('keys that are registered are points of prime order', () => {
    expect(isAcceptableKey(toHex(publicKeyOf(new Uint8Array(32))))).toBe(true);
    expect(isAcceptableKey(toHex(publicKeyOf(new Uint8Array(32))).toUpperCase())).toBe(false);
    expect(isAcceptableKey('00')).toBe(false);
    expect(isAcceptableKey('02'.padEnd(64, '0'))).toBe(false); // not on the curve
    for (const small of smallOrderEncodings()) expect(isAcceptableKey(toHex(small))).toBe(false);
    const torsion = Point.fromBytes(
      fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
    );
    expect(isAcceptableKey(Point.BASE.add(torsion).toHex())).toBe(false);
  });
});

test('a host imports each key once, and one that is no point never', async () => {
  const imported: string[] = [];
  const host: SubtleVerifier<string> = {
    importKey: async (_format, key) => {
      imported.push(toHex(key));
      return 'imported';
    },
    verify: async () => true,
  };
  const verify = makeWebCryptoVerifier(host);
  const key = publicKeyOf(new Uint8Array(32).fill(1));
  const signature = signNoble(new Uint8Array(32).fill(1), new Uint8Array());
  // y = 2 is not on the curve.
  const noPoint = new Uint8Array(32).with(0, 2);
  for (let round = 0; round < 3; round++) {
    expect(await verify(key, new Uint8Array(), signature)).toBe(true);
    expect(await verify(noPoint, new Uint8Array(), signature)).toBe(false);
  }
  expect(imported).toEqual([toHex(key)]);
});

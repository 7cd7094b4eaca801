import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { describe, expect, test } from 'vitest';
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
const order = Point.Fn.ORDER;
const fieldPrime = 2n ** 255n - 19n;

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

const littleEndian = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(64, '0')).reverse();
const scalarOf = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes.toReversed()) || '0'}`);
const challenge = (r: Uint8Array, key: Uint8Array, message: Uint8Array): bigint =>
  scalarOf(sha512(concatBytes(r, key, message))) % order;

interface Case {
  readonly name: string;
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** The eight points of small order, in every encoding: both sign bits, and y + p where that fits. */
const smallOrderEncodings = (): Uint8Array[] => {
  const torsion = Point.fromBytes(
    fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
  );
  const encodings = new Map<string, Uint8Array>();
  let point = Point.ZERO;
  for (let i = 0; i < 8; i++) {
    for (const y of [point.y, point.y + fieldPrime].filter((y) => y < 2n ** 255n)) {
      for (const sign of [0n, 1n]) {
        const bytes = littleEndian(y + (sign << 255n));
        encodings.set(toHex(bytes), bytes);
      }
    }
    point = point.add(torsion);
  }
  return [...encodings.values()];
};

/** Signatures that some verifiers accept and others do not. */
const adversarialCases = (): Case[] => {
  const cases: Case[] = [];
  const torsion = Point.fromBytes(smallOrderEncodings().find((bytes) => toHex(bytes).startsWith('26e8'))!);
  const secret = 0x1234567890abcdefn;
  const nonce = 0xfedcba987654321n;
  const messages = Array.from({ length: 6 }, (_, i) => Uint8Array.of(i, 7));
  const add = (name: string, key: Uint8Array, r: Uint8Array, s: bigint, message: Uint8Array): void => {
    cases.push({ name, key, message, signature: concatBytes(r, littleEndian(s)) });
  };
  for (const message of messages) {
    for (let keyTorsion = 0; keyTorsion < 8; keyTorsion++) {
      for (let rTorsion = 0; rTorsion < 8; rTorsion++) {
        const times = (n: number) =>
          Array.from({ length: n }).reduce<typeof torsion>((p) => p.add(torsion), Point.ZERO);
        const key = Point.BASE.multiply(secret).add(times(keyTorsion)).toBytes();
        const r = Point.BASE.multiply(nonce).add(times(rTorsion)).toBytes();
        const s = (nonce + challenge(r, key, message) * secret) % order;
        add(`mixed order: A + ${keyTorsion}T, R + ${rTorsion}T`, key, r, s, message);
      }
    }
    const key = Point.BASE.multiply(secret).toBytes();
    const r = Point.BASE.multiply(nonce).toBytes();
    const s = (nonce + challenge(r, key, message) * secret) % order;
    for (let multiple = 0n; s + multiple * order < 2n ** 256n; multiple++) {
      add(`S + ${multiple}L`, key, r, s + multiple * order, message);
    }
    for (const small of smallOrderEncodings()) {
      const k = challenge(small, key, message);
      add(`small-order R ${toHex(small)}`, key, small, (k * secret) % order, message);
      const kSmall = challenge(r, small, message);
      add(`small-order A ${toHex(small)}`, small, r, nonce, message);
      add(`small-order A, reduced ${kSmall}`, small, r, (nonce + kSmall) % order, message);
      for (const other of smallOrderEncodings()) add('small-order A and R', small, other, 0n, message);
    }
  }
  for (let offset = 0n; offset < 19n; offset++) {
    for (const sign of [0n, 1n]) {
      const bytes = littleEndian(fieldPrime + offset + (sign << 255n));
      const key = Point.BASE.multiply(secret).toBytes();
      const k = challenge(bytes, key, messages[0]!);
      add(`non-canonical R, p + ${offset}`, key, bytes, (k * secret) % order, messages[0]!);
      add(`non-canonical A, p + ${offset}`, bytes, Point.BASE.toBytes(), 1n, messages[0]!);
    }
  }
  return cases;
};

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

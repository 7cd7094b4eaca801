/** Signatures on which verifiers of Ed25519 are known to differ, for tests of the one rule. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, fromHex, toHex } from '../../shared/codec/hex.ts';

const { Point } = ed25519;
const order = Point.Fn.ORDER;
const fieldPrime = 2n ** 255n - 19n;

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
export const smallOrderEncodings = (): Uint8Array[] => {
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
export const adversarialCases = (): Case[] => {
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

/** Changes to bytes that know nothing of what they mean. */
import type { Prng } from '../../node/sim/prng.ts';
import { concatBytes } from '../../shared/codec/hex.ts';

/** Heads of CBOR, ends of ranges, and what text formats trip over. */
const interesting: readonly number[] = [
  0x00, 0x01, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1f, 0x20, 0x3b, 0x40, 0x58, 0x5b, 0x60, 0x7b, 0x7f, 0x80, 0x9b,
  0x9f, 0xa0, 0xbb, 0xbf, 0xc0, 0xd8, 0xf4, 0xf6, 0xf9, 0xfb, 0xfe, 0xff, 0x22, 0x5c, 0x0a, 0x0d, 0x2c, 0x3a,
];

type Change = (bytes: Uint8Array, random: Prng, other: Uint8Array) => Uint8Array;

const at = (bytes: Uint8Array, random: Prng): number => random.below(bytes.length + 1);
const spliced = (bytes: Uint8Array, from: number, to: number, middle: Uint8Array): Uint8Array =>
  concatBytes(bytes.subarray(0, from), middle, bytes.subarray(to));
const someBytes = (random: Prng, count: number): Uint8Array =>
  Uint8Array.from({ length: count }, () =>
    random.chance(0.5) ? random.pick(interesting) : random.below(256),
  );
const withByte = (bytes: Uint8Array, random: Prng, change: (byte: number) => number): Uint8Array => {
  const changed = bytes.slice();
  const index = random.below(bytes.length);
  changed[index] = change(bytes[index] ?? 0);
  return changed;
};

const changes: readonly Change[] = [
  (bytes, random) => withByte(bytes, random, (byte) => byte ^ (1 << random.below(8))),
  (bytes, random) => withByte(bytes, random, (byte) => byte + (random.chance(0.5) ? 1 : -1)),
  (bytes, random) => withByte(bytes, random, () => random.pick(interesting)),
  (bytes, random) => withByte(bytes, random, () => random.below(256)),
  (bytes, random) => {
    const from = at(bytes, random);
    return spliced(bytes, from, from, someBytes(random, 1 + random.below(9)));
  },
  (bytes, random) => {
    const from = at(bytes, random);
    return spliced(bytes, from, Math.min(bytes.length, from + 1 + random.below(16)), new Uint8Array());
  },
  (bytes, random) => bytes.subarray(0, at(bytes, random)),
  (bytes, random) => {
    const from = at(bytes, random);
    const copied = bytes.subarray(from, from + 1 + random.below(64));
    const to = at(bytes, random);
    return spliced(bytes, to, to, copied);
  },
  (bytes, random, other) => {
    const from = at(other, random);
    const taken = other.subarray(from, from + 1 + random.below(128));
    const to = at(bytes, random);
    return spliced(bytes, to, Math.min(bytes.length, to + random.below(2) * taken.length), taken);
  },
];

export const mutateBytes = (bytes: Uint8Array, random: Prng, other: Uint8Array): Uint8Array =>
  random.pick(changes)(bytes.length === 0 ? Uint8Array.of(0) : bytes, random, other);

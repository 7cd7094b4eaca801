/** SHA-256 over parts one after the other, put together in one buffer that serves all short inputs. */
import { concatBytes } from '../codec/hex.ts';
import { sha256, sha256Hex, sha256Into } from './sha256.ts';

const buffer = new Uint8Array(4096);
/** Views of its beginning, by length: most inputs have one of a few lengths. */
const views: Uint8Array[] = [];
const viewOf = (length: number): Uint8Array => (views[length] ??= buffer.subarray(0, length));
const nothing = new Uint8Array(0);

/** Valid until the next call. */
const together = (first: Uint8Array, second: Uint8Array, third: Uint8Array): Uint8Array => {
  const length = first.length + second.length + third.length;
  if (length > buffer.length) return concatBytes(first, second, third);
  buffer.set(first, 0);
  buffer.set(second, first.length);
  if (third.length > 0) buffer.set(third, first.length + second.length);
  return viewOf(length);
};

export const sha256Parts = (first: Uint8Array, second: Uint8Array, third: Uint8Array = nothing): Uint8Array =>
  sha256(together(first, second, third));

/** The same as lower-case hex. */
export const sha256PartsHex = (first: Uint8Array, second: Uint8Array): string =>
  sha256Hex(together(first, second, nothing));

/** The same as 32 bytes of `target` from `at` on. */
export const sha256PartsInto = (
  first: Uint8Array,
  second: Uint8Array,
  target: Uint8Array,
  at: number,
): void => sha256Into(together(first, second, nothing), target, at);

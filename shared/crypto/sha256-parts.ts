/** SHA-256 over parts one after the other, put together in one buffer that serves all short inputs. */
import { concatBytes } from '../codec/hex.ts';
import { sha256 } from './sha256.ts';

const buffer = new Uint8Array(4096);
/** Views of its beginning, by length: most inputs have one of a few lengths. */
const views: Uint8Array[] = [];
const viewOf = (length: number): Uint8Array => (views[length] ??= buffer.subarray(0, length));

export const sha256Parts = (first: Uint8Array, second: Uint8Array, third?: Uint8Array): Uint8Array => {
  const length = first.length + second.length + (third?.length ?? 0);
  if (length > buffer.length) return sha256(concatBytes(first, second, third ?? new Uint8Array(0)));
  buffer.set(first, 0);
  buffer.set(second, first.length);
  if (third !== undefined) buffer.set(third, first.length + second.length);
  return sha256(viewOf(length));
};

/** Lists of byte strings as one byte string: for each item its length (unsigned LEB128) and its bytes. */

const concatenated = (parts: readonly Uint8Array[], bytes: number): Uint8Array => {
  const all = new Uint8Array(bytes);
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
};

export function packBytes(items: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (const item of items) {
    const length = packNumbers([item.length]);
    parts.push(length, item);
    bytes += length.length + item.length;
  }
  return concatenated(parts, bytes);
}

/** @returns undefined if the framing does not end where the bytes end. Items are views, not copies. */
export function unpackBytes(packed: Uint8Array): Uint8Array[] | undefined {
  const items: Uint8Array[] = [];
  const cursor = { offset: 0 };
  while (cursor.offset < packed.length) {
    const length = readNumber(packed, cursor);
    if (length === undefined || cursor.offset + length > packed.length) return undefined;
    items.push(packed.subarray(cursor.offset, cursor.offset + length));
    cursor.offset += length;
  }
  return items;
}

/** Non-negative safe integers as unsigned LEB128, one after the other. */
export function packNumbers(numbers: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (let number of numbers) {
    while (number >= 0x80) {
      bytes.push((number % 0x80) + 0x80);
      number = Math.floor(number / 0x80);
    }
    bytes.push(number);
  }
  return Uint8Array.from(bytes);
}

/** @returns undefined if the bytes end inside a number, or one is beyond 2^53−1. */
export function unpackNumbers(packed: Uint8Array): number[] | undefined {
  const numbers: number[] = [];
  const cursor = { offset: 0 };
  while (cursor.offset < packed.length) {
    const number = readNumber(packed, cursor);
    if (number === undefined) return undefined;
    numbers.push(number);
  }
  return numbers;
}

export function readNumber(packed: Uint8Array, cursor: { offset: number }): number | undefined {
  let number = 0;
  for (let scale = 1; ; scale *= 0x80) {
    const byte = packed[cursor.offset++];
    if (byte === undefined || scale > 2 ** 49) return undefined;
    number += (byte & 0x7f) * scale;
    if (byte < 0x80) return Number.isSafeInteger(number) ? number : undefined;
  }
}

/** Lists of byte strings as one byte string: for each item its length (unsigned LEB128) and its bytes. */

export function packBytes(items: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const item of items) length += sizeOfNumber(item.length) + item.length;
  const packed = new Uint8Array(length);
  let at = 0;
  for (const item of items) {
    at = writeNumber(packed, at, item.length);
    packed.set(item, at);
    at += item.length;
  }
  return packed;
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
  let length = 0;
  for (const number of numbers) length += sizeOfNumber(number);
  const packed = new Uint8Array(length);
  let at = 0;
  for (const number of numbers) at = writeNumber(packed, at, number);
  return packed;
}

export function sizeOfNumber(number: number): number {
  let size = 1;
  for (let rest = number; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

/** @returns where the next one goes. */
export function writeNumber(bytes: Uint8Array, at: number, number: number): number {
  let end = at;
  let rest = number;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[end++] = (rest % 0x80) + 0x80;
  bytes[end++] = rest;
  return end;
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

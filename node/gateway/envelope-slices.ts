/**
 * Cuts envelopes out of CBOR without decoding them: only heads are read (RFC 8949, section 3), definite lengths
 * only. What a slice holds is judged by the strict decoder later.
 */
import { ProblemError } from './http/problem-error.ts';
import type { SubmittedEnvelopes } from './submission-reader.ts';

const major = { bytes: 2, text: 3, array: 4, map: 5 } as const;
const depthMax = 32;

interface Head {
  readonly major: number;
  readonly argument: number;
  /** Offset after the head. */
  readonly end: number;
}

/** @throws ProblemError `malformed-cbor`, `too-large` */
export function sliceEnvelopes(bytes: Uint8Array, envelopesMax: number): SubmittedEnvelopes {
  const outer = readHead(bytes, 0);
  if (outer.major === major.map) return { envelopes: [bytes], many: false };
  if (outer.major !== major.array) throw malformed(0, 'a map or an array of envelopes');
  if (outer.argument > envelopesMax) {
    const facts = { envelopes: outer.argument, envelopesMax };
    throw new ProblemError('too-large', `One request takes ${envelopesMax} envelopes at most.`, facts);
  }
  return { envelopes: readItems(bytes, outer), many: true };
}

function readItems(bytes: Uint8Array, outer: Head): readonly Uint8Array[] {
  if (outer.argument === 0) throw malformed(0, 'at least one envelope');
  const envelopes: Uint8Array[] = [];
  let offset = outer.end;
  for (let index = 0; index < outer.argument; index++) {
    const head = readHead(bytes, offset);
    const end = skipItem(bytes, offset, 0);
    if (head.major === major.bytes) envelopes.push(bytes.subarray(head.end, end));
    else if (head.major === major.map) envelopes.push(bytes.subarray(offset, end));
    else throw malformed(offset, 'an envelope: a map, or a byte string that holds one');
    offset = end;
  }
  if (offset !== bytes.length) throw malformed(offset, 'the end of the body');
  return envelopes;
}

/** @returns the offset after the item */
function skipItem(bytes: Uint8Array, offset: number, depth: number): number {
  if (depth > depthMax) throw malformed(offset, `at most ${depthMax} levels`);
  const head = readHead(bytes, offset);
  if (head.major === major.bytes || head.major === major.text) return within(bytes, head.end + head.argument);
  if (head.major !== major.array && head.major !== major.map) return head.end;
  const items = head.major === major.map ? head.argument * 2 : head.argument;
  let end = head.end;
  for (let item = 0; item < items; item++) end = skipItem(bytes, end, depth + 1);
  return end;
}

function readHead(bytes: Uint8Array, offset: number): Head {
  const first = bytes[offset];
  if (first === undefined) throw malformed(offset, 'more bytes');
  const info = first & 31;
  if (info < 24) return { major: first >> 5, argument: info, end: offset + 1 };
  if (info > 27) throw malformed(offset, 'a definite length');
  const size = 2 ** (info - 24);
  const end = within(bytes, offset + 1 + size);
  let argument = 0;
  for (let at = offset + 1; at < end; at++) argument = argument * 256 + (bytes[at] ?? 0);
  return { major: first >> 5, argument, end };
}

function within(bytes: Uint8Array, end: number): number {
  if (end > bytes.length) throw malformed(bytes.length, 'more bytes');
  return end;
}

function malformed(offset: number, expected: string): ProblemError {
  return new ProblemError('malformed-cbor', `At byte ${offset}: expected ${expected}.`, { offset, expected });
}

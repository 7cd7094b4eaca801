/**
 * Events repeat what their envelope says: canonical CBOR of the same value is the same bytes. They are kept as
 * copies out of the envelope with literals between, so that event data is stored once.
 * Format: LEB128 length·2 and that many bytes, or length·2+1 and the LEB128 offset in the envelope; repeated.
 */
import { readNumber, writeNumber } from './framing.ts';

const probeBytes = 16;
const strideBytes = 8;
/** A copy takes no more room than the `probeBytes` events at least that it stands for; this is for the last literal. */
const headBytesMax = 16;

/** Serves one list of events after the other. */
let scratch = new Uint8Array(4_096);

export function deflateEvents(events: Uint8Array, envelope: Uint8Array): Uint8Array {
  const source = Buffer.from(envelope.buffer, envelope.byteOffset, envelope.length);
  if (scratch.length < events.length + headBytesMax)
    scratch = new Uint8Array(2 * (events.length + headBytesMax));
  let end = 0;
  let literalFrom = 0;
  let at = 0;
  while (at + probeBytes <= events.length) {
    const found = source.indexOf(events.subarray(at, at + probeBytes));
    if (found < 0) {
      at += strideBytes;
      continue;
    }
    const match = extend(events, envelope, at, found, literalFrom);
    end = writeLiteral(scratch, end, events, literalFrom, match.at);
    end = writeNumber(scratch, end, match.length * 2 + 1);
    end = writeNumber(scratch, end, match.offset);
    at = match.at + match.length;
    literalFrom = at;
  }
  end = writeLiteral(scratch, end, events, literalFrom, events.length);
  return scratch.slice(0, end);
}

/** The events from `from` up to, not including, `to`. @returns where the next piece goes. */
function writeLiteral(target: Uint8Array, at: number, events: Uint8Array, from: number, to: number): number {
  if (from === to) return at;
  const start = writeNumber(target, at, (to - from) * 2);
  for (let offset = 0; offset < to - from; offset += 1) target[start + offset] = events[from + offset]!;
  return start + to - from;
}

/** Grows a match of `probeBytes` in both directions, not back beyond what is already written. */
function extend(events: Uint8Array, envelope: Uint8Array, at: number, found: number, from: number) {
  let back = 0;
  while (at - back > from && found - back > 0 && events[at - back - 1] === envelope[found - back - 1]) back++;
  let ahead = probeBytes;
  while (
    at + ahead < events.length &&
    found + ahead < envelope.length &&
    events[at + ahead] === envelope[found + ahead]
  )
    ahead++;
  return { at: at - back, offset: found - back, length: back + ahead };
}

/** @returns undefined if the bytes are not such a list of pieces of this envelope. */
export function inflateEvents(stored: Uint8Array, envelope: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  const cursor = { offset: 0 };
  while (cursor.offset < stored.length) {
    const head = readNumber(stored, cursor);
    if (head === undefined) return undefined;
    const length = Math.floor(head / 2);
    const copied = head % 2 === 1;
    const from = copied ? readNumber(stored, cursor) : cursor.offset;
    const bytes = copied ? envelope : stored;
    if (from === undefined || from + length > bytes.length) return undefined;
    parts.push(bytes.subarray(from, from + length));
    if (!copied) cursor.offset += length;
  }
  return Buffer.concat(parts);
}

/**
 * Events of a stream never change once they are there. A part of a snapshot thus need not hold them: it names them by
 * slices, which state can give at any later height (docs/decisions/009).
 */
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { listOf, readCount, readMap, readText } from '../../shared/codec/structure.ts';

/** Revisions `from` up to, not including, `to`. */
export interface EventSlice {
  /** Which of the piece's leaves binds them. */
  readonly leaf: number;
  readonly stream: string;
  readonly from: number;
  readonly to: number;
}

/** A slice begins at a multiple of so many events, and has so many unless the stream ends. Equal on all nodes. */
export const sliceEvents = 1_024;

/** Where the slice begins that has this revision. */
export const sliceBegin = (revision: number, size: number = sliceEvents): number =>
  revision - (revision % size);

/** All events of a stream that has `count` of them. */
export function slicesOf(
  { leaf, stream, count }: { readonly leaf: number; readonly stream: string; readonly count: number },
  size: number = sliceEvents,
): readonly EventSlice[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, index) => ({
    leaf,
    stream,
    from: index * size,
    to: Math.min((index + 1) * size, count),
  }));
}

const slicesMax = 2 ** 20;

export const encodeSlices = (slices: readonly EventSlice[]): Uint8Array =>
  encode(slices.map(({ leaf, stream, from, to }) => ({ leaf, stream, from, to })));

/** @throws CodecError */
export const decodeSlices = (bytes: Uint8Array): readonly EventSlice[] =>
  listOf(decode(bytes), 'slices', slicesMax).map((value) => {
    const map = readMap(value, 'slice', ['leaf', 'stream', 'from', 'to']);
    return {
      leaf: readCount(map, 'leaf', 'slice'),
      stream: readText(map, 'stream', 'slice'),
      from: readCount(map, 'from', 'slice'),
      to: readCount(map, 'to', 'slice'),
    };
  });

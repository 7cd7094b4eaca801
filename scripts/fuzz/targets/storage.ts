/** Rows of the node's own files: damage is found by their checks, and what gets past one must not crash. */
import { decodeNumberCursor, encodeCursor } from '../../../node/storage/cursors.ts';
import { StorageError } from '../../../node/storage/errors.ts';
import { deflateEvents, inflateEvents } from '../../../node/storage/event-delta.ts';
import { packBytes, packNumbers, unpackBytes, unpackNumbers } from '../../../node/storage/framing.ts';
import {
  decodeSlotRecord,
  encodeSlotRecord,
  latestOnly,
  type SlotRecord,
  slotOf,
} from '../../../node/storage/vote-record-codec.ts';
import { equalBytes, toHex } from '../../../shared/codec/hex.ts';
import { heightOf } from '../../../shared/types/brands.ts';
import { accepted, bytesOf, PropertyBroken, refused, type Target, textOf } from '../target.ts';
import { codecTarget, expectSameBytes } from './codec-target.ts';
import { exampleMessages, examplePrepared } from './example-messages.ts';

const slotRecords: readonly SlotRecord[] = exampleMessages.flatMap((message): SlotRecord[] => {
  if (message.kind === 'seal') return [];
  if (message.kind === 'heartbeat') return [];
  const vote: SlotRecord = { kind: 'vote', vote: message.vote } as SlotRecord;
  return message.kind === 'view-change' || message.kind === 'new-view'
    ? [vote, { kind: message.kind, message } as SlotRecord]
    : [vote];
});
const preparedRecord = { kind: 'prepared', certificate: examplePrepared } as SlotRecord;
const orderedRecord = { kind: 'ordered', height: heightOf(7), batch: examplePrepared.batch } as SlotRecord;

const hasShape = (record: SlotRecord): boolean =>
  slotRecords.concat(preparedRecord, orderedRecord).some(({ kind }) => kind === record?.kind);

/** Lists of byte strings; a length has several encodings in LEB128, so that only values are compared. */
const framingTarget: Target = {
  name: 'stored-lists',
  form: 'bytes',
  open: () => ({
    corpus: [
      packBytes([Uint8Array.of(1, 2), new Uint8Array(200), new Uint8Array(0)]),
      packNumbers([0, 127, 128, 2 ** 32, Number.MAX_SAFE_INTEGER]),
    ],
    run: (input) => {
      const items = unpackBytes(input);
      const numbers = unpackNumbers(input);
      if (items !== undefined) {
        const again = unpackBytes(packBytes(items));
        const same =
          again?.length === items.length && again.every((item, index) => equalBytes(item, items[index]!));
        if (!same) throw new PropertyBroken('round-trip', toHex(input));
      }
      const unsafe = numbers?.find((number) => !Number.isSafeInteger(number) || number < 0);
      if (unsafe !== undefined) throw new PropertyBroken('round-trip', `number ${unsafe} of ${toHex(input)}`);
      return items === undefined && numbers === undefined
        ? refused('framing')
        : accepted(`${items?.length === 1}`);
    },
  }),
};

/** The first byte says how much of the input is the envelope; the rest is what a row holds. */
const eventDeltaTarget: Target = {
  name: 'stored-events',
  form: 'bytes',
  open: () => {
    const envelope = bytesOf('an envelope that repeats: abcdefghijklmnopqrstuvwxyz 0123456789 abcdefghij');
    const events = bytesOf('events: abcdefghijklmnopqrstuvwxyz 0123456789 and more');
    const withEnvelope = (stored: Uint8Array): Uint8Array =>
      Uint8Array.of(envelope.length, ...envelope, ...stored);
    return {
      corpus: [withEnvelope(deflateEvents(events, envelope)), withEnvelope(events)],
      run: (input) => {
        const split = 1 + Math.min(input[0] ?? 0, input.length - 1);
        const [source, rest] = [input.subarray(1, split), input.subarray(split)];
        const inflated = inflateEvents(deflateEvents(rest, source), source);
        if (inflated === undefined || !equalBytes(inflated, rest)) {
          throw new PropertyBroken('round-trip', toHex(input));
        }
        return inflateEvents(rest, source) === undefined ? refused('pieces') : accepted();
      },
    };
  },
};

const cursorTarget: Target = {
  name: 'cursor',
  form: 'text',
  open: () => ({
    corpus: [encodeCursor('blocks', 12), encodeCursor('blocks', 0), encodeCursor('streams', 'a/b')].map(
      bytesOf,
    ),
    run: (input) => {
      let place: number;
      try {
        place = decodeNumberCursor('blocks', textOf(input));
      } catch (error) {
        if (error instanceof StorageError) return refused(error.code);
        throw error;
      }
      expectSameBytes(bytesOf(encodeCursor('blocks', place)), input);
      return accepted();
    },
  }),
};

export const storageTargets: readonly Target[] = [
  codecTarget({
    name: 'vote-record',
    corpus: () => [...slotRecords, preparedRecord, orderedRecord].map(encodeSlotRecord),
    decode: decodeSlotRecord,
    encode: encodeSlotRecord,
    check: (record, bytes, known) => {
      // The row's check vouches for the shape; only whole records reach these.
      if (hasShape(record) && known.has(toHex(bytes))) {
        slotOf(record);
        latestOnly(record);
      }
    },
  }),
  framingTarget,
  eventDeltaTarget,
  cursorTarget,
];

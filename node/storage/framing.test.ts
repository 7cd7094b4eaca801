import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deflateEvents, inflateEvents } from './event-delta.ts';
import { packBytes, packNumbers, unpackBytes, unpackNumbers } from './framing.ts';

const bytes = fc.uint8Array({ maxLength: 300 });

it('lists of byte strings and of numbers come back as they were', () => {
  fc.assert(
    fc.property(fc.array(bytes), fc.array(fc.maxSafeNat()), (items, numbers) => {
      expect(unpackBytes(packBytes(items))).toEqual(items);
      expect(unpackNumbers(packNumbers(numbers))).toEqual(numbers);
    }),
  );
});

it('bytes that end too early are refused', () => {
  expect(unpackBytes(Uint8Array.of(5, 1, 2))).toBeUndefined();
  expect(unpackNumbers(Uint8Array.of(0x80))).toBeUndefined();
  expect(unpackNumbers(new Uint8Array(12).fill(0xff))).toBeUndefined();
});

it('events come back from the pieces that they share with their envelope', () => {
  const shared = fc.tuple(bytes, bytes, bytes, bytes, bytes);
  fc.assert(
    fc.property(shared, ([a, b, common, c, d]) => {
      const envelope = Buffer.concat([a, common, b]);
      const events = Buffer.concat([c, common, d, common]);
      const stored = deflateEvents(events, envelope);
      expect(inflateEvents(stored, envelope)).toEqual(events);
      expect(stored.length).toBeLessThanOrEqual(events.length + 3 + 4 * Math.ceil(events.length / 16));
    }),
  );
});

it('what both have is stored once', () => {
  const common = Uint8Array.from({ length: 250 }, (_, at) => (at * 7) % 251);
  const stored = deflateEvents(
    Buffer.concat([Buffer.from('head'), common]),
    Buffer.concat([Buffer.from('x'), common]),
  );
  expect(stored.length).toBeLessThan(16);
});

it('a number beyond 2^53−1 is refused', () => {
  expect(unpackNumbers(packNumbers([Number.MAX_SAFE_INTEGER]))).toEqual([Number.MAX_SAFE_INTEGER]);
  expect(unpackNumbers(Uint8Array.from([...Array<number>(7).fill(0xff), 0x1f]))).toBeUndefined();
});

it('pieces outside the envelope are refused', () => {
  const stored = deflateEvents(new Uint8Array(64).fill(1), new Uint8Array(64).fill(1));
  expect(inflateEvents(stored, new Uint8Array(10))).toBeUndefined();
  expect(inflateEvents(Uint8Array.of(200), new Uint8Array(10))).toBeUndefined();
});

import { expect, test } from 'vitest';
import type { ServerMessage, SubscribeMessage } from '../../../shared/api.ts';
import { decodeEnvelope } from '../../../shared/codec/ledger.ts';
import type { MemberId } from '../../../shared/types/brands.ts';
import { eventCount } from '../events.ts';
import { appendArgs, genesisTime, testEnvelope } from '../test-support/consortium.ts';
import { MemoryLedger } from '../test-support/memory-ledger.ts';
import { type SubscriberSocket, Subscription } from './subscription.ts';

/** Keeps what was sent until it is told that it left. */
class SlowSocket implements SubscriberSocket {
  readonly received: ServerMessage[] = [];
  bufferedAmount = 0;
  isStuck = false;
  #left: (() => void)[] = [];

  send(text: string, sent: () => void): void {
    this.received.push(JSON.parse(text) as ServerMessage);
    if (!this.isStuck) {
      sent();
      return;
    }
    this.bufferedAmount += text.length;
    this.#left.push(sent);
  }
  drain(): void {
    this.bufferedAmount = 0;
    for (const sent of this.#left.splice(0)) sent();
  }
  positions(): number[] {
    return this.received.flatMap((message) => ('position' in message ? [message.position] : []));
  }
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};

function commitEvents(ledger: MemoryLedger, ...streams: string[]): void {
  const { network } = ledger;
  const transactions = streams.map((stream) => {
    eventNumber += 1;
    const args = appendArgs(stream, `event ${eventNumber}`);
    return decodeEnvelope(
      testEnvelope({ network, action: 'streams.append', args, expiresAt: genesisTime + 9_000 }),
    );
  });
  ledger.commit(transactions, genesisTime);
}
let eventNumber = 0;

const reader = { reads: 'everything', member: 'north' as MemberId } as const;

function subscribed(
  ledger: MemoryLedger,
  message: Omit<SubscribeMessage, 'type'>,
  socket = new SlowSocket(),
): { socket: SlowSocket; subscription: Subscription } {
  const failed = (error: unknown): never => {
    throw error;
  };
  const full = { type: 'subscribe', ...message } as SubscribeMessage;
  return { socket, subscription: new Subscription(ledger, full, socket, 1_000, () => reader, failed) };
}

test('blocks: what was and what comes, in order, none twice', async () => {
  const ledger = new MemoryLedger();
  for (let block = 0; block < 4; block++) ledger.commit([], genesisTime);
  const { socket, subscription } = subscribed(ledger, { topic: 'blocks', from: 2 });
  subscription.wake();
  subscription.wake();
  ledger.commit([], genesisTime);
  subscription.wake();
  await settled();
  ledger.commit([], genesisTime);
  subscription.wake();
  await settled();
  expect(socket.received[0]).toEqual({ type: 'subscribed', topic: 'blocks', next: 2 });
  expect(socket.positions()).toEqual([2, 3, 4, 5, 6]);
  expect(subscription.next).toBe(7);
});

test('a filter skips without stopping, and next moves past what was skipped', async () => {
  const ledger = new MemoryLedger();
  commitEvents(ledger, 'a', 'b', 'a');
  commitEvents(ledger, 'b');
  const { socket, subscription } = subscribed(ledger, { topic: 'events', from: 0, filter: { stream: 'a' } });
  subscription.wake();
  await settled();
  subscription.heartbeat(2, 77);
  expect(socket.positions()).toEqual([0, 2]);
  expect(socket.received.at(-1)).toEqual({ type: 'heartbeat', next: 4, height: 2, nowMs: 77 });
});

test.each([
  [{ streamPrefix: 'or' }, [1]],
  [{ type: 'note' }, [0, 1]],
  [{ type: 'other' }, []],
  [{ labels: { source: 'test' } }, [0, 1]],
  [{ labels: { source: 'elsewhere' } }, []],
])('events matching %o', async (filter, positions) => {
  const ledger = new MemoryLedger();
  commitEvents(ledger, 'a', 'orders');
  const { socket, subscription } = subscribed(ledger, { topic: 'events', from: 0, filter });
  subscription.wake();
  await settled();
  expect(socket.positions()).toEqual(positions);
});

test('from now on: only what comes', async () => {
  const ledger = new MemoryLedger();
  commitEvents(ledger, 'a', 'a', 'a');
  const { socket, subscription } = subscribed(ledger, { topic: 'events', from: 'now' });
  subscription.wake();
  await settled();
  commitEvents(ledger, 'a');
  subscription.wake();
  await settled();
  expect(socket.positions()).toEqual([3]);
});

test('from a height that is not reached yet: waits for it', async () => {
  const ledger = new MemoryLedger();
  const { socket, subscription } = subscribed(ledger, { topic: 'blocks', from: 2 });
  for (let block = 0; block < 3; block++) {
    ledger.commit([], genesisTime);
    subscription.wake();
    await settled();
  }
  expect(socket.positions()).toEqual([2, 3]);
});

test('a socket that does not drain stops the reading, and loses nothing', async () => {
  const ledger = new MemoryLedger();
  for (let block = 0; block < 450; block++) ledger.commit([], genesisTime);
  const socket = new SlowSocket();
  socket.isStuck = true;
  const { subscription } = subscribed(ledger, { topic: 'blocks', from: 0 }, socket);
  subscription.wake();
  await settled();
  const whileStuck = socket.positions().length;
  // One fills the buffer, the next waits.
  expect(whileStuck).toBe(2);
  expect(subscription.isStuck).toBe(true);
  expect(subscription.next).toBe(2);
  socket.isStuck = false;
  socket.drain();
  await settled();
  expect(socket.positions()).toEqual(Array.from({ length: 451 }, (_, height) => height));
}, 20_000);

test('the farewell of one who does not read names what was not sent', async () => {
  const ledger = new MemoryLedger();
  for (let block = 0; block < 50; block++) ledger.commit([], genesisTime);
  const socket = new SlowSocket();
  socket.isStuck = true;
  const { subscription } = subscribed(ledger, { topic: 'blocks', from: 0 }, socket);
  subscription.wake();
  await settled();
  subscription.close('this node stops');
  socket.drain();
  await settled();
  const sent = socket.positions();
  expect(socket.received.at(-1)).toMatchObject({ type: 'resume-from', next: sent.length });
});

test('the farewell names where to resume', () => {
  const { socket, subscription } = subscribed(new MemoryLedger(), { topic: 'blocks', from: 5 });
  subscription.close('this node stops');
  subscription.close('again');
  expect(socket.received.slice(1)).toEqual([{ type: 'resume-from', next: 5, reason: 'this node stops' }]);
});

test.each([0, 1, 2, 3, 7, 8, 9, 1000])('counts %i events by looking at positions', (count) => {
  const events = (from: number, limit: number) =>
    Array.from({ length: Math.min(limit, Math.max(0, count - from)) });
  expect(eventCount({ events: events as never })).toBe(count);
});

test('however many subscribe from the beginning, the index is read once in a turn of the event loop', async () => {
  const ledger = new MemoryLedger();
  for (let block = 0; block < 5; block += 1) commitEvents(ledger, ...Array<string>(60).fill('orders'));
  let reads = 0;
  let mostInOneTurn = 0;
  const events = ledger.events.bind(ledger);
  ledger.events = (...asked) => {
    reads += 1;
    return events(...asked);
  };
  const many = Array.from({ length: 40 }, () =>
    subscribed(ledger, { topic: 'events', from: 0, filter: { stream: 'none' } }),
  );
  for (const { subscription } of many) subscription.wake();
  while (many.some(({ subscription }) => subscription.next < 300)) {
    const before = reads;
    await new Promise(setImmediate);
    mostInOneTurn = Math.max(mostInOneTurn, reads - before);
  }
  expect(reads).toBeGreaterThanOrEqual(40 * 6);
  expect(mostInOneTurn).toBe(1);
});

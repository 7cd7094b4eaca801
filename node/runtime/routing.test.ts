/** What a small frame may set off: answers and repetitions that cost much more than reading it. */
import { expect, it } from 'vitest';
import { epochOf, heightOf, type ValidatorId, viewOf } from '../../shared/types/brands.ts';
import { createConduct } from './peer-conduct.ts';
import { createPeers } from './peers.ts';
import { plainReader } from './reader.ts';
import { createRouting, type RoutedRooms } from './routing.ts';
import { createTestContext, ids } from './test-support.ts';
import { encodeLinkMessage } from './wire.ts';

const [v1, v2, v3] = ids as readonly [ValidatorId, ValidatorId, ValidatorId];

it('whoever asks for its newest messages without end is answered in turns, as others who ask are', () => {
  const { context } = createTestContext(v1);
  let nowMs = 0;
  const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
  const answered: ValidatorId[] = [];
  const asked = (peer: ValidatorId): void => {
    answered.push(peer);
    nowMs += 20;
  };
  const rooms = { peers: { heard: () => undefined, asked } } as unknown as RoutedRooms;
  const routing = createRouting({ ...context, ports: { ...context.ports, clock } }, rooms);
  for (let count = 0; count < 5; count += 1) routing.received(v2, encodeLinkMessage({ type: 'ask-newest' }));
  expect(answered).toEqual([v2]);
});

it('what a peer claimed over one link is not held against it over the next (rule C3)', () => {
  const { context, logged } = createTestContext(v1);
  const conduct = createConduct(context);
  const idle = { opened: () => undefined, closed: () => undefined };
  const rooms = {
    conduct,
    peers: { ...idle, heard: () => undefined, status: () => undefined },
    repair: idle,
    payloads: idle,
    evidence: idle,
    catchUp: idle,
    joining: idle,
  } as unknown as RoutedRooms;
  const routing = createRouting(context, rooms);
  const says = (height: number): void => {
    const status = {
      epoch: epochOf(0),
      view: viewOf(0),
      height: heightOf(height),
      executed: heightOf(height),
    };
    routing.received(v2, encodeLinkMessage({ type: 'status', status }));
  };
  routing.opened(v2);
  says(40);
  routing.closed(v2);
  routing.opened(v2);
  says(12);
  expect(logged).toEqual([]);
  says(11);
  expect(logged).toMatchObject([{ facts: { rule: 'C3', peer: v2, misconduct: 'withdrew' } }]);
});

it('of a flood of statuses one in a while is looked at, for each may set off a NEW-VIEW (rule V6)', () => {
  const { context, fed, advance } = createTestContext(v1);
  const status = { epoch: epochOf(0), view: viewOf(0), height: heightOf(0), executed: heightOf(0) };
  const peers = createPeers(context, {
    ownStatus: () => status,
    starting: () => false,
    newestOf: () => [],
  });
  for (let count = 0; count < 5; count += 1) peers.status(v2, status);
  peers.status(v3, status);
  expect(fed.map((input) => input.type === 'peer-status' && input.from)).toEqual([v2, v3]);
  advance(context.tuning.statusMs / 2);
  peers.status(v2, status);
  expect(fed).toHaveLength(3);
});

it('newest messages that nobody asked for are not even decoded; each question has one answer (rule D3)', () => {
  const { context, logged } = createTestContext(v1);
  const status = { epoch: epochOf(0), view: viewOf(0), height: heightOf(0), executed: heightOf(0) };
  let isStarting = false;
  const peers = createPeers(context, {
    ownStatus: () => status,
    starting: () => isStarting,
    newestOf: () => [],
  });
  const taken: ValidatorId[] = [];
  const idle = { opened: () => undefined, closed: () => undefined };
  const rooms = {
    ...{ repair: idle, payloads: idle, evidence: idle, catchUp: idle, joining: idle },
    ...{ conduct: { linked: () => undefined }, peers },
    incoming: { newest: (from: ValidatorId) => taken.push(from) },
  } as unknown as RoutedRooms;
  const routing = createRouting(context, rooms);
  const answer = (): void =>
    routing.received(v2, encodeLinkMessage({ type: 'newest', epoch: epochOf(0), messages: [] }));
  routing.opened(v2);
  answer();
  expect(taken).toEqual([]);
  peers.askNewest();
  answer();
  answer();
  expect(taken).toEqual([v2]);
  isStarting = true;
  routing.opened(v2);
  routing.closed(v2);
  answer();
  expect(taken).toEqual([v2]);
  routing.opened(v2);
  answer();
  expect(taken).toEqual([v2, v2]);
  // It may answer a question that is not remembered here: no offence.
  expect(logged).toEqual([]);
});

it('a frame that does not decode is named once, and its sender is charged for the time that it took', () => {
  const test = createTestContext(v1);
  let nowMs = 0;
  const spent: (readonly [ValidatorId, number])[] = [];
  const ports = {
    ...test.ports,
    clock: { ...test.ports.clock, monotonicMs: () => nowMs },
    links: {
      ...test.ports.links,
      spend: (from: ValidatorId, costMs: number) => void spent.push([from, costMs]),
    },
    reader: {
      ...plainReader,
      frame: (...args: Parameters<typeof plainReader.frame>) => {
        nowMs += 70;
        return plainReader.frame(...args);
      },
    },
  };
  const rooms = { peers: { heard: () => undefined } } as unknown as RoutedRooms;
  const routing = createRouting({ ...test.context, ports }, rooms);
  const messages = Array<Uint8Array>(100).fill(new Uint8Array(1));
  routing.received(v2, encodeLinkMessage({ type: 'consensus', messages }));
  expect(test.logged).toMatchObject([{ code: 'frame-dropped', facts: { from: v2, rule: 'M2' } }]);
  expect(spent).toEqual([[v2, 70]]);
});

/** Whose room payloads take that are not ordered yet, for how long, and what is owed to whom. */
import { describe, expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { envelopePayloadBytesMax, payloadDigest } from '../../shared/codec/payload.ts';
import { toUtf8 } from '../../shared/codec/utf8.ts';
import {
  type BatchDigest,
  type Digest,
  heightOf,
  type MemberId,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { parametersOf } from './context.ts';
import { createPayloadRoom } from './payload-room.ts';
import type { PeerShare } from './payload-uses.ts';
import { createPayloads } from './payloads.ts';
import { createConduct } from './peer-conduct.ts';
import { createTestContext, ids, transactionOf, withParameters } from './test-support.ts';

const [v1, v2, v3, v4] = ids as unknown as readonly [ValidatorId, ValidatorId, ValidatorId, ValidatorId];
const bytesOf = (name: string): Uint8Array => toUtf8(`content of ${name}`.padEnd(2_000));
const payloadOf = (name: string) => ({ digest: payloadDigest(bytesOf(name)), size: 2_000 });
const naming = (name: string): Transaction => transactionOf({ payload: bytesOf(name) });
const spread = (from: ValidatorId) => ({ from, share: `peer:${from}` as PeerShare });

function setUp(loosePayloadBytesPerPeerMax: number) {
  const test = createTestContext(v1);
  const context = { ...test.context, tuning: { ...test.context.tuning, loosePayloadBytesPerPeerMax } };
  const payloads = createPayloads(context, createConduct(context), {
    isProposed: () => true,
    changed: () => undefined,
  });
  const asked = () =>
    test.sent
      .splice(0)
      .flatMap(({ to, message }) => (message.type === 'get-payloads' ? [[to, ...message.digests]] : []));
  /** A peer brings a transaction, and gives the payload that it names. */
  function bring(name: string, brought = spread(v2)): Transaction {
    const transaction = naming(name);
    payloads.whenHere(brought, [transaction], () => undefined);
    if (asked().length > 0) payloads.arrived(brought.from, [bytesOf(name)], []);
    test.completeAll();
    return transaction;
  }
  function certify(
    height: number,
    settled: readonly Transaction[],
    ordered: readonly Transaction[] = [],
  ): void {
    payloads.certified(
      {
        block: { height: heightOf(height), ran: [], opening: [], closing: [] },
        transactions: ordered,
      },
      settled.map(({ id }) => id),
    );
  }
  const isHere = (name: string): boolean => test.payloads.has(payloadOf(name).digest);
  const untilDropped = (): void => {
    test.advance(context.tuning.payloadDropMs);
    test.completeAll();
  };
  const isAsked = (name: string, brought = spread(v2)): boolean => {
    const transaction = naming(name);
    payloads.whenHere(brought, [transaction], () => undefined);
    return payloads.waiting(transaction.id) !== undefined;
  };
  return { ...test, payloads, asked, bring, certify, isHere, isAsked, untilDropped };
}

describe('what a peer spreads', () => {
  it('takes its room, in flight as well, and no more than that is fetched, by name', () => {
    const { isAsked, bring, logged } = setUp(4_000);
    bring('a');
    expect([isAsked('b'), isAsked('c')]).toEqual([true, false]);
    expect(logged).toMatchObject([{ code: 'payload-share-full', facts: { from: v2, rule: 'M3' } }]);
  });

  it('keeps out nothing of others, of what it hands over, or of what it passes on for others', () => {
    const { isAsked, bring } = setUp(2_000);
    bring('a');
    expect(isAsked('b')).toBe(false);
    expect([
      isAsked('c', spread(v3)),
      isAsked('d', { from: v2, share: `handed-over:${v2}` }),
      isAsked('e', { from: v2, share: `passed-on:${v2}` }),
    ]).toEqual([true, true, true]);
  });

  it('takes room of what is here already, too: otherwise short-lived ones would keep it here for nothing', () => {
    const { bring, payloads, logged } = setUp(2_000);
    bring('a');
    const taken: string[] = [];
    payloads.whenHere(spread(v2), [naming('a')], ([one]) => taken.push(one!.id));
    expect([taken, logged.at(-1)?.code]).toEqual([[], 'payload-share-full']);
  });

  it('gives room back when it expires by certified time, at once, and its bytes leave the disk soon after', () => {
    const { isAsked, bring, certify, isHere, untilDropped } = setUp(2_000);
    const first = bring('a');
    certify(1, []);
    expect(isAsked('b')).toBe(false);
    certify(2, [first]);
    expect(isAsked('b')).toBe(true);
    expect(isHere('a')).toBe(true);
    untilDropped();
    expect(isHere('a')).toBe(false);
  });

  it('stays for another that names it as well', () => {
    const { bring, certify, isHere, untilDropped } = setUp(10_000);
    const [first, second] = [bring('a'), bring('a', spread(v3))];
    certify(1, [first]);
    untilDropped();
    expect(isHere('a')).toBe(true);
    certify(2, [second]);
    untilDropped();
    expect(isHere('a')).toBe(false);
  });

  it('gives room back when it is ordered, whatever came of it; the bytes wait for the sweep', () => {
    const { isAsked, bring, certify, isHere, untilDropped } = setUp(2_000);
    const refused = bring('a');
    certify(1, [refused], [refused]);
    expect(isAsked('b')).toBe(true);
    untilDropped();
    expect(isHere('a')).toBe(true);
  });

  it('gives room back when it never came to the pool, and when its payload came to nobody', () => {
    const { isAsked, bring, payloads, isHere, untilDropped } = setUp(2_000);
    const refused = bring('a');
    payloads.left([refused.id]);
    untilDropped();
    expect(isHere('a')).toBe(false);
    expect(isAsked('b')).toBe(true);
    payloads.closed(v2);
    expect(isAsked('c')).toBe(true);
  });
});

describe('what a batch names', () => {
  const batch = 'ba'.repeat(32) as BatchDigest;
  const request = { digest: batch, sequence: heightOf(3), holders: new Set([v2]) };

  it('always has room, and stays for as long as a batch of its height may be held', () => {
    const { bring, payloads, asked, certify, isHere, untilDropped, completeAll, context } = setUp(2_000);
    const { window } = parametersOf(context);
    bring('a');
    const proposed = [naming('b'), naming('c')];
    payloads.fetch([payloadOf('b'), payloadOf('c')], request, proposed);
    expect(asked().flatMap(([, ...digests]) => digests)).toEqual([
      payloadOf('b').digest,
      payloadOf('c').digest,
    ]);
    payloads.arrived(v2, [bytesOf('b')], []);
    payloads.arrived(v3, [bytesOf('c')], []);
    completeAll();
    payloads.heldFor(batch, heightOf(3), proposed);
    certify(2, proposed);
    untilDropped();
    expect([isHere('b'), isHere('c')]).toEqual([true, true]);
    // Another was chosen for its height, and this one may still be proposed again.
    certify(3, [], proposed.slice(1));
    certify(3 + window - 1, []);
    untilDropped();
    expect([isHere('b'), isHere('c')]).toEqual([true, true]);
    certify(3 + window, []);
    untilDropped();
    expect([isHere('b'), isHere('c')]).toEqual([false, false]);
  });

  it('stays although the transaction that brought it has left the pool', () => {
    const { bring, payloads, certify, isHere, untilDropped } = setUp(2_000);
    const transaction = bring('a');
    payloads.heldFor(batch, heightOf(3), [transaction]);
    certify(1, [transaction]);
    untilDropped();
    expect(isHere('a')).toBe(true);
  });

  it('goes with a batch that is refused', () => {
    const { payloads, isHere, untilDropped, completeAll } = setUp(2_000);
    payloads.fetch([payloadOf('a')], request, [naming('a')]);
    payloads.arrived(v2, [bytesOf('a')], []);
    completeAll();
    payloads.dropped(batch);
    untilDropped();
    expect(isHere('a')).toBe(false);
  });
});

it('what is about to leave is not here any more, and comes anew behind that', () => {
  const { bring, payloads, certify, ports, isHere, completeAll, advance } = setUp(10_000);
  certify(1, [bring('a')]);
  advance(1_000);
  const { digest } = payloadOf('a');
  const again = naming('a');
  // The erasure is on its way to the disk.
  expect([isHere('a'), ports.payloads.size(digest)]).toEqual([true, 2_000]);
  expect(payloads.lacking([again])).toEqual([payloadOf('a')].map((one) => expect.objectContaining(one)));
  payloads.whenHere(spread(v3), [again], () => undefined);
  payloads.arrived(v3, [bytesOf('a')], []);
  completeAll();
  expect(isHere('a')).toBe(true);
});

describe('what a node owes', () => {
  const large = (count: number): Transaction[] =>
    Array.from({ length: count }, () => namingBytes(1024 * 1024));
  const namingBytes = (size: number): Transaction => {
    const plain = transactionOf({ payload: bytesOf('any') });
    return { ...plain, body: { ...plain.body, args: argsOf(plain.id as string as Digest, size) } };
  };
  const argsOf = (digest: Digest, size: number) => {
    const payload = {
      digest: Uint8Array.from(Buffer.from(digest, 'hex')),
      size,
      erasable: true,
      recipients: [],
    };
    const event = { eventId: digest, type: 't', data: 0, labels: {}, references: [], payload };
    return { stream: 's', expectedRevision: 'any', events: [event] };
  };
  /** The ledger has what these name. */
  function roomOf(
    loosePayloadBytesPerPeerMax: number,
    waitingPerPeer = 2,
    recorded: readonly Transaction[] = [],
  ) {
    const { context } = createTestContext(v1);
    const record = { stream: 's', eventId: 'e', size: 1, erasable: true, recipients: [] };
    const entries = new Map(
      recorded.map(({ id }) => [stateKeys.payload(id as string as Digest), encode(record)]),
    );
    const state = { ...context.ports.state, get: (key: string) => entries.get(key) };
    const tuned = {
      ...context,
      ports: { ...context.ports, state },
      tuning: { ...context.tuning, loosePayloadBytesPerPeerMax },
    };
    const needs = {
      named: ({ body: { args } }: Transaction) =>
        (args as ReturnType<typeof argsOf>).events.map(({ payload: { digest, size } }) => ({
          digest: Buffer.from(digest).toString('hex') as Digest,
          size,
        })),
    };
    return createPayloadRoom(withParameters(tuned, { waitingPerPeer }), needs, () => undefined);
  }

  it('of a request for a full share only what takes room there is refused: nothing that waits, or that the ledger has', () => {
    const client = { member: 'm' as MemberId, members: 1_000 };
    const sizes = [1_024, 1_024, 1_024, envelopePayloadBytesMax];
    const all = sizes.map(namingBytes);
    const [waiting, recorded] = all as [Transaction, Transaction];
    const room = roomOf(10_000, 2, [recorded]);
    room.admit(waiting, `peer:${v2}`);
    const place = room.take(client, all);
    const full = 'payload-share-full';
    expect(all.map((one) => place.refusal(one)?.code)).toEqual([undefined, undefined, full, full]);
    const isNeeded = (): readonly boolean[] => all.map(({ id }) => room.isNeeded(id as string as Digest));
    expect(isNeeded()).toEqual([true, true, false, false]);
    place.giveBack();
    expect(isNeeded()).toEqual([true, false, false, false]);
  });

  it('all of the oldest K that a peer hands over have room, whatever else it brought', () => {
    const room = roomOf(1_000, 2);
    const admitted = large(12).map((one) => room.admit(one, `handed-over:${v2}`));
    const places = (2 * envelopePayloadBytesMax) / (1024 * 1024);
    expect(admitted.filter(Boolean)).toHaveLength(places);
    expect(admitted.lastIndexOf(true)).toBe(places - 1);
  });

  it('what it passes on for all of its peers has room at the primary, and begins with the oldest of each', () => {
    const mebibyte = 1024 * 1024;
    const room = roomOf(3 * 5 * mebibyte);
    const passed = [v2, v3, v4].flatMap(() => {
      const handed = large(9);
      const passable = room.passable(handed);
      expect(passable).toEqual(handed.slice(0, 5));
      return passable;
    });
    const primary = roomOf(3 * 5 * mebibyte);
    expect(passed.every((one) => primary.admit(one, `passed-on:${v1}`))).toBe(true);
    expect(primary.admit(namingBytes(mebibyte), `passed-on:${v1}`)).toBe(false);
  });

  it('nothing smaller is passed on in the place of what has to wait', () => {
    const room = roomOf(3 * envelopePayloadBytesMax);
    const [first, second] = [namingBytes(3 * 1024 * 1024), namingBytes(2 * 1024 * 1024)];
    const plain = { ...transactionOf(), body: { ...transactionOf().body, args: { events: [] } } };
    expect(room.passable([first, second, namingBytes(1024), plain as never])).toEqual([first, plain]);
  });
});

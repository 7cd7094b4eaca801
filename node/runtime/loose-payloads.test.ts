/** What lies here because peers name it, and no event does yet. */
import { expect, it } from 'vitest';
import { payloadDigest } from '../../shared/codec/payload.ts';
import { toUtf8 } from '../../shared/codec/utf8.ts';
import { heightOf, type ValidatorId } from '../../shared/types/brands.ts';
import { peerShare } from './loose-payloads.ts';
import { createPayloads } from './payloads.ts';
import { createConduct } from './peer-conduct.ts';
import { createTestContext, ids, transactionOf } from './test-support.ts';

const [v1, v2, v3] = ids as unknown as readonly [ValidatorId, ValidatorId, ValidatorId];
const bytesOf = (name: string): Uint8Array => toUtf8(`content of ${name}`.padEnd(2_000));
const payloadOf = (name: string) => ({ digest: payloadDigest(bytesOf(name)), size: 2_000 });

function setUp(loosePayloadBytesPerPeerMax: number) {
  const test = createTestContext(v1);
  const context = { ...test.context, tuning: { ...test.context.tuning, loosePayloadBytesPerPeerMax } };
  let changes = 0;
  const payloads = createPayloads(context, createConduct(context), {
    isProposed: () => true,
    changed: () => {
      changes += 1;
    },
  });
  const asked = () =>
    test.sent
      .splice(0)
      .flatMap(({ to, message }) => (message.type === 'get-payloads' ? [[to, ...message.digests]] : []));
  return { ...test, payloads, asked, changes: () => changes };
}

it('a proposer that fills its room has its batch wait, and other proposers do not', () => {
  const { payloads, asked, logged, ...run } = setUp(2_000);
  const batchOf = (proposer: ValidatorId) => ({ holders: new Set([proposer]), reproposal: false });
  payloads.fetch([payloadOf('a'), payloadOf('b')], batchOf(v2));
  // One question for each peer: of the second one somebody else is asked, and it takes the same room.
  expect(asked()).toEqual([
    [v2, payloadOf('a').digest],
    [v3, payloadOf('b').digest],
  ]);
  payloads.arrived(v2, [bytesOf('a')], []);
  payloads.arrived(v3, [bytesOf('b')], []);
  run.completeAll();
  expect(run.ports.payloads.looseBytesOf(peerShare(v2))).toBe(4_000);

  payloads.fetch([payloadOf('c')], batchOf(v2));
  expect(asked()).toEqual([]);
  expect(logged).toMatchObject([{ code: 'payload-share-full', facts: { from: v2, rule: 'M3' } }]);
  payloads.fetch([payloadOf('d')], batchOf(v3));
  expect(asked()).toEqual([[v3, payloadOf('d').digest]]);

  run.ports.payloads.keep([payloadOf('a').digest]);
  payloads.fetch([payloadOf('c')], batchOf(v2));
  expect(asked()).toEqual([[v2, payloadOf('c').digest]]);
});

it('what a quorum prepared is fetched, whoever proposes it, and takes nobody’s room (rule N5)', () => {
  const { payloads, asked, ports, completeAll } = setUp(10);
  payloads.fetch([payloadOf('a')], { holders: new Set([v2]), reproposal: true });
  expect(asked()).toEqual([[v2, payloadOf('a').digest]]);
  payloads.arrived(v2, [bytesOf('a')], []);
  completeAll();
  expect([ports.payloads.looseBytesOf(peerShare(v2)), ports.payloads.looseBytesOf('node')]).toEqual([
    0, 2_000,
  ]);
});

it('what a peer spreads takes its room, and more than that is not fetched', () => {
  const { payloads, asked, ports, completeAll } = setUp(3_000);
  const [first, second] = ['a', 'b'].map((name) => transactionOf({ payload: bytesOf(name) }));
  const taken: string[] = [];
  payloads.whenHere(v2, [first!], ([one]) => taken.push(one!.id));
  payloads.arrived(v2, [bytesOf('a')], []);
  completeAll();
  expect(taken).toEqual([first!.id]);
  expect(ports.payloads.looseBytesOf(peerShare(v2))).toBe(2_000);
  asked();
  payloads.whenHere(v2, [second!], ([one]) => taken.push(one!.id));
  expect(asked()).toEqual([]);
  payloads.whenHere(v3, [second!], ([one]) => taken.push(one!.id));
  expect(asked()).toEqual([[v3, payloadOf('b').digest]]);
});

it('what was ordered takes no room, also if it was refused or skipped: its proposer is fetched from again', () => {
  const { payloads, asked, ports, completeAll } = setUp(2_000);
  const batchOf = (proposer: ValidatorId) => ({ holders: new Set([proposer]), reproposal: false });
  // Somebody spreads to the proposer alone what execution refuses: all others fetch it in the name of the proposer.
  const refused = ['a', 'b'].map((name) => transactionOf({ payload: bytesOf(name) }));
  payloads.fetch([payloadOf('a'), payloadOf('b')], batchOf(v2));
  payloads.arrived(v2, [bytesOf('a')], []);
  payloads.arrived(v3, [bytesOf('b')], []);
  completeAll();
  expect(ports.payloads.looseBytesOf(peerShare(v2))).toBe(4_000);
  asked();
  payloads.certified({
    block: { height: heightOf(1), ran: [], opening: [], closing: [] },
    transactions: refused,
  });
  expect(ports.payloads.looseBytesOf(peerShare(v2))).toBe(0);
  // It waits for the sweep, as before.
  expect(ports.payloads.loose(Number.MAX_SAFE_INTEGER, 9)).toHaveLength(2);

  // Named again by others, it takes no room either, and what the proposer's own clients bring is fetched.
  payloads.noteUse(refused);
  payloads.fetch([payloadOf('c')], batchOf(v2));
  expect(asked()).toEqual([[v2, payloadOf('c').digest]]);
  payloads.arrived(v2, [], [payloadOf('c').digest]);
  asked();
  payloads.whenHere(v2, [transactionOf({ payload: bytesOf('d') })], () => {});
  expect(asked()).toEqual([[v2, payloadOf('d').digest]]);
});

it('what waits is looked at again when the sweep made room', () => {
  const { payloads, context, ports, changes, advance, completeAll } = setUp(2_000);
  const before = changes();
  ports.payloads.put(
    [{ ...payloadOf('a'), bytes: bytesOf('a') }],
    { atMs: 0, share: peerShare(v2) },
    () => {},
  );
  completeAll();
  payloads.start();
  advance(context.tuning.payloadSweepMs);
  completeAll();
  expect(ports.payloads.looseBytesOf(peerShare(v2))).toBe(0);
  expect(changes()).toBeGreaterThan(before);
});

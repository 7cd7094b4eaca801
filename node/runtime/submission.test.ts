import { describe, expect, it, vi } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import { payloadDigest } from '../../shared/codec/payload.ts';
import { heightOf, type MemberId, type TransactionId, type ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import { createTransactionChecks } from './admission.ts';
import { createBacklog } from './backlog.ts';
import { createBatches } from './batches.ts';
import { createDissemination } from './dissemination.ts';
import { executeBatch } from './execute-batch.ts';
import { heldBytesOf } from './intake.ts';
import { createPayloads } from './payloads.ts';
import { createConduct } from './peer-conduct.ts';
import { createSubmission, type SubmissionResult } from './submission.ts';
import {
  createTestContext,
  document,
  genesis,
  ids,
  noArrivals,
  startMs,
  transactionOf,
} from './test-support.ts';
import { createTransactionLane } from './verification.ts';
import { createWaitingRoom } from './waiting-room.ts';

const [v1, v2, v3] = ids as readonly [ValidatorId, ValidatorId, ValidatorId];

function setUp(
  tuning: {
    readonly poolCountMax?: number;
    readonly poolBytesMax?: number;
    readonly uncheckedBytesPerPeerMax?: number;
    readonly loosePayloadBytesMax?: number;
    readonly loosePayloadBytesPerPeerMax?: number;
  } = {},
  onTurn: (asked: readonly string[]) => void = () => undefined,
) {
  const test = createTestContext(v1);
  const context = {
    ...test.context,
    tuning: { ...test.context.tuning, ...tuning },
    wake: () => onTurn(test.asked),
  };
  const room = createWaitingRoom(context, genesis.header.time);
  const checks = createTransactionChecks(context, createTransactionLane(test.ports.verifier, 100));
  const payloads = createPayloads(context, createConduct(context), {
    isProposed: (digest) => batches.lacksPayload(digest),
    changed: () => batches.payloadsChanged(),
  });
  const batches = createBatches(context, room, checks, noArrivals, payloads);
  const dissemination = createDissemination(context, room, batches, checks, payloads);
  const backlog = createBacklog(context);
  const takeRoom = vi.fn(payloads.takeRoom);
  const submitted = { ...payloads, takeRoom };
  const submission = createSubmission(context, room, batches, checks, dissemination, backlog, submitted);
  const results: (readonly SubmissionResult[])[] = [];
  function submit(...transactions: ReturnType<typeof transactionOf>[]): void {
    submission.submit(transactions, (answer) => results.push(answer));
  }
  /** Executes a block with these and settles it. */
  function certify(
    time: number,
    ...transactions: ReturnType<typeof transactionOf>[]
  ): readonly TransactionId[] {
    const batch = { time, proposer: v1, ids: transactions.map(({ id }) => id) };
    const parent = { height: heightOf(0), hash: genesis.hash, time: genesis.header.time };
    const ledger = { genesis, state: test.ports.state };
    const block = executeBatch(ledger, parent, batch, transactions);
    const certificate: Certificate = {
      epoch: block.header.epoch,
      height: block.height,
      block: block.hash,
      seals: [],
    };
    const certified = { block, certificate, batch, transactions, boundary: block.boundary };
    const settled = room.settle(certified);
    submission.settled(settled);
    payloads.certified(certified, settled);
    return settled;
  }
  return {
    ...test,
    room,
    batches,
    dissemination,
    submission,
    submit,
    certify,
    results,
    takeRoom,
    arrived: payloads.arrived,
  };
}

describe('submission', () => {
  it('answers accepted only when the promise is durable, but spreads at once', () => {
    const { submit, dissemination, sent, results, complete, accepted } = setUp();
    const transaction = transactionOf();
    submit(transaction);
    complete();
    dissemination.flush();
    expect(sent).toEqual([
      { to: 'all', message: { type: 'transactions', envelopes: [transaction.envelope] } },
    ]);
    expect(results).toEqual([]);
    complete();
    expect(results).toEqual([[{ id: transaction.id, status: 'accepted' }]]);
    expect([...accepted.keys()]).toEqual([transaction.id]);
  });

  it('lets the turn, and a proposal in it, go to the disk before the promise', () => {
    const promises = (asked: readonly string[]) => asked.filter((one) => one.startsWith('accept')).length;
    const beforeTurn: number[] = [];
    const { submit, complete, asked } = setUp({}, (asked) => beforeTurn.push(promises(asked)));
    submit(transactionOf());
    complete();
    expect(beforeTurn).toEqual([0]);
    expect(promises(asked)).toBe(1);
  });

  it('asks how much lies here that no event names once for a request, however many are in it', () => {
    const { submission, takeRoom } = setUp();
    const payload = Uint8Array.of(7);
    const many = Array.from({ length: 20 }, () => transactionOf());
    const supplied = new Map([[payloadDigest(payload), payload]]);
    submission.submit([transactionOf({ payload }), ...many], () => undefined, undefined, supplied);
    expect(takeRoom).toHaveBeenCalledTimes(1);
  });

  it('says known to the same bytes, once the first promise is durable', () => {
    const { submit, results, complete, completeAll, asked } = setUp();
    const transaction = transactionOf();
    submit(transaction);
    complete();
    submit(transaction);
    expect(results).toEqual([]);
    completeAll();
    expect(results.map(([result]) => result!.status)).toEqual(['accepted', 'known']);
    expect(asked.filter((question) => question.startsWith('accept'))).toEqual(['accept 1']);
  });

  it('times each from its arrival here until it ran, whoever proposed it', () => {
    const { submit, certify, completeAll, advance, room } = setUp();
    const [first, second, elsewhere] = [transactionOf(), transactionOf(), transactionOf()];
    submit(first);
    completeAll();
    advance(200);
    submit(second);
    completeAll();
    advance(100);
    certify(startMs + 300, first, second, elsewhere);
    expect(room.waits()).toMatchObject({ count: 2, sum: expect.closeTo(0.4, 6) });
  });

  it('answers each of many with its own reason', () => {
    const { submit, results, completeAll } = setUp();
    const good = transactionOf();
    submit(good, transactionOf({ signer: 'thief' }), transactionOf({ expiresAt: startMs - 1 }), good);
    completeAll();
    expect(results[0]!.map(({ status }) => (typeof status === 'string' ? status : status.code))).toEqual([
      'accepted',
      'bad-signature',
      'expired',
      'accepted',
    ]);
  });

  it('refuses with pool-full what the pool has no room for, and promises nothing', () => {
    const { submit, results, completeAll, accepted } = setUp({ poolCountMax: 1 });
    submit(transactionOf(), transactionOf());
    completeAll();
    expect(results[0]![1]!.status).toMatchObject({ code: 'pool-full' });
    expect(accepted.size).toBe(1);
  });

  it('gathers writes while one is in flight', () => {
    const { submit, asked, completeAll, results } = setUp();
    for (let count = 0; count < 4; count += 1) submit(transactionOf());
    completeAll();
    expect(results).toHaveLength(4);
    const written = asked.filter((question) => question.startsWith('accept'));
    expect(written).toEqual(['accept 1', 'accept 1', 'accept 2']);
  });
});

describe('the end of waiting (rule F2)', () => {
  it('comes with certification, and the promise leaves the disk', () => {
    const { submit, certify, completeAll, accepted, room } = setUp();
    const transaction = transactionOf();
    submit(transaction);
    completeAll();
    expect(certify(startMs, transaction)).toEqual([transaction.id]);
    expect(accepted.size).toBe(0);
    expect(room.has(transaction.id)).toBe(false);
  });

  it('does not come by the own clock, only by certified time', () => {
    const { submit, certify, completeAll, advance, room } = setUp();
    const transaction = transactionOf({ expiresAt: startMs + 1_000 });
    submit(transaction);
    completeAll();
    advance(5_000);
    expect(room.has(transaction.id)).toBe(true);
    expect(room.hasExpiredByClock()).toBe(true);
    expect(room.select(new Set())).toEqual([]);
    expect(certify(startMs + 5_000)).toEqual([transaction.id]);
    expect(room.has(transaction.id)).toBe(false);
  });

  it('is due for what a peer hands over too late for our pool, until certified time says so', () => {
    const { dissemination, certify, completeAll, advance, room } = setUp();
    const transaction = transactionOf({ expiresAt: startMs + 1_000 });
    advance(5_000);
    dissemination.handOver(v2, [transaction.id]);
    dissemination.bodies(v2, [transaction.envelope]);
    completeAll();
    expect(room.has(transaction.id)).toBe(false);
    expect(room.hasExpiredByClock()).toBe(true);
    certify(startMs + 5_000);
    expect(room.hasExpiredByClock()).toBe(false);
  });

  it('comes for another transaction with the same sender and nonce', () => {
    const { submit, certify, completeAll, room } = setUp();
    const nonce = 'ab'.repeat(16);
    const [winner, loser] = [transactionOf({ nonce }), transactionOf({ nonce })];
    submit(winner, loser);
    completeAll();
    certify(startMs, winner);
    expect(room.has(loser.id)).toBe(false);
  });
});

describe('a flood of clients', () => {
  it('is refused while too much of it waits for the verifier, and welcome afterwards', () => {
    const [first, second] = [transactionOf(), transactionOf()];
    const { submit, results, completeAll } = setUp({ poolBytesMax: 2 * first.envelope.length - 1 });
    submit(first);
    submit(second);
    expect(results).toMatchObject([[{ id: second.id, status: { code: 'pool-full' } }]]);
    completeAll();
    expect(results[1]).toEqual([{ id: first.id, status: 'accepted' }]);
    const other = setUp();
    other.submit(first);
    other.submit(second);
    other.completeAll();
    expect(other.results.flat().map(({ status }) => status)).toEqual(['accepted', 'accepted']);
  });
});

describe('payloads that no event names yet', () => {
  const mebibyte = 1024 * 1024;
  const bytesOf = (fill: number): Uint8Array => new Uint8Array(mebibyte).fill(fill);
  const [north, south] = ['north', 'south'].map((member) => ({ member: member as MemberId, members: 2 }));
  /** One transaction for each, in one request of this member's clients. */
  function bring(run: ReturnType<typeof setUp>, client: typeof north, ...fills: readonly number[]) {
    const all = fills.map(bytesOf);
    const supplied = new Map(all.map((bytes) => [payloadDigest(bytes), bytes]));
    const transactions = all.map((payload) => transactionOf({ payload }));
    const results: SubmissionResult[] = [];
    run.submission.submit(transactions, (answer) => results.push(...answer), client, supplied);
    return { transactions, results };
  }
  const statuses = ({ results }: ReturnType<typeof bring>) =>
    results.map(({ status }) => (typeof status === 'string' ? status : status.code));

  it('fill the share of one member, which is told so, and nobody else is shut out', () => {
    const run = setUp({ loosePayloadBytesMax: 8 * mebibyte });
    const first = bring(run, north, 1, 2, 3, 4);
    // At once: what is on its way to the disk counts.
    const second = bring(run, north, 5);
    run.completeAll();
    const third = bring(run, north, 6);
    run.completeAll();
    const other = bring(run, south, 7, 8, 9, 10);
    run.completeAll();
    expect([first, second, third, other].map(statuses)).toEqual([
      Array(4).fill('accepted'),
      ['payload-share-full'],
      ['payload-share-full'],
      Array(4).fill('accepted'),
    ]);
    expect(third.results[0]!.status).toMatchObject({
      facts: { share: 'member:north', bytes: 5 * mebibyte, bytesMax: 4 * mebibyte },
    });
    run.certify(startMs, ...first.transactions);
    const again = bring(run, north, 5);
    run.completeAll();
    expect(statuses(again)).toEqual(['accepted']);
  });

  it('keep out no transaction of the same request that brings none', () => {
    const run = setUp({ loosePayloadBytesMax: 8 * mebibyte });
    bring(run, north, 1, 2, 3, 4);
    run.completeAll();
    const [plain, full] = [transactionOf(), transactionOf({ payload: bytesOf(5) })];
    const results: SubmissionResult[] = [];
    const supplied = new Map([[payloadDigest(bytesOf(5)), bytesOf(5)]]);
    run.submission.submit([plain, full], (answer) => results.push(...answer), north, supplied);
    run.completeAll();
    expect(results).toMatchObject([
      { id: plain.id, status: 'accepted' },
      { id: full.id, status: { code: 'payload-share-full' } },
    ]);
  });

  it('leave their room if they are refused', () => {
    const run = setUp({ loosePayloadBytesMax: 8 * mebibyte, poolCountMax: 0 });
    for (let count = 0; count < 3; count += 1) {
      const supplied = new Map([1, 2].map((fill) => [payloadDigest(bytesOf(fill)), bytesOf(fill)]));
      const refused: SubmissionResult[] = [];
      const forged = transactionOf({ payload: bytesOf(1), signer: 'thief' });
      run.submission.submit([forged], (answer) => refused.push(...answer), north, supplied);
      run.completeAll();
      expect(refused).toMatchObject([{ status: { code: 'bad-signature' } }]);
    }
    // Checked and stored, and the pool had no place.
    const full = [bring(run, north, 1, 2, 3, 4), bring(run, north, 5)];
    run.completeAll();
    expect(full.map((one) => new Set(statuses(one)))).toEqual([
      new Set(['pool-full']),
      new Set(['payload-share-full']),
    ]);
    const after = bring(run, north, 5, 6, 7, 8);
    run.completeAll();
    expect(new Set(statuses(after))).toEqual(new Set(['pool-full']));
    run.advance(1_000);
    run.completeAll();
    expect(run.ports.payloads.figures().count).toBe(0);
  });

  it('are never asked for room by who brings none', () => {
    const run = setUp({ loosePayloadBytesMax: 8 * mebibyte });
    bring(run, north, 1, 2, 3, 4);
    run.completeAll();
    const plain: SubmissionResult[] = [];
    run.submission.submit([transactionOf()], (answer) => plain.push(...answer), north);
    run.completeAll();
    expect(plain).toMatchObject([{ status: 'accepted' }]);
  });
});

describe('dissemination (rule F1)', () => {
  const bytesOf = (name: string): Uint8Array => new Uint8Array(2_000).fill(name.charCodeAt(0));
  const naming = (name: string) => transactionOf({ payload: bytesOf(name) });

  it('holds a bounded number of bytes of one peer while they are checked', () => {
    const [first, second, third] = [transactionOf(), transactionOf(), transactionOf()];
    const uncheckedBytesPerPeerMax = heldBytesOf(first.envelope) + heldBytesOf(second.envelope);
    const { dissemination, completeAll, advance, room } = setUp({ uncheckedBytesPerPeerMax });
    dissemination.received(
      v2,
      [first, second].map(({ envelope }) => envelope),
    );
    dissemination.received(v2, [third.envelope]);
    advance(1);
    completeAll();
    expect([first, second, third].map(({ id }) => room.has(id))).toEqual([true, true, false]);
    dissemination.received(v2, [third.envelope]);
    advance(1);
    completeAll();
    expect(room.has(third.id)).toBe(true);
  });

  it('checks what a peer spreads, and takes only what is good', () => {
    const { dissemination, completeAll, room, logged } = setUp();
    const [good, forged] = [transactionOf(), transactionOf({ signer: 'thief' })];
    dissemination.received(v2, [good.envelope, forged.envelope, new Uint8Array([1, 2, 3])]);
    completeAll();
    expect([room.has(good.id), room.has(forged.id)]).toEqual([true, false]);
    expect(logged.map(({ code }) => code)).toEqual(['transaction-dropped', 'transaction-dropped']);
  });

  it('verifies a transaction once, however many peers spread it', () => {
    const { dissemination, completeAll, asked } = setUp();
    const { envelope } = transactionOf();
    for (const peer of ids.slice(1)) dissemination.received(peer, [envelope]);
    completeAll();
    dissemination.received(v2, [envelope]);
    expect(asked).toEqual(['verify 1']);
  });

  it('holds of one peer what it handed over and passed on last, and tells how much (rule M3)', () => {
    const { dissemination } = setUp();
    const claims = () => dissemination.buffers().find(({ name }) => name === 'claims of one peer')!;
    const { bound } = claims();
    for (let time = 0; time < 3; time += 1) {
      const many = Array.from({ length: 2 * bound }, () => transactionOf().id);
      dissemination.handOver(v2, many);
      dissemination.passOn(v2, many);
    }
    expect(claims().size).toBeGreaterThan(0);
    expect(claims().size).toBeLessThanOrEqual(bound);
  });

  it('asks for a handed-over transaction that it lacks, and starts its deadline when it has it', () => {
    const { dissemination, completeAll, sent, fed, room } = setUp();
    const transaction = transactionOf();
    dissemination.handOver(v2, [transaction.id]);
    expect(sent).toEqual([{ to: v2, message: { type: 'get-bodies', ids: [transaction.id] } }]);
    expect(fed).toEqual([]);
    dissemination.bodies(v2, [transaction.envelope]);
    completeAll();
    expect(room.handedOverBy(v2)).toEqual([transaction]);
    expect(fed).toEqual([{ type: 'waiting', from: v2, ids: [transaction.id] }]);
  });

  it('decodes no body that nobody asked for, and of an answer only what was', () => {
    const { dissemination, completeAll, logged, asked, room } = setUp();
    // Whoever decoded them would name them in the log.
    const junk = Array.from({ length: 1_000 }, (_, index) => new Uint8Array(64).fill(index % 256));
    dissemination.bodies(v2, junk);
    const transaction = transactionOf();
    dissemination.handOver(v2, [transaction.id]);
    dissemination.bodies(v3, [transaction.envelope]);
    expect([logged, asked]).toEqual([[], []]);
    dissemination.bodies(v2, [...junk, transaction.envelope, transactionOf().envelope]);
    expect(asked).toEqual(['verify 1']);
    completeAll();
    expect([logged, room.handedOverBy(v2)]).toEqual([[], [transaction]]);
  });

  it('keeps what a peer handed over when another claims the same and does not deliver', () => {
    const { dissemination, completeAll, fed, room } = setUp();
    const transaction = transactionOf();
    dissemination.handOver(v2, [transaction.id]);
    dissemination.handOver(v3, [transaction.id]);
    dissemination.passOn(v3, [transaction.id]);
    dissemination.bodies(v2, [transaction.envelope]);
    completeAll();
    expect(room.handedOverBy(v2)).toEqual([transaction]);
    expect(fed).toContainEqual({ type: 'waiting', from: v2, ids: [transaction.id] });
  });

  it('keeps what a peer handed over while a copy is checked of another whose share is full', () => {
    const { dissemination, completeAll, advance, fed, room } = setUp({ poolCountMax: 2 });
    const [first, transaction] = [transactionOf(), transactionOf()];
    dissemination.received(v3, [first.envelope]);
    completeAll();
    dissemination.received(v3, [transaction.envelope]);
    advance(1);
    dissemination.handOver(v2, [transaction.id]);
    completeAll();
    expect(room.handedOverBy(v2)).toEqual([transaction]);
    expect(fed).toEqual([{ type: 'waiting', from: v2, ids: [transaction.id] }]);
  });

  it('what a peer passes on for others takes no payload’s room of what it hands over or spreads', () => {
    const run = setUp({ loosePayloadBytesPerPeerMax: 2_000 });
    const { dissemination, completeAll, advance, room, logged } = run;
    const spread = ['a', 'b'].map((name) => naming(name));
    dissemination.received(
      v3,
      spread.map(({ envelope }) => envelope),
    );
    const [own, passed] = [naming('c'), naming('d')];
    dissemination.handOver(v3, [own.id]);
    dissemination.passOn(v3, [passed.id]);
    dissemination.bodies(v3, [own.envelope, passed.envelope]);
    advance(1);
    completeAll();
    for (const name of ['a', 'c', 'd']) {
      run.arrived(v3, [bytesOf(name)], []);
      completeAll();
    }
    expect([...spread, own, passed].map(({ id }) => room.has(id))).toEqual([true, false, true, true]);
    expect(logged.map(({ code }) => code)).toEqual(['payload-share-full']);
  });

  it('a payload leaves with its transaction if the pool has no place for that', () => {
    const run = setUp({ poolCountMax: 0 });
    const { dissemination, completeAll, advance, room } = run;
    const transaction = naming('a');
    dissemination.received(v3, [transaction.envelope]);
    completeAll();
    run.arrived(v3, [bytesOf('a')], []);
    completeAll();
    expect([room.has(transaction.id), run.ports.payloads.figures().count]).toEqual([false, 1]);
    advance(1_000);
    completeAll();
    expect(run.ports.payloads.figures().count).toBe(0);
  });

  it('pools what is spread although a proposed batch brought it before, and verifies nothing again', () => {
    const { dissemination, batches, room, asked } = setUp();
    const transaction = transactionOf();
    const batch = { time: startMs, proposer: v3, ids: [transaction.id] };
    batches.hold(batchDigest(batch), heightOf(1), { batch, transactions: [transaction] });
    dissemination.received(v2, [transaction.envelope]);
    expect(room.has(transaction.id)).toBe(true);
    expect(asked).toEqual([]);
  });

  it('hands over what has waited, again at every interval, and starts its own deadlines', () => {
    const { submit, dissemination, completeAll, advance, sent, fed, context } = setUp();
    dissemination.start(() => {});
    const transaction = transactionOf();
    submit(transaction);
    completeAll();
    advance(3 * context.tuning.handOverMs);
    const handed = sent.filter(({ message }) => message.type === 'hand-over');
    expect(handed).toHaveLength(2);
    expect(handed[0]).toEqual({ to: 'all', message: { type: 'hand-over', ids: [transaction.id] } });
    expect(fed).toContainEqual({ type: 'waiting', from: v1, ids: [transaction.id] });
  });

  it('passes on to the primary what others handed over', () => {
    const { dissemination, completeAll, advance, sent, context } = setUp();
    const transaction = transactionOf();
    dissemination.viewIs(0 as never, ids[2]!);
    dissemination.received(v2, [transaction.envelope]);
    completeAll();
    dissemination.handOver(v2, [transaction.id]);
    dissemination.start(() => {});
    advance(context.tuning.handOverMs);
    expect(sent).toContainEqual({ to: ids[2]!, message: { type: 'pass-on', ids: [transaction.id] } });
  });

  it('gives no more than its places to one peer', () => {
    const { dissemination, completeAll, room } = setUp();
    const places = document.parameters.waitingPerPeer;
    const many = Array.from({ length: places + 5 }, () => transactionOf());
    dissemination.received(
      v2,
      many.map(({ envelope }) => envelope),
    );
    completeAll();
    dissemination.handOver(
      v2,
      many.map(({ id }) => id),
    );
    expect(room.handedOverBy(v2)).toHaveLength(places);
  });
});

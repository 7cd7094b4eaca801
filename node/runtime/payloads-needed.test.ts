/** Schedules in which one need of a payload ends while another goes on: the bytes stay for as long as either does. */
import { describe, expect, it } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import { payloadDigest } from '../../shared/codec/payload.ts';
import { heightOf, type ValidatorId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import { createTransactionChecks } from './admission.ts';
import { createBacklog } from './backlog.ts';
import { createBatches } from './batches.ts';
import { parametersOf } from './context.ts';
import { createDissemination } from './dissemination.ts';
import { createPayloads } from './payloads.ts';
import { createConduct } from './peer-conduct.ts';
import { createSubmission } from './submission.ts';
import { createTestContext, ids, noArrivals, startMs, transactionOf } from './test-support.ts';
import type { RuntimeTuning } from './tuning.ts';
import { createTransactionLane } from './verification.ts';
import { createWaitingRoom } from './waiting-room.ts';

const [v1, v2, v3] = ids as unknown as readonly [ValidatorId, ValidatorId, ValidatorId];
const bytes = Uint8Array.of(1, 2, 3);
const digest = payloadDigest(bytes);
const naming = (): Transaction => transactionOf({ payload: bytes });

function setUp(tuning: Partial<RuntimeTuning> = {}) {
  const test = createTestContext(v1);
  const context = { ...test.context, tuning: { ...test.context.tuning, ...tuning } };
  const checks = createTransactionChecks(context, createTransactionLane(test.ports.verifier, 100));
  const room = createWaitingRoom(context, startMs);
  const payloads = createPayloads(context, createConduct(context), {
    isProposed: (one) => batches.lacksPayload(one),
    changed: () => batches.payloadsChanged(),
  });
  const batches = createBatches(context, room, checks, noArrivals, payloads);
  const dissemination = createDissemination(context, room, batches, checks, payloads);
  const backlog = createBacklog(context);
  const submission = createSubmission(context, room, batches, checks, dissemination, backlog, payloads);
  const isHere = (): boolean => test.payloads.has(digest);
  const store = (): unknown => test.payloads.set(digest, { bytes, arrivedMs: startMs, isLoose: true });
  const pass = (ms: number): void => {
    test.advance(ms);
    test.completeAll();
  };
  const untilDropped = (): void => pass(context.tuning.payloadDropMs);
  const arrive = (from: ValidatorId): void => {
    payloads.arrived(from, [bytes], []);
    test.completeAll();
  };
  /** Another batch was ordered there, or one without transactions. */
  function certify(height: number): void {
    batches.certified(heightOf(height));
    const block = { height: heightOf(height), ran: [], opening: [], closing: [] };
    payloads.certified({ block, transactions: [] }, []);
  }
  const rooms = { context, room, payloads, batches, dissemination, submission };
  return { ...test, ...rooms, isHere, store, pass, untilDropped, arrive, certify };
}

describe('a batch that one peer proposes at several heights', () => {
  const transaction = naming();
  const batch = { time: startMs, proposer: v2, ids: [transaction.id] };
  const ask = (run: ReturnType<typeof setUp>, sequence: number): number => {
    const request = { sequence: heightOf(sequence), digest: batchDigest(batch), batch, holders: [v2] };
    run.batches.check({ type: 'check-batch', ...request, reproposal: false });
    return run.fed.length;
  };
  /** Proposed at height 10 by who alone has the payload, and gives it. */
  function held() {
    const run = setUp();
    ask(run, 10);
    run.batches.bodiesArrived(v2, [transaction]);
    run.completeAll();
    run.arrive(v2);
    expect([run.fed.length, run.isHere()]).toEqual([1, true]);
    return run;
  }

  it('has its payloads for as long as it is held: whoever asks again is answered at once', () => {
    const run = held();
    const { window } = parametersOf(run.context);
    run.certify(10);
    run.untilDropped();
    expect(run.isHere()).toBe(true);
    expect([ask(run, 12), run.isHere()]).toEqual([2, true]);
    run.certify(12 + window - 1);
    run.untilDropped();
    expect([run.batches.held(batchDigest(batch)) !== undefined, run.isHere()]).toEqual([true, true]);
    run.certify(12 + window);
    run.untilDropped();
    expect([run.batches.held(batchDigest(batch)) !== undefined, run.isHere()]).toEqual([false, false]);
  });

  it('has them at the last height that it was prepared for, though it was asked for at the first alone', () => {
    const run = held();
    const { window } = parametersOf(run.context);
    // Consensus asks once, and prepares it at all heights of the window where it was proposed meanwhile.
    const lastPrepared = 10 + window - 1;
    for (let height = 10; height < lastPrepared; height += 1) run.certify(height);
    run.untilDropped();
    expect(run.isHere()).toBe(true);
  });

  it('is not answered while one is missing, as after damage: it is fetched first', () => {
    const run = held();
    run.ports.payloads.erase([digest], () => undefined);
    run.completeAll();
    run.sent.splice(0);
    expect(ask(run, 12)).toBe(1);
    expect(run.sent).toEqual([{ to: v2, message: { type: 'get-payloads', digests: [digest] } }]);
    run.arrive(v2);
    expect([run.fed.length, run.isHere()]).toEqual([2, true]);
  });

  it('keeps the others when such a look is given up for another batch at that height', () => {
    const run = setUp();
    const lost = Uint8Array.of(7);
    const two = [transaction, transactionOf({ payload: lost })];
    const both = { time: startMs, proposer: v2, ids: two.map(({ id }) => id) };
    run.store();
    run.batches.hold(batchDigest(both), heightOf(10), { batch: both, transactions: two });
    const look = { type: 'check-batch', sequence: heightOf(12), holders: [v2], reproposal: false } as const;
    run.batches.check({ ...look, digest: batchDigest(both) });
    expect(run.batches.lacksPayload(payloadDigest(lost))).toBe(true);
    const other = { time: startMs, proposer: v3, ids: [] };
    run.batches.check({ ...look, digest: batchDigest(other), batch: other });
    expect(run.batches.lacksPayload(payloadDigest(lost))).toBe(false);
    run.untilDropped();
    expect(run.isHere()).toBe(true);
  });
});

describe('a transaction that two peers bring', () => {
  it('stays whole if one had no place for it in the pool and the claim of the other had', () => {
    const run = setUp({ poolCountMax: 0 });
    const { dissemination, room, fed, isHere } = run;
    const transaction = naming();
    // At the verifier when the other one hands it over.
    dissemination.received(v2, [transaction.envelope]);
    dissemination.handOver(v2, [transaction.id]);
    run.completeAll();
    run.arrive(v2);
    expect(fed).toMatchObject([{ type: 'waiting', from: v2, ids: [transaction.id] }]);
    run.untilDropped();
    expect([room.has(transaction.id), isHere()]).toEqual([true, true]);
  });

  it('stays whole if both spread it and the first one had no place for it', () => {
    const run = setUp({ poolCountMax: 3 });
    const { dissemination, room, isHere } = run;
    dissemination.received(v2, [transactionOf().envelope, transactionOf().envelope]);
    run.pass(10);
    const transaction = naming();
    for (const peer of [v2, v3]) {
      dissemination.received(peer, [transaction.envelope]);
      run.pass(10);
    }
    run.arrive(v2);
    expect(room.has(transaction.id)).toBe(true);
    run.untilDropped();
    expect([room.has(transaction.id), isHere()]).toEqual([true, true]);
  });
});

describe('what was accepted before a start', () => {
  it('keeps its payload while it is at the verifier, whatever ends meanwhile', () => {
    const run = setUp();
    const { batches, submission, room, accepted, isHere } = run;
    const transaction = naming();
    run.store();
    accepted.set(transaction.id, transaction.envelope);
    const batch = { time: startMs, proposer: v2, ids: [transaction.id] };
    batches.hold(batchDigest(batch), heightOf(1), { batch, transactions: [transaction] });
    submission.resume([transaction]);
    run.certify(1 + parametersOf(run.context).window);
    run.advance(run.context.tuning.payloadDropMs);
    run.completeAll();
    expect([isHere(), room.has(transaction.id), accepted.has(transaction.id)]).toEqual([true, true, true]);
  });

  it('keeps it though a peer brings the same meanwhile and has no place for it in the pool', () => {
    const run = setUp({ poolCountMax: 3 });
    const { batches, dissemination, submission, room, accepted, isHere } = run;
    dissemination.received(v2, [transactionOf().envelope, transactionOf().envelope]);
    run.pass(10);
    const transaction = naming();
    run.store();
    accepted.set(transaction.id, transaction.envelope);
    const batch = { time: startMs, proposer: v3, ids: [transaction.id] };
    // So what the peer brings is not checked again.
    batches.hold(batchDigest(batch), heightOf(1), { batch, transactions: [transaction] });
    submission.resume([transaction]);
    dissemination.received(v2, [transaction.envelope]);
    run.advance(10);
    expect(room.has(transaction.id)).toBe(false);
    run.certify(1 + parametersOf(run.context).window);
    run.advance(run.context.tuning.payloadDropMs);
    run.completeAll();
    expect([isHere(), room.has(transaction.id), accepted.has(transaction.id)]).toEqual([true, true, true]);
  });

  it('frees it if the pool takes it no more', () => {
    const run = setUp();
    const expired = transactionOf({ payload: bytes, expiresAt: startMs - 1 });
    run.store();
    run.accepted.set(expired.id, expired.envelope);
    run.submission.resume([expired]);
    run.completeAll();
    run.untilDropped();
    expect([run.accepted.size, run.isHere()]).toEqual([0, false]);
  });

  it('is named in the log if its payload is lost', () => {
    const run = setUp();
    const transaction = naming();
    run.accepted.set(transaction.id, transaction.envelope);
    run.submission.resume([transaction]);
    run.completeAll();
    expect(run.room.has(transaction.id)).toBe(false);
    expect(run.logged).toEqual([
      { code: 'promise-without-payload', facts: { transaction: transaction.id, lost: [digest] } },
    ]);
  });
});

describe('a client that brings what a peer brought before', () => {
  it('relies on bytes that are here, though the transaction of the peer leaves meanwhile', () => {
    const run = setUp();
    const { payloads, submission, room, isHere } = run;
    run.store();
    const transaction = naming();
    payloads.whenHere({ from: v3, share: `peer:${v3}` }, [transaction], () => undefined);
    const statuses: unknown[] = [];
    submission.submit([transaction], (results) => statuses.push(...results.map(({ status }) => status)));
    payloads.left([transaction.id]);
    run.advance(run.context.tuning.payloadDropMs);
    run.completeAll();
    run.untilDropped();
    expect([statuses, room.has(transaction.id), isHere()]).toEqual([['accepted'], true, true]);
  });

  it('is refused by a full share only what else it brings', () => {
    const { payloads, submission, completeAll } = setUp({ loosePayloadBytesMax: 1_000 });
    const more = Uint8Array.of(7);
    const [brought, other] = [naming(), transactionOf({ payload: more })];
    payloads.whenHere({ from: v3, share: `peer:${v3}` }, [brought], () => undefined);
    const supplied = new Map([bytes, more].map((one) => [payloadDigest(one), one]));
    const statuses: unknown[] = [];
    submission.submit(
      [brought, other],
      (results) => statuses.push(...results.map(({ status }) => status)),
      undefined,
      supplied,
    );
    completeAll();
    expect(statuses).toMatchObject(['accepted', { code: 'payload-share-full' }]);
  });
});

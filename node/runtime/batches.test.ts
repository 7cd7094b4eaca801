import { describe, expect, it } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import { payloadBytesMax, payloadDigest } from '../../shared/codec/payload.ts';
import { heightOf, type TransactionId, type ValidatorId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { Output } from '../consensus/types.ts';
import { createTransactionChecks } from './admission.ts';
import { type Arrivals, createBatches } from './batches.ts';
import { parametersOf } from './context.ts';
import { createPayloads } from './payloads.ts';
import { createConduct } from './peer-conduct.ts';
import { createTestContext, ids, startMs, transactionOf } from './test-support.ts';
import { createTransactionLane } from './verification.ts';

const [v1, v2, v3] = ids as readonly [ValidatorId, ValidatorId, ValidatorId];

function setUp() {
  const test = createTestContext(v1);
  const inChecks = new Set<TransactionId>();
  const expedited: TransactionId[] = [];
  const arrivals: Arrivals = {
    expedite: (missing) => expedited.push(...missing),
    isInChecks: (id) => inChecks.has(id),
  };
  const pool = new Map<TransactionId, Transaction>();
  const checks = createTransactionChecks(test.context, createTransactionLane(test.ports.verifier, 100));
  const payloads = createPayloads(test.context, createConduct(test.context), {
    isProposed: (digest) => batches.lacksPayload(digest),
    changed: () => batches.payloadsChanged(),
  });
  const batches = createBatches(test.context, { get: (id) => pool.get(id) }, checks, arrivals, payloads);
  return { ...test, pool, batches, room: payloads, inChecks, expedited };
}

const good = transactionOf();
const other = transactionOf();

const batchOf = (...transactions: readonly Transaction[]) => ({
  time: startMs,
  proposer: v2,
  ids: transactions.map(({ id }) => id),
});

function requestOf(
  batch: ReturnType<typeof batchOf>,
  extra: Partial<Extract<Output, { type: 'check-batch' }>> = {},
): Extract<Output, { type: 'check-batch' }> {
  return {
    type: 'check-batch',
    sequence: heightOf(1),
    digest: batchDigest(batch),
    batch,
    reproposal: false,
    holders: [v2],
    ...extra,
  };
}

describe('proposed batches (rules N2, N3, N5)', () => {
  it('accepts a batch whose bodies are pooled, and holds them', () => {
    const { batches, pool, fed } = setUp();
    pool.set(good.id, good);
    const batch = batchOf(good);
    batches.check(requestOf(batch));
    expect(fed).toEqual([
      { type: 'batch-checked', digest: batchDigest(batch), verdict: { ok: true, batch } },
    ]);
    pool.clear();
    expect(batches.bodiesOf(batchDigest(batch), batch)).toEqual([good]);
  });

  it('looks at what was spread and waits here, and asks nobody for what is at the verifier', () => {
    const { batches, pool, sent, fed, advance, inChecks, expedited, context } = setUp();
    inChecks.add(good.id);
    batches.check(requestOf(batchOf(good, other)));
    expect(expedited).toEqual([good.id, other.id]);
    advance(context.tuning.bodyGraceMs);
    expect(sent).toEqual([{ to: v2, message: { type: 'get-bodies', ids: [other.id] } }]);
    batches.bodiesArrived(v2, [good]);
    expect(fed).toEqual([]);
    pool.set(good.id, good);
    pool.set(other.id, other);
    inChecks.clear();
    batches.pooled([good, other]);
    expect(fed).toHaveLength(1);
  });

  it('asks for a body that was at the verifier and did not reach the pool', () => {
    const { batches, sent, advance, inChecks, context } = setUp();
    inChecks.add(good.id);
    batches.check(requestOf(batchOf(good)));
    advance(context.tuning.bodyGraceMs);
    expect(sent).toEqual([]);
    inChecks.clear();
    advance(context.tuning.bodyGraceMs);
    expect(sent).toEqual([{ to: v2, message: { type: 'get-bodies', ids: [good.id] } }]);
  });

  it('does not wait a deadline long for what lies behind a flood at the verifier (rule F1)', () => {
    const { batches, sent, fed, asked, advance, completeAll, inChecks, context } = setUp();
    inChecks.add(good.id);
    batches.check(requestOf(batchOf(good)));
    advance(parametersOf(context).waitingTimeoutMs / 4 + context.tuning.bodyGraceMs);
    expect(sent).toEqual([{ to: v2, message: { type: 'get-bodies', ids: [good.id] } }]);
    batches.bodiesArrived(v2, [good]);
    completeAll();
    expect(asked).toEqual(['verify 1']);
    expect(fed).toMatchObject([{ verdict: { ok: true } }]);
  });

  it('takes a checked body for which the pool has no room, and does not fetch it', () => {
    const { batches, fed } = setUp();
    batches.check(requestOf(batchOf(good)));
    batches.pooled([good]);
    expect(fed).toMatchObject([{ verdict: { ok: true } }]);
  });

  it('waits a moment for bodies on their way, then asks holders in turn', () => {
    const { batches, sent, advance, context } = setUp();
    batches.check(requestOf(batchOf(good), { holders: [v2, v3] }));
    expect(sent).toEqual([]);
    advance(context.tuning.bodyGraceMs);
    advance(context.tuning.fetchTimeoutMs);
    expect(sent.map(({ to, message }) => `${to} ${message.type}`)).toEqual([
      'v2 get-bodies',
      'v3 get-bodies',
    ]);
  });

  it('asks less often once every holder was asked: who is busy answers late', () => {
    const { batches, sent, advance, context } = setUp();
    const { bodyGraceMs, fetchTimeoutMs } = context.tuning;
    const holders = context.ports.links.open().length;
    batches.check(requestOf(batchOf(good)));
    advance(bodyGraceMs);
    for (let asked = 1; asked <= holders; asked += 1) advance(fetchTimeoutMs);
    expect(sent).toHaveLength(holders + 1);
    advance(fetchTimeoutMs);
    expect(sent).toHaveLength(holders + 1);
    advance(fetchTimeoutMs);
    expect(sent).toHaveLength(holders + 2);
    sent.length = 0;
    for (let quiet = 0; quiet < 1_000; quiet += 1) advance(fetchTimeoutMs);
    expect(sent.length).toBeGreaterThanOrEqual(1_000 / 8 - 1);
    expect(sent.length).toBeLessThan(1_000 / 8 + 4 * holders);
  });

  it('asks for the bodies of a few batches at a time, the next heights first', () => {
    const { batches, pool, sent, advance, context } = setUp();
    const lacking = [1, 2, 3, 4, 5, 6].map((height) => ({
      height: heightOf(height),
      lacks: transactionOf(),
    }));
    for (const { height, lacks } of lacking) {
      batches.check(requestOf(batchOf(lacks), { sequence: height }));
    }
    const asked = (): readonly TransactionId[] =>
      sent.flatMap(({ message }) => (message.type === 'get-bodies' ? message.ids : []));
    const idsOf = (rows: typeof lacking) => rows.map(({ lacks }) => lacks.id);
    advance(context.tuning.bodyGraceMs);
    expect(asked()).toEqual(idsOf(lacking.slice(0, 4)));
    sent.length = 0;
    for (const { lacks } of lacking.slice(0, 2)) {
      pool.set(lacks.id, lacks);
      batches.pooled([lacks]);
    }
    advance(context.tuning.fetchTimeoutMs);
    expect(asked()).toEqual(expect.arrayContaining(idsOf(lacking.slice(4))));
  });

  it('goes on when the pool takes the missing body', () => {
    const { batches, pool, fed } = setUp();
    batches.check(requestOf(batchOf(good)));
    pool.set(good.id, good);
    batches.pooled([good]);
    expect(fed).toMatchObject([{ verdict: { ok: true } }]);
  });

  it('verifies a body once, however often it is served meanwhile', () => {
    const { batches, asked, completeAll, fed } = setUp();
    batches.check(requestOf(batchOf(good)));
    for (const from of [v2, v3, v2]) batches.bodiesArrived(from, [good]);
    completeAll();
    expect(asked).toEqual(['verify 1']);
    expect(fed).toMatchObject([{ verdict: { ok: true } }]);
  });

  it('checks fetched bodies: a bad signature makes the proposal provably invalid', () => {
    const { batches, fed, completeAll } = setUp();
    const forged = transactionOf({ signer: 'thief' });
    batches.check(requestOf(batchOf(good, forged)));
    batches.bodiesArrived(v3, [good, forged]);
    completeAll();
    expect(fed).toMatchObject([{ verdict: { ok: false } }]);
  });

  it('takes the same batch under a prepared certificate with possession alone', () => {
    const { batches, fed, asked, sent } = setUp();
    const forged = transactionOf({ signer: 'thief' });
    batches.check(requestOf(batchOf(forged), { reproposal: true }));
    expect(sent).toMatchObject([{ to: v2, message: { type: 'get-bodies', ids: [forged.id] } }]);
    expect([forged, good].map(({ id }) => batches.isMissing(id))).toEqual([true, false]);
    batches.bodiesArrived(v2, [forged]);
    expect(fed).toMatchObject([{ verdict: { ok: true } }]);
    expect(asked).toEqual([]);
  });

  it('fetches a batch of which only the digest is known', () => {
    const { batches, fed, sent } = setUp();
    const batch = batchOf(good);
    batches.check({ ...requestOf(batch, { reproposal: true }), batch: undefined } as never);
    expect(sent).toMatchObject([{ message: { type: 'get-batch', digest: batchDigest(batch) } }]);
    batches.batchArrived(v2, batchOf(other));
    batches.batchArrived(v2, batch);
    batches.bodiesArrived(v2, [good]);
    expect(fed).toMatchObject([{ verdict: { ok: true, batch } }]);
  });

  it('ends a look that is under way when the batch is held and asked for again, and holds it for the later height', () => {
    const { batches, fed, sent, advance, context } = setUp();
    const batch = batchOf(good);
    const { window } = parametersOf(context);
    batches.check(requestOf(batch, { sequence: heightOf(3) }));
    batches.hold(batchDigest(batch), heightOf(2), { batch, transactions: [good] });
    batches.check(requestOf(batch, { sequence: heightOf(2) }));
    batches.pooled([good]);
    advance(context.tuning.bodyGraceMs);
    expect([fed.length, sent, batches.isAnyMissing()]).toEqual([1, [], false]);
    batches.certified(heightOf(2 + window));
    expect(batches.held(batchDigest(batch))).toBeDefined();
    batches.certified(heightOf(3 + window));
    expect(batches.held(batchDigest(batch))).toBeUndefined();
  });

  it('refuses a transaction that is there twice', () => {
    const { batches, pool, fed } = setUp();
    pool.set(good.id, good);
    batches.check(requestOf(batchOf(good, good)));
    expect(fed).toMatchObject([{ verdict: { ok: false, reason: 'repeated-transaction' } }]);
  });

  it('forgets checks at certified heights, and held bodies when the window has moved on', () => {
    const { batches, pool, fed, context } = setUp();
    pool.set(good.id, good);
    const batch = batchOf(good);
    batches.check(requestOf(batch));
    batches.check(requestOf(batchOf(other)));
    batches.certified(heightOf(1));
    batches.bodiesArrived(v2, [other]);
    expect(fed).toHaveLength(1);
    expect(batches.envelope(good.id)).toBe(good.envelope);
    batches.certified(heightOf(1 + parametersOf(context).window));
    expect(batches.envelope(good.id)).toBeUndefined();
    expect(batches.bodiesOf(batchDigest(batch), batch)).toBeUndefined();
  });

  it('holds what is certified as envelopes, and decodes them for whoever needs the bodies (rule N5)', () => {
    const { batches, pool, fed } = setUp();
    pool.set(good.id, good);
    pool.set(other.id, other);
    const batch = batchOf(good, other);
    const digest = batchDigest(batch);
    batches.check(requestOf(batch));
    expect(batches.bodiesOf(digest, batch)?.[0]).toBe(good);
    batches.certified(heightOf(1));
    pool.clear();
    expect(batches.bodiesOf(digest, batch)).toEqual([good, other]);
    expect(batches.bodiesOf(digest, batch)?.[0]).not.toBe(good);
    expect(batches.held(digest)).toEqual(batch);
    batches.check(requestOf(batch, { sequence: heightOf(2), reproposal: true }));
    expect(fed.at(-1)).toEqual({ type: 'batch-checked', digest, verdict: { ok: true, batch } });
    const later = batchOf(other);
    batches.check(requestOf(later, { sequence: heightOf(2) }));
    expect(fed.at(-1)).toMatchObject({ digest: batchDigest(later), verdict: { ok: true } });
    expect(batches.bodiesOf(batchDigest(later), later)).toEqual([other]);
  });
});

/** As if its append had so many events, each with an empty payload. */
function namingMany(nth: number, count: number): Transaction {
  const transaction = transactionOf();
  const events = Array.from({ length: count }, (_, index) => {
    const digest = new Uint8Array(32).fill(nth).fill(index, 1, 2);
    const payload = { digest, size: 0, erasable: true, recipients: [] };
    return { eventId: `e${index}`, type: 't', data: 0, labels: {}, references: [], payload };
  });
  return {
    ...transaction,
    body: { ...transaction.body, args: { stream: 's', expectedRevision: 'any', events } },
  };
}

describe('payloads of proposed batches', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const naming = transactionOf({ payload: bytes });
  const digest = payloadDigest(bytes);

  it('are fetched from holders, and durable before the answer', () => {
    const { batches, room, pool, fed, sent, complete } = setUp();
    pool.set(naming.id, naming);
    const batch = batchOf(naming);
    batches.check(requestOf(batch));
    expect(sent).toEqual([{ to: v2, message: { type: 'get-payloads', digests: [digest] } }]);
    room.arrived(v2, [bytes], []);
    expect(fed).toEqual([]);
    expect(complete()).toBe(true);
    expect(fed).toEqual([
      { type: 'batch-checked', digest: batchDigest(batch), verdict: { ok: true, batch } },
    ]);
  });

  it('are waited for under a prepared certificate, too, and nothing else is asked for meanwhile', () => {
    const { batches, room, pool, fed, sent, advance, completeAll, context } = setUp();
    pool.set(naming.id, naming);
    batches.check(requestOf(batchOf(naming), { reproposal: true }));
    advance(context.tuning.bodyGraceMs * 4);
    expect(sent).toHaveLength(1);
    expect(fed).toEqual([]);
    room.arrived(v2, [bytes], []);
    completeAll();
    expect(fed).toMatchObject([{ verdict: { ok: true } }]);
  });

  it('are not needed by what expired by certified time, which can only be skipped', () => {
    const { batches, pool, fed, sent } = setUp();
    const expired = transactionOf({ payload: bytes, expiresAt: startMs });
    pool.set(expired.id, expired);
    batches.check(requestOf(batchOf(expired), { reproposal: true }));
    expect([sent, fed.length]).toEqual([[], 1]);
  });

  it('are fetched no more once a later view proposes another for their height, and again if it is asked for again', () => {
    const { batches, room, pool, fed, completeAll, payloads, advance, context } = setUp();
    const later = transactionOf({ payload: Uint8Array.of(4) });
    for (const one of [naming, later]) pool.set(one.id, one);
    batches.check(requestOf(batchOf(naming)));
    batches.check(requestOf(batchOf(later), { holders: [v3] }));
    expect([digest, payloadDigest(Uint8Array.of(4))].map(batches.lacksPayload)).toEqual([false, true]);
    room.arrived(v2, [bytes], []);
    completeAll();
    advance(context.tuning.payloadDropMs);
    completeAll();
    expect([fed, payloads.has(digest)]).toEqual([[], false]);
    // A quorum prepared it meanwhile (rule N5).
    batches.check(requestOf(batchOf(naming), { reproposal: true }));
    expect(batches.lacksPayload(digest)).toBe(true);
    // Whatever is proposed for the height, that stays.
    batches.check(requestOf(batchOf(naming, later), { holders: [v3] }));
    expect(batches.lacksPayload(digest)).toBe(true);
  });

  it('together are no more than a batch may name (rule N2)', () => {
    const { batches, pool, fed } = setUp();
    const large = Array.from({ length: 17 }, (_, index) =>
      transactionOf({ payload: new Uint8Array(payloadBytesMax).fill(index) }),
    );
    for (const one of large) pool.set(one.id, one);
    batches.check(requestOf(batchOf(...large)));
    expect(fed).toMatchObject([{ verdict: { ok: false, reason: 'batch-payloads-too-large' } }]);
  });

  it('are no more in number than everybody can fetch before the primary is late, however small they are', () => {
    const { batches, pool, fed, sent } = setUp();
    const small = [0, 1, 2, 3, 4].map((nth) => namingMany(nth, 256));
    for (const one of small) pool.set(one.id, one);
    batches.check(requestOf(batchOf(...small.slice(1))));
    expect([fed, sent.length > 0]).toEqual([[], true]);
    batches.check(requestOf(batchOf(...small)));
    expect(fed).toMatchObject([{ verdict: { ok: false, reason: 'batch-payloads-too-large' } }]);
  });
});

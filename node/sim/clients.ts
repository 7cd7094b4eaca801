/**
 * Clients that submit to random replicas, submit the same bytes again elsewhere while no receipt is seen, and
 * remember what became of each transaction.
 */
import { payloadDigest } from '../../shared/codec/payload.ts';
import { toUtf8 } from '../../shared/codec/utf8.ts';
import type { Digest, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { Node } from '../runtime/node.ts';
import type { Supplied } from '../runtime/payloads.ts';
import type { SubmissionDone } from '../runtime/submission.ts';
import { type Founding, startWallMs } from './founding.ts';
import { signAppend } from './transactions.ts';
import type { World } from './world.ts';

export interface Clients {
  /** Submits now and then, for ever. */
  start(): void;
  /** One transaction that lives long, to this replica, again only while it is refused. */
  submitTo(replica: ValidatorId): TransactionId;
  receiptSeen(id: TransactionId): void;
  /** Of another client: to this replica, once. If that accepts them it promises. */
  offer(replica: ValidatorId, transactions: readonly Transaction[]): void;
  /** Accepted by one of those named, alive for a while yet, and not certified as far as this question knows. */
  brokenPromises(
    isCertified: (id: TransactionId) => boolean,
    by: ReadonlySet<ValidatorId>,
  ): readonly TransactionId[];
}

const shortLivedShare = 0.15;
const staleRevisionShare = 0.1;
const longLifeMs = 50_000;
const streams = 3;
const refusedPauseMs = 20;
const expiryMarginMs = 4_000;
const forgottenShare = 0.1;
const namedAgainShare = 0.25;

export function createClients(
  world: World,
  founding: Founding,
  nodeOf: (id: ValidatorId) => Node | undefined,
): Clients {
  const { prng, queue, settings } = world;
  const unacknowledged = new Map<TransactionId, Transaction>();
  /** What comes along with each, and all that ever did. */
  const payloadOf = new Map<TransactionId, Uint8Array>();
  const payloads: Uint8Array[] = [];
  /** Accepted transactions, when they expire, and by whom they were accepted. */
  const promises = new Map<TransactionId, { readonly expiresAt: number; readonly by: Set<ValidatorId> }>();
  let serial = 0;

  function start(): void {
    if (!Number.isFinite(settings.submitEveryMs)) return;
    queue.after(prng.between(0, 2 * settings.submitEveryMs), () => {
      if (!world.hostile) return;
      send(prng.pick(founding.ids), Array.from({ length: 1 + prng.below(settings.submitMax) }, next));
      start();
    });
  }

  function next(): Transaction {
    const isFull = isFullUp();
    const again = isFull || prng.chance(settings.resubmission) ? [...unacknowledged.values()] : [];
    return again.length > 0 ? prng.pick(again) : create();
  }

  /** What has expired needs no receipt any more. */
  function isFullUp(): boolean {
    if (unacknowledged.size < settings.openMax) return false;
    const nowMs = startWallMs + settings.clockAheadMs + queue.nowMs();
    for (const [id, { body }] of unacknowledged) if (body.expiresAt < nowMs) unacknowledged.delete(id);
    return unacknowledged.size >= settings.openMax;
  }

  function submitTo(replica: ValidatorId): TransactionId {
    // With a payload of its own: one that another event names would be refused for ever.
    const transaction = envelopeOf(longLifeMs, 'any', newPayload);
    insist(replica, transaction);
    return transaction.id;
  }

  function insist(replica: ValidatorId, transaction: Transaction): void {
    const answered: SubmissionDone = ([result]) => {
      const isPromised = result?.status === 'accepted' || result?.status === 'known';
      if (!isPromised) queue.after(refusedPauseMs, () => insist(replica, transaction));
    };
    nodeOf(replica)?.submit([transaction], answered, undefined, suppliedFor([transaction]));
  }

  /** Now and then somebody forgets what was to come along. */
  function suppliedFor(transactions: readonly Transaction[], canForget = false): Supplied {
    const supplied = new Map<Digest, Uint8Array>();
    for (const { id } of transactions) {
      const bytes = payloadOf.get(id);
      if (bytes === undefined) continue;
      if (canForget && prng.chance(forgottenShare)) world.meet('payload forgotten');
      else supplied.set(payloadDigest(bytes), bytes);
    }
    return supplied;
  }

  function newPayload(): Uint8Array {
    const bytes = toUtf8(`payload ${serial} ${'x'.repeat(prng.below(200))}`);
    payloads.push(bytes);
    return bytes;
  }

  /** One of its own, or one that another event named before. */
  const somePayload = (): Uint8Array =>
    payloads.length > 0 && prng.chance(namedAgainShare) ? prng.pick(payloads) : newPayload();

  function create(): Transaction {
    const lifeMs = prng.chance(shortLivedShare) ? settings.lifeMinMs : longLifeMs;
    const transaction = envelopeOf(lifeMs, prng.chance(staleRevisionShare) ? prng.below(20) : 'any');
    unacknowledged.set(transaction.id, transaction);
    return transaction;
  }

  function envelopeOf(lifeMs: number, expectedRevision: number | 'any', draw = somePayload): Transaction {
    serial += 1;
    const payload = settings.payloadShare > 0 && prng.chance(settings.payloadShare) ? draw() : undefined;
    const transaction = signAppend(founding, {
      eventId: `e${serial}`,
      stream: `s${prng.below(streams)}`,
      expectedRevision,
      nonce: serial.toString(16).padStart(32, '0'),
      expiresAtMs: queue.nowMs() + lifeMs,
      ...(payload !== undefined && { payload }),
    });
    if (payload !== undefined) payloadOf.set(transaction.id, payload);
    return transaction;
  }

  function send(replica: ValidatorId, transactions: readonly Transaction[]): void {
    const names = (): string => transactions.map(({ id }) => id.slice(0, 8)).join(' ');
    world.trace(() => `a client submits ${names()} to ${replica}`);
    const answered: SubmissionDone = (results) => {
      results.forEach(({ status }, index) => {
        if (status === 'accepted' || status === 'known') remember(transactions[index]!, replica);
      });
    };
    nodeOf(replica)?.submit(transactions, answered, undefined, suppliedFor(transactions, true));
  }

  function remember({ id, body }: Transaction, replica: ValidatorId): void {
    const by = promises.get(id)?.by ?? new Set();
    promises.set(id, { expiresAt: body.expiresAt, by: by.add(replica) });
  }

  function brokenPromises(
    isCertified: (id: TransactionId) => boolean,
    by: ReadonlySet<ValidatorId>,
  ): TransactionId[] {
    const soonMs = startWallMs + settings.clockAheadMs + queue.nowMs() + expiryMarginMs;
    return [...promises]
      .filter(([id, { expiresAt }]) => expiresAt > soonMs && !isCertified(id))
      .filter(([, promise]) => [...promise.by].some((replica) => by.has(replica)))
      .map(([id]) => id);
  }

  return {
    start,
    submitTo,
    receiptSeen: (id) => unacknowledged.delete(id),
    offer: send,
    brokenPromises,
  };
}

/**
 * Clients that submit to random replicas, submit the same bytes again elsewhere while no receipt is seen, and
 * remember what became of each transaction.
 */
import type { TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { Node } from '../runtime/node.ts';
import { type Founding, startWallMs } from './founding.ts';
import { signAppend } from './transactions.ts';
import type { World } from './world.ts';

export interface Clients {
  /** Submits now and then, for ever. */
  start(): void;
  /** One transaction that lives long, to this replica, again only while it is refused. */
  submitTo(replica: ValidatorId): TransactionId;
  receiptSeen(id: TransactionId): void;
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

export function createClients(
  world: World,
  founding: Founding,
  nodeOf: (id: ValidatorId) => Node | undefined,
): Clients {
  const { prng, queue, settings } = world;
  const unacknowledged = new Map<TransactionId, Transaction>();
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
    const transaction = envelopeOf(longLifeMs, 'any');
    insist(replica, transaction);
    return transaction.id;
  }

  function insist(replica: ValidatorId, transaction: Transaction): void {
    nodeOf(replica)?.submit([transaction], ([result]) => {
      const isPromised = result?.status === 'accepted' || result?.status === 'known';
      if (!isPromised) queue.after(refusedPauseMs, () => insist(replica, transaction));
    });
  }

  function create(): Transaction {
    const lifeMs = prng.chance(shortLivedShare) ? settings.lifeMinMs : longLifeMs;
    const transaction = envelopeOf(lifeMs, prng.chance(staleRevisionShare) ? prng.below(20) : 'any');
    unacknowledged.set(transaction.id, transaction);
    return transaction;
  }

  function envelopeOf(lifeMs: number, expectedRevision: number | 'any'): Transaction {
    serial += 1;
    return signAppend(founding, {
      eventId: `e${serial}`,
      stream: `s${prng.below(streams)}`,
      expectedRevision,
      nonce: serial.toString(16).padStart(32, '0'),
      expiresAtMs: queue.nowMs() + lifeMs,
    });
  }

  function send(replica: ValidatorId, transactions: readonly Transaction[]): void {
    const names = (): string => transactions.map(({ id }) => id.slice(0, 8)).join(' ');
    world.trace(() => `a client submits ${names()} to ${replica}`);
    nodeOf(replica)?.submit(transactions, (results) => {
      results.forEach(({ status }, index) => {
        if (status === 'accepted' || status === 'known') remember(transactions[index]!, replica);
      });
    });
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
    brokenPromises,
  };
}

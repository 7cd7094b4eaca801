/**
 * Clients that submit to random replicas, submit the same bytes again elsewhere while no receipt is seen, and
 * remember what became of each transaction.
 */
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeTransactionBody,
  transactionSigningBytes,
} from '../../shared/codec/ledger.ts';
import type { Nonce, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { CborValue, Transaction } from '../../shared/types/ledger.ts';
import type { Node } from '../runtime/node.ts';
import { type Founding, startWallMs } from './founding.ts';
import { signKeyed } from './keyed-hash.ts';
import type { World } from './world.ts';

export interface Clients {
  /** Submits now and then, for ever. */
  start(): void;
  /** One transaction that lives long, to this replica, again only while it is refused. */
  submitTo(replica: ValidatorId): TransactionId;
  receiptSeen(id: TransactionId): void;
  /** Accepted by others than the lost, alive for a while yet, and not certified as far as this question knows. */
  brokenPromises(
    isCertified: (id: TransactionId) => boolean,
    lost: ReadonlySet<ValidatorId>,
  ): readonly TransactionId[];
}

const shortLivedShare = 0.15;
const staleRevisionShare = 0.1;
const longLifeMs = 50_000;
const streams = 3;
const refusedPauseMs = 20;
const expiryMarginMs = 2_000;

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
    queue.after(prng.between(0, 2 * settings.submitEveryMs), () => {
      if (!world.hostile) return;
      const again = [...unacknowledged.values()];
      const repeats = again.length > 0 && prng.chance(settings.resubmission);
      send(prng.pick(founding.ids), repeats ? prng.pick(again) : create());
      start();
    });
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
    const event = { eventId: `e${serial}`, type: 'noted', data: serial, labels: {}, references: [] };
    const stream = `s${prng.below(streams)}`;
    return signed(
      { stream, expectedRevision, events: [event] },
      Math.floor(startWallMs + queue.nowMs() + lifeMs),
    );
  }

  function signed(args: CborValue, expiresAt: number): Transaction {
    const bytes = encodeTransactionBody({
      version: 1,
      network: founding.genesis.network,
      sender: founding.clientKey,
      nonce: serial.toString(16).padStart(32, '0') as Nonce,
      expiresAt,
      action: 'streams.append',
      args,
    });
    const message = transactionSigningBytes(founding.genesis.network, bytes);
    return decodeEnvelope(encodeEnvelope(bytes, signKeyed(founding.clientKey, message)));
  }

  function send(replica: ValidatorId, transaction: Transaction): void {
    world.trace(() => `a client submits ${transaction.id.slice(0, 8)} to ${replica}`);
    nodeOf(replica)?.submit([transaction], ([result]) => {
      const isPromised = result?.status === 'accepted' || result?.status === 'known';
      if (!isPromised) return;
      const by = promises.get(transaction.id)?.by ?? new Set();
      promises.set(transaction.id, { expiresAt: transaction.body.expiresAt, by: by.add(replica) });
    });
  }

  function brokenPromises(
    isCertified: (id: TransactionId) => boolean,
    lost: ReadonlySet<ValidatorId>,
  ): TransactionId[] {
    const soonMs = startWallMs + settings.clockAheadMs + queue.nowMs() + expiryMarginMs;
    return [...promises]
      .filter(([, { by }]) => [...by].some((replica) => !lost.has(replica)))
      .filter(([id, { expiresAt }]) => expiresAt > soonMs && !isCertified(id))
      .map(([id]) => id);
  }

  return {
    start,
    submitTo,
    receiptSeen: (id) => unacknowledged.delete(id),
    brokenPromises,
  };
}

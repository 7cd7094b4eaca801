/**
 * The pool with what the network knows: whether a pair ran already, what is expired by certified time and what
 * only by our clock (rule F2).
 */
import type { PublicKey, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { Rejection, Transaction } from '../../shared/types/ledger.ts';
import { rulesOf } from '../ledger/modules/all.ts';
import { readKey } from '../ledger/modules/keys.ts';
import { readyAction } from '../ledger/modules/validator-actions.ts';
import { validatorOfSender } from '../ledger/modules/validator-senders.ts';
import { transactionOfPair } from '../ledger/pairs.ts';
import {
  createPool,
  type Pool,
  type PoolFigures,
  type PoolLimits,
  type PoolSource,
  poolLimits,
} from '../ledger/pool.ts';
import { rejection } from '../ledger/rejections.ts';
import { parametersOf, type RuntimeContext, validatorsOf } from './context.ts';
import type { CertifiedBlock } from './execution.ts';
import { nowOf } from './loop.ts';
import type { HistogramSnapshot } from './telemetry/histogram.ts';
import { createWaits } from './telemetry/waits.ts';

export interface WaitingRoom {
  has(id: TransactionId): boolean;
  get(id: TransactionId): Transaction | undefined;
  /** Checked transactions. One answer each; undefined: it is in the pool now. */
  add(transactions: readonly Transaction[], source: PoolSource): readonly (Rejection | undefined)[];
  /**
   * Certified state here has had this sender, and remembers it for good (rule E4): what a key signed before it was
   * replaced, or its owner revoked, runs and is refused on record, as every node will say sooner or later. What is only
   * spread without a sender is not pooled; who knows better hands it over (rule F1).
   */
  knowsSender(sender: PublicKey): boolean;
  /**
   * It waits here, and every honest node takes it in, whose clock differs from ours by the drift at most (rule N1).
   * Before that a primary may have to leave it out, and owes it to nobody (rule F1).
   */
  isOwed(transaction: Transaction): boolean;
  /** Oldest first, for a batch; none that our clock calls expired. */
  select(exclude: { has(id: TransactionId): boolean }): readonly Transaction[];
  /** Of what is owed, as below. */
  oldestAccepted(limit: number): readonly Transaction[];
  /** What such peers spread first, theirs in turns, each oldest first; not what this node accepted, too. */
  oldestReceived(from: (peer: ValidatorId) => boolean, limit: number): readonly Transaction[];
  handedOverBy(peer: ValidatorId): readonly Transaction[];
  /** Something waits whose end only an empty batch can certify. */
  hasExpiredByClock(): boolean;
  /** Waiting ends for what this block settles: these. */
  settle(certified: CertifiedBlock): readonly TransactionId[];
  /**
   * Rule E1: parameters may have changed. What no primary could propose any more waits no longer: these.
   * Decided from certified time and parameters alone, hence alike by everybody.
   */
  entered(): readonly TransactionId[];
  /** max(own clock, certified time) in milliseconds since 1970 (rule F2). */
  nowMs(): number;
  figures(): PoolFigures;
  /** Seconds from arrival in the pool until the block was certified and durable. */
  waits(): HistogramSnapshot;
}

/** In whatever way an activation ends: withdrawn or displaced by a transaction, lapsed, or in force. */
const changesActivation = ({ opening, ran, closing }: CertifiedBlock['block']): boolean =>
  [...opening, ...ran.flatMap(({ events }) => events), ...closing].some(({ type }) =>
    type.startsWith('activation.'),
  );

const secondOf = (timeMs: number): number => Math.floor(timeMs / 1_000);

export function createWaitingRoom(context: RuntimeContext, certifiedTimeMs: number): WaitingRoom {
  const { clock, state } = context.ports;
  const pool: Pool = createPool(limits());
  /** Senders that were looked for since the last block. */
  const knownSenders = new Set<PublicKey>();
  const waits = createWaits(clock);
  /** Waiting transactions by the second of their expiry. */
  const perSecond = new Map<number, number>();
  let certifiedMs = certifiedTimeMs;
  let lifetimeBefore = limits().lifetimeMaxMs;
  /** Latest expiry of what came too late for the pool by our clock, but waits at the peer that sent it. */
  let refusedExpiryMs = 0;

  function limits(): PoolLimits {
    return {
      ...poolLimits(parametersOf(context)),
      countMax: context.tuning.poolCountMax,
      bytesMax: context.tuning.poolBytesMax,
      // A peer hands over its own oldest K, and passes on to the primary what every other handed to it (rule F1).
      placesPerPeer: parametersOf(context).waitingPerPeer * validatorsOf(context).length,
    };
  }

  const nowMs = (): number => Math.max(nowOf(clock).wallMs, certifiedMs);

  function add(transactions: readonly Transaction[], source: PoolSource): (Rejection | undefined)[] {
    return transactions.map((transaction) => addOne(transaction, source));
  }

  function addOne(transaction: Transaction, source: PoolSource): Rejection | undefined {
    const { sender, nonce, expiresAt } = transaction.body;
    const ranAs = transactionOfPair(state, sender, nonce);
    if (ranAs === transaction.id) return { code: 'duplicate', facts: { transaction: ranAs } };
    if (ranAs !== undefined) return { code: 'superseded', facts: { transaction: ranAs } };
    // Its form was checked when it came, perhaps in the epoch before.
    const bytesMax = envelopeBytesMax();
    const bytes = transaction.envelope.length;
    if (bytes > bytesMax) return rejection({ code: 'too-large', facts: { bytes, bytesMax } });
    // After a restart, or from a peer that is behind, it may come when its activation or its epoch has ended.
    if (isWordInVain(transaction)) {
      return rejection({ code: 'not-a-validator', facts: { sender, action: transaction.body.action } });
    }
    const addition = pool.add(transaction, source, nowMs());
    if (!addition.ok) {
      if (addition.rejection.code === 'expired') refusedExpiryMs = Math.max(refusedExpiryMs, expiresAt);
      return addition.rejection;
    }
    if (!addition.added) return undefined;
    countExpiry(expiresAt, 1);
    waits.arrived(transaction.id);
    return undefined;
  }

  function envelopeBytesMax(): number {
    const parameters = parametersOf(context);
    return Math.min(parameters.envelopeBytesMax, parameters.batchBytesMax);
  }

  function entered(): readonly TransactionId[] {
    const { lifetimeMaxMs } = limits();
    const latest = lifetimeMaxMs < lifetimeBefore ? certifiedMs + lifetimeMaxMs : Number.POSITIVE_INFINITY;
    lifetimeBefore = lifetimeMaxMs;
    pool.relimit(limits());
    knownSenders.clear();
    const bytesMax = envelopeBytesMax();
    const fits = ({ envelope, body }: Transaction): boolean =>
      envelope.length <= bytesMax && body.expiresAt <= latest;
    const left = pool.retain((waiting) => fits(waiting) && !isWordInVain(waiting));
    for (const { body } of left) countExpiry(body.expiresAt, -1);
    return left.map(({ id }) => id);
  }

  function countExpiry(expiresAt: number, sign: 1 | -1): void {
    const second = secondOf(expiresAt);
    const count = (perSecond.get(second) ?? 0) + sign;
    if (count === 0) perSecond.delete(second);
    else perSecond.set(second, count);
  }

  function knowsSender(sender: PublicKey): boolean {
    if (knownSenders.has(sender)) return true;
    const kind = readKey(state, sender)?.kind;
    const isKnown = kind === 'identity' || kind === 'consensus' || isValidatorKey(sender);
    if (!isKnown) return false;
    knownSenders.add(sender);
    return true;
  }

  /** Validators sign actions of their own; who is to join, or to get a key, says that it is ready. */
  const isValidatorKey = (key: PublicKey): boolean =>
    validatorsOf(context).some(({ consensusKey }) => consensusKey === key) ||
    validatorOfSender(state, key, readyAction) !== undefined;

  /** Every honest clock is behind ours by the drift at most, and takes in what lives so much longer than the lifetime. */
  const owedExpiryMaxMs = (): number => nowOf(clock).wallMs + parametersOf(context).lifetimeMs;

  const isOwed = ({ id, body }: Transaction): boolean => pool.has(id) && body.expiresAt <= owedExpiryMaxMs();

  function hasExpiredByClock(): boolean {
    if (refusedExpiryMs > certifiedMs) return true;
    const now = secondOf(nowMs());
    for (const second of perSecond.keys()) if (second < now) return true;
    return false;
  }

  function select(exclude: { has(id: TransactionId): boolean }): readonly Transaction[] {
    const now = nowMs();
    // All that the pool takes in: what cannot be proposed must start no deadline (rules F1, X2).
    const { lifetimeMs, driftMs } = parametersOf(context);
    const latest = now + lifetimeMs + driftMs;
    const canRun = (id: TransactionId): boolean => {
      const expiresAt = pool.get(id)?.body.expiresAt ?? 0;
      return expiresAt > now && expiresAt <= latest;
    };
    return pool.select({
      limit: parametersOf(context).batchLimit,
      bytesMax: parametersOf(context).batchBytesMax,
      exclude: { has: (id) => exclude.has(id) || !canRun(id) },
    });
  }

  /**
   * Only a validator says it, and its key is none's any more, or never will be: it could only be refused. Those that
   * did not have it yet take it no more, and on a quiet network, where certified time stands still, whoever kept it
   * would suspect the primary alone and for ever (rule F2). It leaves with the block that ends an activation, when
   * alone that changes; what an identity says of it is refused on record, as all that it says.
   */
  const isWordInVain = ({ body: { action, sender } }: Transaction): boolean =>
    isOfValidators(action) && !isValidatorKey(sender) && readKey(state, sender)?.kind !== 'identity';

  const isOfValidators = (action: string): boolean =>
    rulesOf(context.epochs.current().protocol, action)?.senders === 'validators';

  function settle({ block, transactions }: CertifiedBlock): readonly TransactionId[] {
    certifiedMs = block.header.time;
    knownSenders.clear();
    const skipped = new Set(block.skipped);
    const superseded = transactions.filter(
      ({ id, body }) => skipped.has(id) && transactionOfPair(state, body.sender, body.nonce) !== undefined,
    );
    const left = [
      ...pool.settle(block.ran.map((run) => run.transaction)),
      ...pool.remove(superseded.map(({ id }) => id)),
      ...pool.expire(certifiedMs),
      ...(changesActivation(block) ? pool.retain((waiting) => !isWordInVain(waiting)) : []),
    ];
    for (const { body } of left) countExpiry(body.expiresAt, -1);
    const ran = block.ran.map((run) => run.transaction.id);
    const leftIds = left.map(({ id }) => id);
    waits.committed(ran);
    waits.left(leftIds);
    return [...new Set([...leftIds, ...ran])];
  }

  return {
    has: (id) => pool.has(id),
    get: (id) => pool.get(id),
    add,
    knowsSender,
    isOwed,
    select,
    oldestAccepted: (limit) => pool.oldestAccepted(limit, owedExpiryMaxMs()),
    oldestReceived: (from, limit) => pool.oldestReceived(from, limit, owedExpiryMaxMs()),
    handedOverBy: (peer) => pool.handedOverBy(peer),
    hasExpiredByClock,
    settle,
    entered,
    nowMs,
    figures: () => pool.figures(),
    waits: waits.snapshot,
  };
}

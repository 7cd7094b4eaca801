/**
 * Batches that consensus asks about: their bodies are found in the pool or fetched by id from holders (N3), and
 * checked (N2) unless a prepared certificate stands behind them (N5); their payloads are durable here, or erased, before
 * the answer (payloads.ts). What passed is held (held-batches.ts).
 */
import { batchDigest, decodeEnvelope } from '../../shared/codec/ledger.ts';
import {
  type BatchDigest,
  type Digest,
  type Height,
  heightOf,
  type TransactionId,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type { Batch, Rejection, Transaction } from '../../shared/types/ledger.ts';
import type { BatchVerdict, Output } from '../consensus/types.ts';
import type { NamedPayload } from '../ledger/modules/streams.ts';
import { checkBatchForm } from '../ledger/validate.ts';
import type { TransactionChecks } from './admission.ts';
import { parametersOf, peersOf, type RuntimeContext } from './context.ts';
import { createHeldBatches, type HeldBatch } from './held-batches.ts';
import type { Payloads } from './payloads.ts';
import type { StoredBlock } from './ports.ts';

type CheckBatch = Extract<Output, { type: 'check-batch' }>;

export interface Batches {
  /** Answers with the input `batch-checked`, unless the height is certified first. */
  check(request: CheckBatch): void;
  /** A batch whose bodies are known good: our own proposal, or one from our disk. */
  hold(digest: BatchDigest, sequence: Height, held: HeldBatch): void;
  held(digest: BatchDigest): Batch | undefined;
  /** Bodies in the batch's order; none are needed for a batch without ids. */
  bodiesOf(digest: BatchDigest, batch: Batch): readonly Transaction[] | undefined;
  /** Of a transaction in a held batch. */
  envelope(id: TransactionId): Uint8Array | undefined;
  /** Held in memory, or among the last blocks on disk. */
  find(digest: BatchDigest): Batch | undefined;
  bodiesArrived(from: ValidatorId, transactions: readonly Transaction[]): void;
  /** Whether a batch that consensus asks about waits for this body, or for any. */
  isMissing(id: TransactionId): boolean;
  isAnyMissing(): boolean;
  batchArrived(from: ValidatorId, batch: Batch): void;
  /** These were checked, and the pool took them or had no room: checks may have waited for them. */
  pooled(transactions: readonly Transaction[]): void;
  /** Some payloads came, or state says more of them. */
  payloadsChanged(): void;
  /** A batch waits for it. */
  lacksPayload(digest: Digest): boolean;
  /** This height and those below are certified and durable. */
  certified(height: Height): void;
}

interface Check {
  readonly digest: BatchDigest;
  readonly holders: Set<ValidatorId>;
  readonly bodies: Map<TransactionId, Transaction>;
  sequence: Height;
  reproposal: boolean;
  batch?: Batch;
  /** Ids of the batch without a body; empty while the batch is unknown. */
  missing: ReadonlySet<TransactionId>;
  /** Payloads that its bodies name and that are to come; none while bodies are missing. */
  lacking: readonly NamedPayload[];
  /** Bodies at the verifier: a second copy does not wait there too. */
  readonly checking: Set<TransactionId>;
  asked: number;
  readonly openedMs: number;
  cancelTimer: () => void;
}

interface Pool {
  get(id: TransactionId): Transaction | undefined;
}

/** What peers spread and what is not pooled yet. */
export interface Arrivals {
  /** Looks now at what waits of these. */
  expedite(ids: Iterable<TransactionId>): void;
  /** At the verifier on the way to the pool. */
  isInChecks(id: TransactionId): boolean;
}

/** Batches whose bodies are asked for at once. */
const fetchesMax = 4;
/** A holder that is busy answers late, and each question more makes it later. */
const backOffMax = 8;
const backOff = ({ asked }: Check, holders: readonly ValidatorId[]): number =>
  Math.min(backOffMax, 2 ** Math.floor(asked / Math.max(1, holders.length)));
/** Share of a deadline. */
const patience = 1 / 4;
/** Whose turn proposed bodies have at the verifier; no validator is called so. */
const proposedBodies = 'proposed bodies';

export function createBatches(
  context: RuntimeContext,
  pool: Pool,
  checks: TransactionChecks,
  arrivals: Arrivals,
  payloads: Pick<Payloads, 'lacking' | 'fetch' | 'waiting' | 'heldFor' | 'dropped'>,
): Batches {
  const held = createHeldBatches();
  const pending = new Map<BatchDigest, Check>();

  function check(request: CheckBatch): void {
    const known = held.whole(request.digest);
    // A payload of a held batch may be damaged since, or its bytes contradict what only a quorum may prepare.
    if (known !== undefined && payloads.lacking(known.transactions, request.reproposal).length === 0) {
      // A look at it that is under way, perhaps for a later height, ends with this answer.
      const earlier = pending.get(request.digest);
      earlier?.cancelTimer();
      pending.delete(request.digest);
      hold(request.digest, heightOf(Math.max(request.sequence, earlier?.sequence ?? 0)), known);
      answer(request.digest, { ok: true, batch: known.batch });
      return;
    }
    const open = pending.get(request.digest) ?? openCheck(request);
    for (const holder of request.holders) open.holders.add(holder);
    open.sequence = heightOf(Math.max(open.sequence, request.sequence));
    open.reproposal ||= request.reproposal;
    const batch = known?.batch ?? request.batch;
    if (batch !== undefined) open.batch ??= batch;
    advance(open);
    if (pending.get(request.digest) === open && open.asked === 0) scheduleFirstAsk(open);
  }

  function openCheck(request: CheckBatch): Check {
    const open: Check = {
      digest: request.digest,
      holders: new Set(),
      bodies: new Map(),
      sequence: request.sequence,
      reproposal: request.reproposal,
      missing: new Set(),
      lacking: [],
      checking: new Set(),
      asked: 0,
      openedMs: context.ports.clock.monotonicMs(),
      cancelTimer: () => {},
    };
    pending.set(request.digest, open);
    supersede(open);
    if (request.reproposal) takeFromBlocks(open);
    return open;
  }

  /** Goes as far as what is here allows; closes the check with a verdict if that is the end. */
  function advance(open: Check): void {
    const { batch } = open;
    if (batch === undefined) return;
    if (!open.reproposal && batch.ids.length > parametersOf(context).batchLimit) {
      close(open, { ok: false, reason: `${batch.ids.length} transactions are above the limit` });
      return;
    }
    const transactions = takeBodies(open, batch);
    if (transactions.length < batch.ids.length) return;
    const rules = { network: context.network, parameters: parametersOf(context) };
    const problem = open.reproposal ? undefined : checkBatchForm(batch, transactions, rules);
    if (problem !== undefined) {
      close(open, { ok: false, reason: problem.code });
      return;
    }
    open.lacking = payloads.lacking(transactions, open.reproposal);
    if (open.lacking.length > 0) {
      payloads.fetch(open.lacking, open, transactions);
      return;
    }
    hold(open.digest, open.sequence, { batch, transactions });
    close(open, { ok: true, batch });
  }

  /**
   * Another is proposed for this height, in a later view: what only the earlier one named is fetched no more, so that
   * what lies here for proposals is bounded by heights. If it is to be proposed again, consensus asks for it again.
   */
  function supersede({ digest, sequence, reproposal }: Check): void {
    if (reproposal) return;
    for (const other of [...pending.values()])
      if (other.digest !== digest && other.sequence === sequence && !other.reproposal) abandon(other);
  }

  function abandon({ digest, cancelTimer }: Check): void {
    cancelTimer();
    pending.delete(digest);
    if (!held.has(digest)) payloads.dropped(digest);
  }

  function takeBodies(open: Check, batch: Batch): Transaction[] {
    const transactions: Transaction[] = [];
    const missing = new Set<TransactionId>();
    for (const id of batch.ids) {
      const transaction = open.bodies.get(id) ?? pool.get(id) ?? held.transaction(id) ?? payloads.waiting(id);
      if (transaction === undefined) missing.add(id);
      else {
        open.bodies.set(id, transaction);
        transactions.push(transaction);
      }
    }
    open.missing = missing;
    return transactions;
  }

  function close(open: Check, verdict: BatchVerdict): void {
    open.cancelTimer();
    pending.delete(open.digest);
    if (!verdict.ok && !held.has(open.digest)) payloads.dropped(open.digest);
    answer(open.digest, verdict);
  }

  function answer(digest: BatchDigest, verdict: BatchVerdict): void {
    context.feed({ type: 'batch-checked', digest, verdict });
  }

  /** A fresh proposal races with the transactions in it, which are on their way to us anyway, or wait here. */
  function scheduleFirstAsk(open: Check): void {
    open.cancelTimer();
    arrivals.expedite(open.missing);
    if (pending.get(open.digest) !== open) return;
    if (open.reproposal) {
      ask(open);
      return;
    }
    open.cancelTimer = context.ports.timers.after(context.tuning.bodyGraceMs, () => ask(open));
  }

  function ask(open: Check): void {
    if (pending.get(open.digest) !== open) return;
    open.cancelTimer();
    // Payloads are asked for by themselves.
    if (!lacksBodies(open)) return;
    const ids = [...open.missing].filter((id) => !isUnderway(open, id));
    const { bodyGraceMs, fetchTimeoutMs } = context.tuning;
    if (open.batch !== undefined && ids.length === 0) {
      open.cancelTimer = context.ports.timers.after(bodyGraceMs, () => ask(open));
      return;
    }
    const holders = reachableHolders(open);
    open.cancelTimer = context.ports.timers.after(fetchTimeoutMs * backOff(open, holders), () => ask(open));
    if (isCrowded(open)) return;
    const holder = holders[open.asked % Math.max(1, holders.length)];
    open.asked += 1;
    if (holder === undefined) return;
    if (open.batch === undefined) context.send(holder, { type: 'get-batch', digest: open.digest });
    else context.send(holder, { type: 'get-bodies', ids });
  }

  const lacksBodies = ({ batch, missing }: Check): boolean => batch === undefined || missing.size > 0;

  /** It is here, and at the verifier. */
  const isUnderway = (open: Check, id: TransactionId): boolean =>
    open.checking.has(id) || (isPatient(open) && arrivals.isInChecks(id));

  /**
   * What a peer spread waits at the verifier behind all else that it spread. A flood of its own must not cost the
   * primary its deadline (rule F1): a copy that is fetched has the turn of proposed bodies.
   */
  const isPatient = ({ openedMs }: Check): boolean =>
    context.ports.clock.monotonicMs() - openedMs < parametersOf(context).waitingTimeoutMs * patience;

  /** Those who must have it first, then anyone. */
  function reachableHolders(open: Check): readonly ValidatorId[] {
    const linked = new Set(context.ports.links.open());
    const others = peersOf(context).filter((peer) => !open.holders.has(peer));
    return [...open.holders, ...others].filter((peer) => linked.has(peer));
  }

  /** What is needed first is asked for first: answers to all at once would make each of them late. */
  function isCrowded(open: Check): boolean {
    const before = [...pending.values()].filter(
      (other) => other.asked > 0 && other.sequence < open.sequence && lacksBodies(other),
    );
    return open.asked === 0 && before.length >= fetchesMax;
  }

  function batchArrived(_from: ValidatorId, batch: Batch): void {
    const open = pending.get(batchDigest(batch));
    if (open === undefined || open.batch !== undefined) return;
    open.batch = batch;
    advance(open);
    if (pending.get(open.digest) === open) ask(open);
  }

  function bodiesArrived(from: ValidatorId, transactions: readonly Transaction[]): void {
    for (const open of [...pending.values()]) {
      const wanted = transactions.filter((transaction) => open.missing.has(transaction.id));
      if (wanted.length === 0) continue;
      if (open.reproposal) takeFetched(open, wanted);
      else checkFetched(open, from, wanted);
    }
  }

  function checkFetched(open: Check, from: ValidatorId, wanted: readonly Transaction[]): void {
    const fresh = wanted.filter(({ id }) => !isUnderway(open, id));
    if (fresh.length === 0) return;
    for (const { id } of fresh) open.checking.add(id);
    checks.check(fresh, (problems) => takeChecked(open, from, fresh, problems), proposedBodies);
  }

  /** A body is named by its id, so a bad one is the proposer's fault and not that of who served it (rule N2). */
  function takeChecked(
    open: Check,
    from: ValidatorId,
    transactions: readonly Transaction[],
    problems: readonly (Rejection | undefined)[],
  ): void {
    if (pending.get(open.digest) !== open) return;
    const bad = problems.findIndex((problem) => problem !== undefined);
    if (bad < 0 || open.reproposal) {
      takeFetched(open, transactions);
      return;
    }
    const id = transactions[bad]!.id;
    const code = problems[bad]!.code;
    context.reject('proposed-body-invalid', from, 'N2', code, { digest: open.digest, id });
    close(open, { ok: false, reason: `transaction ${id}: ${code}` });
  }

  function hold(digest: BatchDigest, sequence: Height, entry: HeldBatch): void {
    payloads.heldFor(digest, sequence, entry.transactions);
    held.add(digest, sequence, entry);
  }

  function takeFetched(open: Check, transactions: readonly Transaction[]): void {
    for (const transaction of transactions) open.bodies.set(transaction.id, transaction);
    advance(open);
  }

  function pooled(transactions: readonly Transaction[]): void {
    if (pending.size === 0) return;
    for (const open of [...pending.values()]) {
      const wanted = transactions.filter((transaction) => open.missing.has(transaction.id));
      if (wanted.length > 0) takeFetched(open, wanted);
    }
  }

  /** A batch can be proposed again under a prepared certificate after it was certified here (rule N5). */
  function takeFromBlocks(open: Check): void {
    const block = storedBlockWith(open.digest);
    if (block === undefined) return;
    open.batch ??= block.batch;
    for (const envelope of block.envelopes) {
      const transaction = decodeEnvelope(envelope);
      open.bodies.set(transaction.id, transaction);
    }
  }

  function storedBlockWith(digest: BatchDigest): StoredBlock | undefined {
    const top = context.certifiedHeight();
    const bottom = Math.max(1, top - parametersOf(context).window + 1);
    for (let height = top as number; height >= bottom; height -= 1) {
      const block = context.ports.blocks.read(heightOf(height));
      if (block !== undefined && batchDigest(block.batch) === digest) return block;
    }
    return undefined;
  }

  function certified(height: Height): void {
    for (const open of [...pending.values()]) {
      if (open.sequence > height) continue;
      open.cancelTimer();
      pending.delete(open.digest);
    }
    held.certified(height, parametersOf(context).window);
  }

  function payloadsChanged(): void {
    for (const open of [...pending.values()]) if (open.lacking.length > 0) advance(open);
  }

  const lacksPayload = (digest: Digest): boolean =>
    [...pending.values()].some(({ lacking }) => lacking.some((payload) => payload.digest === digest));

  return {
    check,
    payloadsChanged,
    lacksPayload,
    hold,
    held: held.batch,
    bodiesOf: (digest, batch) => (batch.ids.length === 0 ? [] : held.whole(digest)?.transactions),
    envelope: held.envelope,
    find: (digest) => held.batch(digest) ?? storedBlockWith(digest)?.batch,
    bodiesArrived,
    isMissing: (id) => [...pending.values()].some(({ missing }) => missing.has(id)),
    isAnyMissing: () => [...pending.values()].some(({ missing }) => missing.size > 0),
    batchArrived,
    pooled,
    certified,
  };
}

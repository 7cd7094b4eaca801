/**
 * Transactions of clients: checked, pooled and durable here, then `accepted` (design, section 2). They are spread
 * as soon as they are pooled, which is once their payloads are durable; only the answer waits for the disk. While one
 * write is in flight the next gathers.
 */
import type { TransactionId } from '../../shared/types/brands.ts';
import type { Rejection, Transaction } from '../../shared/types/ledger.ts';
import { createOverlay } from '../ledger/overlay.ts';
import type { MemberShare, PoolSource } from '../ledger/pool.ts';
import { precheck } from '../ledger/validate.ts';
import type { TransactionChecks } from './admission.ts';
import type { Backlog } from './backlog.ts';
import type { Batches } from './batches.ts';
import type { RuntimeContext } from './context.ts';
import type { Dissemination } from './dissemination.ts';
import type { Payloads, Supplied } from './payloads.ts';
import type { WaitingRoom } from './waiting-room.ts';

export interface SubmissionResult {
  readonly id: TransactionId;
  /** `known`: it waits already, and this node promises too. Otherwise the reason of the refusal. */
  readonly status: 'accepted' | 'known' | Rejection;
}
export type SubmissionDone = (results: readonly SubmissionResult[]) => void;

export interface Submission {
  /** `client`: whose share of the pool it takes; nobody's for what this node submits itself. */
  /** `supplied`: payloads that came along. */
  submit(
    transactions: readonly Transaction[],
    done: SubmissionDone,
    client?: MemberShare,
    supplied?: Supplied,
  ): void;
  /** Promises of an earlier life, which the disk holds. */
  resume(transactions: readonly Transaction[]): void;
  /** Waiting ended for these: the promises are kept. */
  settled(ids: readonly TransactionId[]): void;
}

export type SubmittedPayloads = Pick<
  Payloads,
  'refusal' | 'store' | 'lacking' | 'noteUse' | 'takeRoom' | 'takeForPromises' | 'pooled'
>;

type Statuses = Map<TransactionId, SubmissionResult['status']>;
type Write = { readonly transactions: readonly Transaction[]; readonly done: () => void };

export function createSubmission(
  context: RuntimeContext,
  room: WaitingRoom,
  batches: Batches,
  checks: TransactionChecks,
  dissemination: Dissemination,
  backlog: Backlog,
  payloads: SubmittedPayloads,
): Submission {
  const { accepted, state } = context.ports;
  /** On disk, or on the way there. */
  const promised = new Set<TransactionId>();
  let writes: Write[] = [];
  let writing = false;
  /** Of clients, at the verifier. */
  let uncheckedBytes = 0;
  let uncheckedCount = 0;

  function submit(
    transactions: readonly Transaction[],
    done: SubmissionDone,
    client?: MemberShare,
    supplied: Supplied = nothingSupplied,
  ): void {
    const statuses: Statuses = new Map();
    const { count, accepted: own } = room.figures();
    // What these transactions ask of state is much the same: each record is decoded once.
    const view = createOverlay(state);
    const full = backlog.refusal(count + uncheckedCount, own + uncheckedCount);
    // One question for the whole request, however many are in it.
    const place = payloads.takeRoom(client, transactions);
    for (const transaction of transactions) {
      const { id } = transaction;
      const status = room.has(id)
        ? 'known'
        : (full ??
          precheck(view, transaction, room.nowMs()) ??
          payloads.refusal(transaction, supplied) ??
          place.refusal(transaction));
      if (!statuses.has(id)) statuses.set(id, status ?? 'accepted');
    }
    const unchecked = withStatus(transactions, statuses, 'accepted');
    const bytes = unchecked.reduce((sum, { envelope }) => sum + envelope.length, bytesOf(supplied));
    if (uncheckedBytes > 0 && uncheckedBytes + bytes > context.tuning.poolBytesMax) {
      place.giveBack();
      const status = { code: 'pool-full', facts: fullFacts(uncheckedBytes) };
      done(transactions.map(({ id }) => ({ id, status })));
      return;
    }
    uncheckedBytes += bytes;
    uncheckedCount += unchecked.length;
    checks.check(unchecked, (problems) => {
      uncheckedBytes -= bytes;
      uncheckedCount -= unchecked.length;
      unchecked.forEach(({ id }, index) => {
        statuses.set(id, problems[index] ?? 'accepted');
      });
      const known = withStatus(transactions, statuses, 'known');
      const good = withStatus(unchecked, statuses, 'accepted');
      payloads.store(good, supplied, () => {
        accept([...good, ...known], statuses, client, () =>
          done(transactions.map(({ id }) => ({ id, status: statuses.get(id)! }))),
        );
        // They are in the pool now, or were refused.
        place.giveBack();
      });
    });
  }

  function fullFacts(bytes: number): Rejection['facts'] {
    const { poolCountMax: countMax, poolBytesMax: bytesMax } = context.tuning;
    return { count: room.figures().count, countMax, bytes, bytesMax };
  }

  function accept(
    transactions: readonly Transaction[],
    statuses: Statuses,
    client: MemberShare | undefined,
    done: () => void,
  ): void {
    const pooled = pool(transactions, statuses, { kind: 'accepted', ...(client && { client }) });
    const unwritten = pooled.filter(({ id }) => !promised.has(id));
    for (const { id } of unwritten) promised.add(id);
    dissemination.spread(pooled.filter(({ id }) => statuses.get(id) === 'accepted'));
    // First what others wait for: a proposal of this turn goes to its disk before the promise goes to its own.
    context.wake();
    write({ transactions: unwritten, done });
  }

  function pool(
    transactions: readonly Transaction[],
    statuses: Statuses,
    source: PoolSource & { kind: 'accepted' },
  ): Transaction[] {
    const refusals = room.add(transactions, source);
    refusals.forEach((refusal, index) => {
      if (refusal !== undefined) statuses.set(transactions[index]!.id, refusal);
    });
    const pooled = transactions.filter((_, index) => refusals[index] === undefined);
    payloads.pooled(pooled, source.client);
    batches.pooled(pooled);
    return pooled;
  }

  function write(next: Write): void {
    writes.push(next);
    if (!writing) writeGathered();
  }

  function writeGathered(): void {
    const group = writes;
    writes = [];
    const transactions = group.flatMap((entry) => entry.transactions);
    const finish = (): void => {
      writing = false;
      for (const entry of group) entry.done();
      if (!writing && writes.length > 0) writeGathered();
    };
    if (transactions.length === 0) {
      finish();
      return;
    }
    writing = true;
    accepted.add(transactions, finish);
  }

  function resume(transactions: readonly Transaction[]): void {
    // Now: whatever else needs their payloads, and whoever brings the same, may leave before they are checked.
    const giveBack = payloads.takeForPromises(transactions);
    checks.check(transactions, (problems) => {
      const sound = transactions.filter((_, index) => problems[index] === undefined);
      const good = sound.filter(isComplete);
      payloads.noteUse(good);
      const statuses: Statuses = new Map();
      const pooled = pool(good, statuses, { kind: 'accepted', isPromised: true });
      for (const { id } of pooled) promised.add(id);
      // They are in the pool now, or were refused.
      giveBack();
      const over = transactions.filter(({ id }) => !promised.has(id)).map(({ id }) => id);
      if (over.length > 0) accepted.remove(over);
      dissemination.spread(pooled);
      context.wake();
    });
  }

  /** Its payload was durable before it was accepted: what lacks it now lost it to damage, and nobody could order it. */
  function isComplete(transaction: Transaction): boolean {
    const lost = payloads.lacking([transaction]).map(({ digest }) => digest);
    if (lost.length > 0)
      context.ports.log.write('error', 'promise-without-payload', { transaction: transaction.id, lost });
    return lost.length === 0;
  }

  function settled(ids: readonly TransactionId[]): void {
    const kept = ids.filter((id) => promised.delete(id));
    if (kept.length > 0) accepted.remove(kept);
  }

  return { submit, resume, settled };
}

const withStatus = (
  transactions: readonly Transaction[],
  statuses: Statuses,
  status: 'accepted' | 'known',
): Transaction[] => {
  const unique = new Map(transactions.map((transaction) => [transaction.id, transaction]));
  return [...unique.values()].filter(({ id }) => statuses.get(id) === status);
};

const nothingSupplied: Supplied = new Map();

const bytesOf = (supplied: Supplied): number =>
  [...supplied.values()].reduce((sum, { length }) => sum + length, 0);

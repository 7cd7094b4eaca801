/**
 * Transactions between validators: what is accepted here goes to everyone at once; what has waited is handed
 * over by its id to everyone, and what others handed over is passed on to the primary, periodically and in every
 * view again (rule F1). Who votes nowhere forwards instead, and validators hand that over for it. Every body is
 * checked once before it enters the pool, and enters it with its payloads.
 */
import { quorum } from '../../shared/protocol/quorum.ts';
import type { Epoch, TransactionId, ValidatorId, View } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { BufferFigure } from '../consensus/buffers.ts';
import type { PoolSource } from '../ledger/pool.ts';
import type { TransactionChecks } from './admission.ts';
import type { Batches } from './batches.ts';
import { parametersOf, peersOf, type RuntimeContext, validatorsOf } from './context.ts';
import { forgetIn, lower, type Remembering } from './forgetting.ts';
import { forward, forwardedMax } from './forwarding.ts';
import { fullest } from './fullest.ts';
import { type Arrived, createIntake, heldBytesOf } from './intake.ts';
import { envelopeFrames } from './message-frames.ts';
import type { PeerShare } from './payload-uses.ts';
import type { Payloads } from './payloads.ts';
import { plainReader } from './reader.ts';
import type { WaitingRoom } from './waiting-room.ts';

export interface Dissemination extends Remembering {
  /** Hands over periodically, and calls back each time. */
  start(everyInterval: () => void): void;
  /** Accepted here: to every validator at the end of the turn. */
  spread(transactions: readonly Transaction[]): void;
  /** Sends what was spread in this turn. */
  flush(): void;
  /** The loop's view: a new one hears again of everything that waits. */
  viewIs(view: View, primary: ValidatorId): void;
  received(from: ValidatorId, envelopes: readonly Uint8Array[]): void;
  bodies(from: ValidatorId, envelopes: readonly Uint8Array[]): void;
  handOver(from: ValidatorId, ids: readonly TransactionId[]): void;
  passOn(from: ValidatorId, ids: readonly TransactionId[]): void;
  /** Bodies that a proposed batch lacks: those that peers spread and that wait here are looked at first. */
  expedite(ids: Iterable<TransactionId>): void;
  /** At the verifier on the way to the pool. */
  isInChecks(id: TransactionId): boolean;
  buffers(): readonly BufferFigure[];
}

type FromPeer = Exclude<PoolSource, { kind: 'accepted' }>;

export function createDissemination(
  context: RuntimeContext,
  room: WaitingRoom,
  batches: Batches,
  checks: TransactionChecks,
  payloads: Pick<Payloads, 'whenHere' | 'pooled' | 'left' | 'passable'>,
): Dissemination {
  const { ports, self, tuning } = context;
  const { reader = plainReader } = ports;
  const intake = createIntake(context, {
    isKnown: (id) => room.has(id) || inChecks.has(id),
    takeIn,
    drop,
  });
  let toSpread: Transaction[] = [];
  /** Being verified; a second copy is not verified again. */
  const inChecks = new Set<TransactionId>();
  /** Bytes of them, by the peer that sent them. */
  const uncheckedBytes = new Map<ValidatorId, number>();
  /**
   * What each peer handed over or passed on and is not here yet, and whether it starts a deadline. Its own claim:
   * no other can take it away by claiming the same, or by having a copy at the verifier (rule F1).
   */
  const claims = new Map<ValidatorId, Map<TransactionId, boolean>>();
  /** Of what was looked at in the last turn. */
  const waitsSinceMs = new Map<TransactionId, number>();
  let view: View | undefined;
  let epoch: Epoch | undefined;
  let primary: ValidatorId | undefined;

  function start(everyInterval: () => void): void {
    ports.timers.after(tuning.handOverMs, () => {
      handOverOldest();
      everyInterval();
      start(everyInterval);
    });
  }

  function spread(transactions: readonly Transaction[]): void {
    toSpread.push(...transactions);
  }

  function flush(): void {
    const envelopes = toSpread.map((transaction) => transaction.envelope);
    toSpread = [];
    for (const frame of envelopeFrames(envelopes))
      context.broadcast({ type: 'transactions', envelopes: frame });
  }

  function viewIs(current: View, currentPrimary: ValidatorId): void {
    primary = currentPrimary;
    // The first view of the next epoch has another primary, too.
    const isSame = view === current && epoch === context.epochs.current().epoch;
    if (isSame) return;
    const isFirst = view === undefined;
    view = current;
    epoch = context.epochs.current().epoch;
    if (!isFirst) handOverOldest();
  }

  function handOverOldest(): void {
    if (isValidator(self)) {
      handOverOwn();
      passOnOthers();
    } else {
      forward(context, agedOnly(room.oldestAccepted(forwardedMax)));
    }
    context.wake();
  }

  /** A deadline runs from sending on open links (rule F1): alone, nobody can be blamed. */
  function handOverOwn(): void {
    const ids = agedOnly(oldestToHandOver()).map(({ id }) => id);
    if (ids.length === 0 || !isQuorumLinked()) return;
    context.broadcast({ type: 'hand-over', ids });
    context.feed({ type: 'waiting', from: self, ids });
  }

  /**
   * What was accepted here goes first. Places that it leaves go to what followers brought: those hand nothing over,
   * and a primary that leaves out what their clients want must not be safe from it.
   */
  function oldestToHandOver(): readonly Transaction[] {
    const { waitingPerPeer } = parametersOf(context);
    const own = room.oldestAccepted(waitingPerPeer);
    const isFollower = (peer: ValidatorId): boolean => !isValidator(peer);
    return [...own, ...room.oldestReceived(isFollower, waitingPerPeer - own.length)];
  }

  const isValidator = (id: ValidatorId): boolean => validatorsOf(context).some((one) => one.id === id);

  function isQuorumLinked(): boolean {
    const validators = validatorsOf(context).map(({ id }) => id);
    const reached = new Set([...ports.links.open(), self]);
    return validators.filter((id) => reached.has(id)).length >= quorum(validators.length);
  }

  /** What is certified within one interval, as nearly everything is, is sent no second time. */
  function agedOnly(oldest: readonly Transaction[]): readonly Transaction[] {
    const now = ports.clock.monotonicMs();
    const seen = oldest.map((transaction) => ({
      transaction,
      sinceMs: waitsSinceMs.get(transaction.id) ?? now,
    }));
    waitsSinceMs.clear();
    for (const { transaction, sinceMs } of seen) waitsSinceMs.set(transaction.id, sinceMs);
    return seen
      .filter(({ sinceMs }) => now - sinceMs >= tuning.handOverMs)
      .map(({ transaction }) => transaction);
  }

  function passOnOthers(): void {
    if (primary === undefined || primary === self) return;
    const ids = new Set<TransactionId>();
    for (const peer of peersOf(context)) {
      if (peer === primary) continue;
      const handed = room.handedOverBy(peer).slice(0, parametersOf(context).waitingPerPeer);
      for (const { id } of payloads.passable(handed.filter(room.isOwed))) ids.add(id);
    }
    if (ids.size > 0) context.send(primary, { type: 'pass-on', ids: [...ids] });
  }

  function received(from: ValidatorId, envelopes: readonly Uint8Array[]): void {
    intake.offer(from, envelopes);
  }

  /** A batch may have brought a body first, and may never be ordered: it waits here like any other. */
  function takeIn(from: ValidatorId, arrived: readonly Arrived[]): void {
    const fresh = ofKnownSenders(from, decodeAll(from, arrived));
    const checked = fresh.filter(({ id }) => batches.envelope(id) !== undefined);
    const source: FromPeer = { kind: 'received', peer: from };
    if (checked.length > 0) take(checked, source, `peer:${from}`);
    checkThen(
      from,
      fresh.filter(({ id }) => batches.envelope(id) === undefined),
      (good) => take(good, source, `peer:${from}`),
    );
  }

  /** Bodies that were asked for: for a proposed batch, or because their ids were handed over. */
  function bodies(from: ValidatorId, envelopes: readonly Uint8Array[]): void {
    const claimed = claims.get(from);
    const transactions = decodeAll(from, askedFor(envelopes, claimed));
    batches.bodiesArrived(from, transactions);
    const wanted = transactions.filter(({ id }) => claimed?.has(id) === true && !inChecks.has(id));
    // What it passes on for others takes no room of what it hands over itself.
    const ownIds = new Set(wanted.filter(({ id }) => claimed?.get(id) === true).map(({ id }) => id));
    const isOwn = ({ id }: Transaction): boolean => ownIds.has(id);
    checkThen(from, ofKnownSenders(from, wanted), (good) => {
      const source: FromPeer = { kind: 'handed-over', peer: from };
      const [own, others] = [good.filter(isOwn), good.filter((one) => !isOwn(one))];
      if (own.length > 0) take(own, source, `handed-over:${from}`);
      if (others.length > 0) take(others, source, `passed-on:${from}`);
    });
  }

  /** What nobody asked for, or has come from somebody else, is not decoded; while nothing is missing, not even named. */
  function askedFor(
    envelopes: readonly Uint8Array[],
    claimed: ReadonlyMap<TransactionId, boolean> | undefined,
  ): Arrived[] {
    if (!batches.isAnyMissing() && (claimed?.size ?? 0) === 0) return [];
    const named = envelopes.map((envelope) => ({ id: reader.idOf(envelope), envelope }));
    return named.filter(({ id }) => claimed?.has(id) === true || batches.isMissing(id));
  }

  /**
   * A proposed batch may hold others, and then they run and are refused; nobody else has to carry them. No accusation:
   * whoever sent them may be a block ahead of us, and hands them over again.
   */
  function ofKnownSenders(from: ValidatorId, transactions: readonly Transaction[]): readonly Transaction[] {
    const known = transactions.filter(({ body }) => room.knowsSender(body.sender));
    const stranger = transactions.find(({ body }) => !room.knowsSender(body.sender));
    if (stranger !== undefined) {
      const facts = { sender: stranger.body.sender, count: transactions.length - known.length };
      ports.log.write('debug', 'sender-unknown', { from, rule: 'F1', ...facts });
    }
    return known;
  }

  function decodeAll(from: ValidatorId, arrived: readonly Arrived[]): Transaction[] {
    const bytesMax = parametersOf(context).envelopeBytesMax;
    const transactions: Transaction[] = [];
    for (const { id, envelope } of arrived) {
      try {
        transactions.push(reader.transaction(envelope, bytesMax, id));
      } catch (error) {
        drop(from, 'N2', error instanceof Error ? error.message : String(error));
      }
    }
    return transactions;
  }

  function checkThen(
    from: ValidatorId,
    transactions: readonly Transaction[],
    take: (good: readonly Transaction[]) => void,
  ): void {
    const bytes = transactions.reduce((sum, { envelope }) => sum + heldBytesOf(envelope), 0);
    const held = uncheckedBytes.get(from) ?? 0;
    if (transactions.length === 0) return;
    if (held > 0 && held + bytes > tuning.uncheckedBytesPerPeerMax) {
      drop(from, 'M3', `${transactions.length} more while too many wait for verification`);
      return;
    }
    uncheckedBytes.set(from, held + bytes);
    for (const { id } of transactions) inChecks.add(id);
    checks.check(
      transactions,
      (problems) => {
        lower(uncheckedBytes, from, bytes);
        for (const { id } of transactions) inChecks.delete(id);
        problems.forEach((problem, index) => {
          if (problem !== undefined) drop(from, 'N2', `${transactions[index]!.id}: ${problem.code}`);
        });
        take(transactions.filter((_, index) => problems[index] === undefined));
      },
      from,
    );
  }

  function take(good: readonly Transaction[], source: FromPeer, share: PeerShare): void {
    batches.pooled(good);
    payloads.whenHere({ from: source.peer, share }, good, (complete) => pool(complete, source, share));
  }

  /** Another that claims it, or brought it too, may find a place for what this one did not: payloads stay with it. */
  function pool(complete: readonly Transaction[], source: FromPeer, share: PeerShare): void {
    room.add(complete, source);
    for (const [peer, claimed] of claims) honour(peer, claimed, complete);
    const isPooled = ({ id }: Transaction): boolean => room.has(id);
    payloads.pooled(complete.filter(isPooled), share);
    payloads.left(complete.filter((one) => !isPooled(one)).map(({ id }) => id));
    context.wake();
  }

  function honour(
    peer: ValidatorId,
    claimed: Map<TransactionId, boolean>,
    good: readonly Transaction[],
  ): void {
    const theirs = claimed.size === 0 ? [] : good.filter(({ id }) => claimed.has(id));
    if (theirs.length === 0) return;
    const pressed = theirs.filter(({ id }) => claimed.get(id) === true);
    for (const { id } of theirs) claimed.delete(id);
    room.add(theirs, { kind: 'handed-over', peer });
    startDeadlines(peer, pressed);
  }

  /** What is not owed yet is handed over again. */
  function startDeadlines(from: ValidatorId, transactions: readonly Transaction[]): void {
    const ids = transactions.filter(room.isOwed).map(({ id }) => id);
    if (ids.length > 0) context.feed({ type: 'waiting', from, ids });
  }

  function handOver(from: ValidatorId, ids: readonly TransactionId[]): void {
    takeIds(from, ids.slice(0, parametersOf(context).waitingPerPeer), true);
  }

  function passOn(from: ValidatorId, ids: readonly TransactionId[]): void {
    const idsMax = parametersOf(context).waitingPerPeer * validatorsOf(context).length;
    takeIds(from, ids.slice(0, idsMax), false);
  }

  function takeIds(from: ValidatorId, ids: readonly TransactionId[], startsDeadline: boolean): void {
    const claimed = claimsOf(from, startsDeadline);
    const known = ids.map((id) => room.get(id)).filter((transaction) => transaction !== undefined);
    if (known.length > 0) {
      room.add(known, { kind: 'handed-over', peer: from });
      if (startsDeadline) startDeadlines(from, known);
    }
    const unknown = ids.filter((id) => !room.has(id));
    for (const id of unknown) claimed.set(id, startsDeadline || claimed.get(id) === true);
    const absent = unknown.filter((id) => !inChecks.has(id));
    if (absent.length > 0) context.send(from, { type: 'get-bodies', ids: absent });
    context.wake();
  }

  /** What a peer claims is bounded by its last hand-over and its last pass-on. */
  function claimsOf(peer: ValidatorId, startsDeadline: boolean): Map<TransactionId, boolean> {
    const claimed = claims.get(peer) ?? new Map<TransactionId, boolean>();
    claims.set(peer, claimed);
    for (const [id, starts] of claimed) if (starts === startsDeadline) claimed.delete(id);
    return claimed;
  }

  function drop(from: ValidatorId, rule: string, reason: string): void {
    context.reject('transaction-dropped', from, rule, reason);
  }

  function buffers(): BufferFigure[] {
    const { waitingPerPeer } = parametersOf(context);
    // Its last hand-over, and what it passed on of all others' last ones.
    const claimedMax = waitingPerPeer * (1 + validatorsOf(context).length);
    return [
      ...intake.buffers(),
      fullest(
        'bytes of transactions of one peer at the verifier',
        uncheckedBytes.values(),
        tuning.uncheckedBytesPerPeerMax,
      ),
      fullest(
        'claims of one peer',
        [...claims.values()].map(({ size }) => size),
        claimedMax,
      ),
    ];
  }

  return {
    start,
    buffers,
    spread,
    flush,
    viewIs,
    received,
    bodies,
    handOver,
    passOn,
    forget: (isGone) => forgetIn(claims, isGone),
    expedite: intake.expedite,
    isInChecks: (id) => inChecks.has(id),
  };
}

/**
 * The primary's batches: an idle network proposes at once; while batches are uncertified, the next waits for
 * company or for a full load, so that the cost of a round is shared. Empty only if expiry must be certified (F2).
 */
import { batchDigest } from '../../shared/codec/ledger.ts';
import type { BatchDigest, Height, View } from '../../shared/types/brands.ts';
import type { Batch, Transaction } from '../../shared/types/ledger.ts';
import { limits } from '../ledger/limits.ts';
import { batchPayloadBytes } from '../ledger/validate.ts';
import type { Batches } from './batches.ts';
import { parametersOf, type RuntimeContext } from './context.ts';
import { nowOf } from './loop.ts';
import type { Payloads } from './payloads.ts';
import type { WaitingRoom } from './waiting-room.ts';

export interface Proposing {
  /** End of a turn: proposes if consensus wants it and something waits. */
  consider(): void;
  /** Looks once for what only an empty batch can settle. */
  considerExpired(): void;
}

export interface ProposalSources {
  /** The next sequence, if a proposal is welcome. */
  wanted(): Height | undefined;
  /** A scheduled activation or a due lapse waits for blocks (rules F2, E3). */
  wantsEmpty(): boolean;
  view(): View;
  /** Batches that consensus works on above the certified height. */
  inFlight(): Iterable<BatchDigest>;
}

export function createProposing(
  context: RuntimeContext,
  room: WaitingRoom,
  batches: Batches,
  sources: ProposalSources,
  payloads: Pick<Payloads, 'lacking' | 'named'>,
): Proposing {
  const { ports, tuning } = context;
  let proposedAtMs = Number.NEGATIVE_INFINITY;
  let own: { readonly view: View; readonly sequence: Height; readonly digest: BatchDigest }[] = [];
  let wantsEmpty = false;
  let cancelDelay: (() => void) | undefined;

  function consider(): void {
    const drivesIdle = sources.wantsEmpty();
    if (room.figures().count === 0 && !wantsEmpty && !drivesIdle) return;
    const sequence = sources.wanted();
    if (sequence === undefined) return;
    const inFlight = sequence - context.certifiedHeight() - 1;
    // Selecting walks the pool: not before it is worth it, for every turn of the loop comes by here.
    const taken = batchesTaken();
    const waiting = room.figures().count - taken.reduce((sum, { ids }) => sum + ids.length, 0);
    const waitMs = proposedAtMs + tuning.batchDelayMs - ports.clock.monotonicMs();
    if (inFlight > 0 && waiting < tuning.batchEnough && waitMs > 0) {
      delay(waitMs);
      return;
    }
    if (inFlight >= tuning.pipelineDepth && waiting < parametersOf(context).batchLimit) return;
    const transactions = proposable(room.select(new Set(taken.flatMap(({ ids }) => ids))));
    if (transactions.length > 0) propose(sequence, transactions);
    else if ((wantsEmpty || drivesIdle) && inFlight === 0) propose(sequence, []);
  }

  /** With payloads that others can fetch of us, and no more of them than one batch may name (rule N2). */
  function proposable(transactions: readonly Transaction[]): readonly Transaction[] {
    let left = limits.batchPayloadBytesMax;
    return transactions.filter((transaction) => {
      const bytes = batchPayloadBytes(payloads.named(transaction));
      if (bytes === 0) return true;
      if (bytes > left || payloads.lacking([transaction]).length > 0) return false;
      left -= bytes;
      return true;
    });
  }

  function delay(waitMs: number): void {
    if (cancelDelay !== undefined) return;
    cancelDelay = ports.timers.after(waitMs, () => {
      cancelDelay = undefined;
      context.wake();
    });
  }

  /** Batches that are proposed and not yet certified: their ids are taken. */
  function batchesTaken(): Batch[] {
    const digests = new Set([...sources.inFlight(), ...ownUnsigned()]);
    return [...digests].flatMap((digest) => batches.held(digest) ?? []);
  }

  /** Our proposals of this view, which consensus sees again only once they are durable and signed. */
  function ownUnsigned(): BatchDigest[] {
    const view = sources.view();
    own = own.filter((entry) => entry.view === view && entry.sequence > context.certifiedHeight());
    return own.map((entry) => entry.digest);
  }

  function propose(sequence: Height, transactions: readonly Transaction[]): void {
    const batch: Batch = {
      time: nowOf(ports.clock).wallMs,
      proposer: context.self,
      ids: transactions.map(({ id }) => id),
    };
    const digest = batchDigest(batch);
    proposedAtMs = ports.clock.monotonicMs();
    wantsEmpty = false;
    own.push({ view: sources.view(), sequence, digest });
    batches.hold(digest, sequence, { batch, transactions });
    context.feed({ type: 'propose', batch, digest });
  }

  function considerExpired(): void {
    wantsEmpty = room.hasExpiredByClock();
    if (wantsEmpty) context.wake();
  }

  return { consider, considerExpired };
}

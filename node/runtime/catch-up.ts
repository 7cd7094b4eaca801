/**
 * A node that is behind fetches certified blocks, one range from each of several peers at a time (rule C1). What
 * was checked waits in memory for its turn, is executed here and must yield the certified hash. A range of an epoch
 * that is not known yet waits unchecked for the one below that leads to it. Memory is bounded: nothing is asked for
 * far above what is executed. What is appended is never asked for again.
 */
import { type Height, heightOf, nextHeight, type ValidatorId } from '../../shared/types/brands.ts';
import { type CheckedBlock, type CheckedRange, checkRange, type UnknownEpoch } from './block-check.ts';
import type { RuntimeContext } from './context.ts';
import type { Chain } from './execution.ts';
import { forgetIn, type Remembering } from './forgetting.ts';
import type { Joining, JoiningProgress } from './joining.ts';
import type { Conduct } from './peer-conduct.ts';
import type { StoredBlock } from './ports.ts';
import type { VoteLane } from './verification.ts';

export interface CatchUp extends Remembering {
  /** A certificate names this height; these peers should have it. */
  behind(height: Height, peers: readonly ValidatorId[]): void;
  /** `bodiesFrom`: below it the peer has pruned the bodies. */
  arrived(from: ValidatorId, first: Height, blocks: readonly StoredBlock[], bodiesFrom?: Height): void;
  /** The tip moved, or no snapshot was found. */
  advanced(): void;
  closed(peer: ValidatorId): void;
  progress(): CatchUpProgress | undefined;
}

export interface CatchUpProgress {
  readonly target: Height;
  /** Whom we ask now. */
  readonly peer?: ValidatorId;
  readonly peers: readonly ValidatorId[];
  /** A snapshot is taken in. */
  readonly snapshot?: JoiningProgress;
}

export interface CatchUpOptions {
  readonly chain: Chain;
  readonly lane: VoteLane;
  readonly conduct: Conduct;
  /** Takes over if a snapshot leads there faster; blocks are not asked for while it is at work. */
  readonly joining?: Pick<Joining, 'consider' | 'progress'>;
}

/** Heights from `from` to `to`. */
interface Range {
  readonly from: Height;
  readonly to: Height;
}
interface Parked extends Range {
  readonly peer: ValidatorId;
  readonly blocks: readonly StoredBlock[];
}
interface Flight extends Range {
  readonly cancel: () => void;
}

/** Asked for, in ranges, above what was appended. */
const rangesAhead = 4;
/** Bytes of checked bodies that wait: beyond, only what is executed next is asked for. */
const readyBytesMax = 8 * 1024 * 1024;
/** Transactions executed in one turn of the event loop. */
const sliceTransactions = 1_000;
/** Answers that are still listened to although they come late. */
const lateAnswersMax = 2;

export function createCatchUp(context: RuntimeContext, options: CatchUpOptions): CatchUp {
  const { chain, lane, conduct } = options;
  const { clock, timers } = context.ports;
  let target = heightOf(0);
  const flights = new Map<ValidatorId, Flight>();
  /** Questions that a peer has not answered. What comes late is as good: the blocks prove themselves. */
  const unanswered = new Map<ValidatorId, number>();
  const bodiesFrom = new Map<ValidatorId, Height>();
  /** Who had nothing, without having claimed it, or sent what it was not asked for, is not asked again at once. */
  const restsUntilMs = new Map<ValidatorId, number>();
  const verifying = new Set<Range>();
  /** Of an epoch that no proven header here has led to yet. */
  const parked = new Set<Parked>();
  const ready = new Map<Height, CheckedBlock>();
  let readyBytes = 0;
  let draining = false;
  let turn = 0;
  let cancelRetry = (): void => {};

  function behind(height: Height, peers: readonly ValidatorId[]): void {
    for (const peer of peers) conduct.expected(peer, height);
    target = heightOf(Math.max(target, height));
    ask();
  }

  /** One range for each idle peer that has it; a peer of doubtful conduct only if nobody else is there. */
  function ask(): void {
    cancelRetry();
    forgetAppended();
    if (isDone()) return;
    if (options.joining?.consider(target, nobodyHasBodies()) === true) {
      cancelRetry = timers.after(context.tuning.rangeTimeoutMs, ask);
      return;
    }
    for (let range = nextRange(); range !== undefined; range = nextRange()) {
      const peer = idlePeer(range.from);
      if (peer === undefined) break;
      askPeer(peer, range);
    }
    if (flights.size === 0) cancelRetry = timers.after(context.tuning.rangeTimeoutMs, ask);
  }

  const isDone = (): boolean => chain.appendedHeight() >= target;

  function idlePeer(height: Height): ValidatorId | undefined {
    const now = clock.monotonicMs();
    const idle = conduct
      .candidates(height)
      .filter((peer) => !flights.has(peer) && (bodiesFrom.get(peer) ?? 0) <= height)
      .filter((peer) => (restsUntilMs.get(peer) ?? 0) <= now);
    turn += 1;
    return idle[turn % Math.max(1, idle.length)];
  }

  function nobodyHasBodies(): boolean {
    const wanted = nextHeight(chain.appendedHeight());
    const peers = conduct.candidates(wanted);
    return peers.length > 0 && peers.every((peer) => (bodiesFrom.get(peer) ?? 0) > wanted);
  }

  /** The lowest heights that nobody was asked for. */
  function nextRange(): Range | undefined {
    const { blocksPerChunk } = context.tuning;
    const appended = chain.appendedHeight();
    const top = Math.min(target, appended + rangesAhead * blocksPerChunk);
    let from = appended + 1;
    while (from <= top && isCovered(from)) from += 1;
    if (from > top || (from > appended + 1 && readyBytes >= readyBytesMax)) return undefined;
    let to = from;
    while (to < top && to - from + 1 < blocksPerChunk && !isCovered(to + 1)) to += 1;
    return { from: heightOf(from), to: heightOf(to) };
  }

  function isCovered(height: number): boolean {
    if (ready.has(height as Height)) return true;
    for (const { from, to } of [...flights.values(), ...verifying, ...parked])
      if (from <= height && height <= to) return true;
    return false;
  }

  function askPeer(peer: ValidatorId, range: Range): void {
    const cancel = conduct.stalledAfter(peer, (patienceMs) => onTimeout(peer, range.from, patienceMs));
    flights.set(peer, { ...range, cancel });
    unanswered.set(peer, Math.min(lateAnswersMax, (unanswered.get(peer) ?? 0) + 1));
    context.send(peer, { type: 'get-blocks', from: range.from, count: range.to - range.from + 1 });
  }

  function onTimeout(peer: ValidatorId, from: Height, patienceMs: number): void {
    flights.delete(peer);
    conduct.fault(peer, 'stalled', `no blocks from ${from} on within ${patienceMs} ms`);
    ask();
  }

  function land(peer: ValidatorId): void {
    flights.get(peer)?.cancel();
    flights.delete(peer);
  }

  function arrived(
    peer: ValidatorId,
    first: Height,
    blocks: readonly StoredBlock[],
    peerBodiesFrom?: Height,
  ): void {
    const questions = unanswered.get(peer) ?? 0;
    if (questions === 0) return;
    unanswered.set(peer, questions - 1);
    const asked = flights.get(peer);
    if (asked?.from === first || questions === 1) land(peer);
    // It answered its only question with something else: at once it would do so again.
    if (asked !== undefined && asked.from !== first && questions === 1) rest(peer);
    if (peerBodiesFrom !== undefined) bodiesFrom.set(peer, peerBodiesFrom);
    if (blocks.length === 0) gotNothing(peer, first, peerBodiesFrom);
    else gotBlocks(peer, first, blocks);
    ask();
  }

  /** Who only sealed a block may not have its certificate yet. */
  function gotNothing(peer: ValidatorId, first: Height, peerBodiesFrom: Height | undefined): void {
    if (peerBodiesFrom !== undefined && peerBodiesFrom > first) return;
    if (conduct.hasClaimed(peer, first)) conduct.fault(peer, 'withdrew', `no block ${first}`);
    else rest(peer);
  }

  function rest(peer: ValidatorId): void {
    restsUntilMs.set(peer, clock.monotonicMs() + context.tuning.rangeTimeoutMs);
  }

  function gotBlocks(peer: ValidatorId, first: Height, blocks: readonly StoredBlock[]): void {
    const list = blocks.slice(0, context.tuning.blocksPerChunk);
    const range = checkRange(context.trail, first, list);
    if (typeof range === 'string') conduct.fault(peer, 'junk', range);
    else if ('unknownEpoch' in range) park(peer, first, list, range);
    else if (range.blocks.every(({ header }) => !isWanted(header.height))) conduct.good(peer);
    else verify(peer, range);
  }

  /** What is next has nothing below it that could still lead to its epoch. */
  function park(
    peer: ValidatorId,
    from: Height,
    blocks: readonly StoredBlock[],
    { unknownEpoch }: UnknownEpoch,
  ): void {
    if (from <= nextHeight(chain.appendedHeight()))
      conduct.fault(peer, 'junk', `a block of epoch ${unknownEpoch}, to which nothing leads`);
    else if (isWanted(from)) parked.add({ peer, from, to: heightOf(from + blocks.length - 1), blocks });
  }

  function unpark(): void {
    const waiting = [...parked];
    parked.clear();
    for (const { peer, from, blocks } of waiting) gotBlocks(peer, from, blocks);
  }

  function isWanted(height: Height): boolean {
    const appended = chain.appendedHeight();
    if (height <= appended || ready.has(height)) return false;
    return height <= appended + 2 * rangesAhead * context.tuning.blocksPerChunk;
  }

  function verify(peer: ValidatorId, { blocks, checks, handOvers }: CheckedRange): void {
    const range = { from: blocks[0]!.header.height, to: blocks.at(-1)!.header.height };
    verifying.add(range);
    lane.submit(checks, (valid) => {
      verifying.delete(range);
      if (!valid) conduct.fault(peer, 'junk', 'a seal does not verify');
      else {
        conduct.good(peer);
        context.trail.learn(handOvers);
        for (const block of blocks) keep(block);
      }
      drain();
      unpark();
      ask();
    });
  }

  function keep(block: CheckedBlock): void {
    if (!isWanted(block.header.height)) return;
    ready.set(block.header.height, block);
    readyBytes += block.bytes;
  }

  function forgetAppended(): void {
    for (const [height, { bytes }] of ready) {
      if (height > chain.appendedHeight()) continue;
      ready.delete(height);
      readyBytes -= bytes;
    }
  }

  /** Executes what is next, some transactions a turn: links and clocks must not wait for a whole range. */
  function drain(): void {
    if (draining) return;
    for (let count = 0; count < sliceTransactions; ) {
      const block = ready.get(nextHeight(chain.appendedHeight()));
      if (block === undefined) return;
      if (!isOfItsEpoch(block)) return;
      chain.take(block.stored.certificate, { batch: block.stored.batch, transactions: block.transactions });
      count += block.transactions.length + 1;
      forgetAppended();
    }
    draining = true;
    timers.after(0, () => {
      draining = false;
      drain();
      ask();
    });
  }

  /** It was checked before the hand-over below it was known: keys of the epoch that ended there sealed it. */
  function isOfItsEpoch({ header, bytes }: CheckedBlock): boolean {
    const { height, epoch } = header;
    const expected = context.trail.epochAt(height);
    if (epoch === expected) return true;
    context.ports.log.write('warn', 'block-of-ended-epoch', { height, epoch, expected, rule: 'E2' });
    ready.delete(height);
    readyBytes -= bytes;
    return false;
  }

  function closed(peer: ValidatorId): void {
    unanswered.delete(peer);
    bodiesFrom.delete(peer);
    if (!flights.has(peer)) return;
    land(peer);
    ask();
  }

  function progress(): CatchUpProgress | undefined {
    if (isDone()) return undefined;
    const peers = [...flights.keys()];
    const snapshot = options.joining?.progress();
    return {
      target,
      peers,
      ...(peers[0] === undefined ? {} : { peer: peers[0] }),
      ...(snapshot === undefined ? {} : { snapshot }),
    };
  }

  /** What waits here may be next now, whoever took the tip there: nobody is asked for it again. */
  function advanced(): void {
    drain();
    unpark();
    if (isDone()) cancelRetry();
    else ask();
  }

  return {
    behind,
    arrived,
    advanced,
    closed,
    progress,
    forget: (isGone) => forgetIn(restsUntilMs, isGone),
  };
}

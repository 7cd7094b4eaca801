/**
 * Damaged blocks are fetched again from peers, one at a time, the lowest first, and replaced once they have proven
 * themselves. They are met when they are read, and looked for: all stored blocks are read now and then.
 */
import { type Height, heightOf, type ValidatorId } from '../../shared/types/brands.ts';
import type { StateView } from '../ledger/types.ts';
import { checkDecided, type DecidedCheck } from './decided-check.ts';
import type { AskingContext, Conduct } from './peer-conduct.ts';
import type { DamageFacts, DecidedBlock, RepairPort } from './ports.ts';
import type { VoteLane } from './verification.ts';

export interface Repair {
  start(): void;
  /** Nothing is read, asked or replaced any more. */
  stop(): void;
  opened(): void;
  closed(peer: ValidatorId): void;
  /** `block`: absent if the peer does not have it whole. */
  arrived(from: ValidatorId, height: Height, block: DecidedBlock | undefined): void;
  figures(): RepairFigures;
}

export interface RepairFigures {
  /** Damaged blocks that are not replaced yet, ascending. */
  readonly damaged: readonly Height[];
  /** Blocks replaced since the start. */
  readonly repaired: number;
}

export interface RepairOptions {
  /** Absent where damage is put right by other means. */
  readonly port: RepairPort | undefined;
  readonly lane: VoteLane;
  readonly conduct: Conduct;
  /** Whose key is whose. */
  readonly state: StateView;
}

interface Flight {
  readonly peer: ValidatorId;
  readonly height: Height;
  readonly cancel: () => void;
}

export function createRepair(context: AskingContext, options: RepairOptions): Repair {
  const { port, lane, conduct, state } = options;
  const { clock, timers, log } = context.ports;
  /** Who could not give a block, until it is tried again. */
  const tried = new Map<Height, Set<ValidatorId>>();
  const restsUntilMs = new Map<Height, number>();
  let flight: Flight | undefined;
  let repaired = 0;
  let cancelInspection = (): void => {};
  let stopped = false;

  function start(): void {
    port?.watch(found);
    if (port !== undefined) inspect(port, heightOf(1));
  }

  /** Called in the middle of whatever read it. */
  function found(height: Height, facts: DamageFacts): void {
    log.write('error', 'data-damaged', { ...facts, height, action: 'to be fetched again from a peer' });
    timers.after(0, ask);
  }

  function inspect(stored: RepairPort, from: Height): void {
    const { inspectTransactions, inspectPauseMs, inspectAgainMs } = context.tuning;
    const next = stored.inspect(from, inspectTransactions);
    const delayMs = next === undefined ? inspectAgainMs : inspectPauseMs;
    cancelInspection = timers.after(delayMs, () => inspect(stored, next ?? heightOf(1)));
  }

  function ask(): void {
    if (flight !== undefined || stopped) return;
    const now = clock.monotonicMs();
    for (const height of port?.damaged() ?? []) {
      if ((restsUntilMs.get(height) ?? 0) > now) continue;
      const peer = conduct.candidates(height).find((one) => tried.get(height)?.has(one) !== true);
      if (peer === undefined) rest(height);
      else {
        askPeer(peer, height);
        return;
      }
    }
  }

  /** Nobody could give it: peers come back, and are repaired themselves. */
  function rest(height: Height): void {
    const { repairRestMs } = context.tuning;
    tried.delete(height);
    restsUntilMs.set(height, clock.monotonicMs() + repairRestMs);
    timers.after(repairRestMs, ask);
  }

  function askPeer(peer: ValidatorId, height: Height): void {
    const cancel = conduct.stalledAfter(peer, (patienceMs) => {
      conduct.fault(peer, 'stalled', `no block ${height} within ${patienceMs} ms`);
      pass(peer, height);
    });
    flight = { peer, height, cancel };
    context.send(peer, { type: 'get-decided', height });
  }

  function land(): void {
    flight?.cancel();
    flight = undefined;
  }

  /** To the next peer. */
  function pass(peer: ValidatorId, height: Height): void {
    land();
    const others = tried.get(height) ?? new Set();
    tried.set(height, others.add(peer));
    ask();
  }

  function arrived(from: ValidatorId, height: Height, block: DecidedBlock | undefined): void {
    if (flight?.peer !== from || flight.height !== height) return;
    flight.cancel();
    if (block === undefined) {
      pass(from, height);
      return;
    }
    const beside = port?.beside(height) ?? {};
    const checked = checkDecided({ trail: context.trail, state, beside }, height, block);
    if (typeof checked === 'string') blame(from, height, checked);
    // No fault of the peer's: the block below that hands over to that epoch is damaged here, too, and comes first.
    else if ('unknownEpoch' in checked) pass(from, height);
    else verify(from, checked);
  }

  function blame(peer: ValidatorId, height: Height, detail: string): void {
    conduct.fault(peer, 'junk', detail);
    pass(peer, height);
  }

  function verify(from: ValidatorId, { proven, checks, handOvers }: DecidedCheck): void {
    const { height } = proven;
    lane.submit(checks, (valid) => {
      if (stopped) return;
      if (!valid) {
        blame(from, height, 'a seal does not verify');
        return;
      }
      conduct.good(from);
      context.trail.learn(handOvers);
      land();
      const failure = port?.replace(proven);
      if (failure === undefined) noteRepaired(from, proven);
      else {
        log.write('error', 'repair-failed', { height, reason: failure });
        rest(height);
      }
      ask();
    });
  }

  function noteRepaired(peer: ValidatorId, { height, hash, ran }: DecidedCheck['proven']): void {
    repaired += 1;
    tried.delete(height);
    restsUntilMs.delete(height);
    log.write('warn', 'data-repaired', { height, block: hash, transactions: ran.length, from: peer });
  }

  function opened(): void {
    restsUntilMs.clear();
    ask();
  }

  function closed(peer: ValidatorId): void {
    if (flight?.peer === peer) pass(peer, flight.height);
  }

  function stop(): void {
    stopped = true;
    cancelInspection();
    land();
  }

  return {
    start,
    stop,
    opened,
    closed,
    arrived,
    figures: () => ({ damaged: port?.damaged() ?? [], repaired }),
  };
}

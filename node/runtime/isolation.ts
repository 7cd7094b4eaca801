/**
 * A node that was away while the others changed their node keys finds nobody under the keys that it knows. Then it
 * asks any server for blocks, which prove themselves, until it knows the ledger's book of today (rule C1).
 */
import { weakQuorum } from '../../shared/protocol/quorum.ts';
import { peersOf, type RuntimeContext, validatorsOf } from './context.ts';

export interface Isolation {
  start(): void;
}

/** Restarts of peers and of networks last less, in intervals of the status. */
const patienceIntervals = 10;

/** @param isCatchingUp whether blocks are missing that somebody has */
export function createIsolation(
  context: Pick<RuntimeContext, 'epochs' | 'self' | 'ports' | 'tuning'>,
  isCatchingUp: () => boolean,
): Isolation {
  const { timers, links, log } = context.ports;
  let lonelyIntervals = 0;
  let isAsking = false;

  /** One of f+1 is honest: whoever reaches so many needs nobody else. */
  function isAlone(): boolean {
    const open = new Set(links.open());
    const others = peersOf(context);
    const reached = others.filter((peer) => open.has(peer)).length;
    return reached < Math.min(others.length, weakQuorum(validatorsOf(context).length));
  }

  function look(): void {
    lonelyIntervals = isAlone() ? lonelyIntervals + 1 : 0;
    if (!isAsking && lonelyIntervals >= patienceIntervals) ask(true);
    else if (isAsking && lonelyIntervals === 0 && !isCatchingUp()) ask(false);
    timers.after(context.tuning.statusMs, look);
  }

  function ask(wanted: boolean): void {
    isAsking = wanted;
    log.write('info', wanted ? 'peers-not-found' : 'peers-found', { rule: 'C1' });
    links.behind?.(wanted);
  }

  return { start: () => void timers.after(context.tuning.statusMs, look) };
}

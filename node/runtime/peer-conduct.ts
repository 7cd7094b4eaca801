/**
 * What each peer claims to have, and how it behaved when it was asked for it (rule C3). Who serves junk, stalls
 * or withdraws a claim is put aside, each time for longer; a good answer clears its name.
 */
import { type Height, heightOf, type ValidatorId } from '../../shared/types/brands.ts';
import { peersOf, type RuntimeContext } from './context.ts';
import { forgetIn, type Remembering } from './forgetting.ts';
import type { RuntimePorts } from './ports.ts';

export type Misconduct = 'junk' | 'stalled' | 'withdrew';

export interface PeerConduct {
  readonly peer: ValidatorId;
  /** What it said last that it has. */
  readonly claimed?: Height;
  /** In a row, without a good answer between. */
  readonly strikes: number;
  readonly reason: Misconduct;
  /** What exactly was wrong. */
  readonly detail: string;
  /** Milliseconds for which it is not asked any more; 0 if it may be asked again. */
  readonly asideMs: number;
}

export interface Conduct extends Remembering {
  /**
   * A new link: another process may be at its end, on a disk that a crash cut short or that was put back. What it
   * claimed before binds it no more.
   */
  linked(peer: ValidatorId): void;
  /** A status: the peer itself says that it has this height. */
  claimed(peer: ValidatorId, height: Height): void;
  /** Others say so, such as a certificate that it sealed: no promise of the peer's. */
  expected(peer: ValidatorId, height: Height): void;
  hasClaimed(peer: ValidatorId, height: Height): boolean;
  fault(peer: ValidatorId, reason: Misconduct, detail: string): void;
  good(peer: ValidatorId): void;
  isAside(peer: ValidatorId): boolean;
  /**
   * Calls back when the peer's time for an answer is over, in time that the event loop was running. It
   * doubles while a peer stalls, so that slow links and disks find a pace.
   */
  stalledAfter(peer: ValidatorId, callback: (patienceMs: number) => void): () => void;
  /** Linked peers to ask for a height, the best kind that is there: who has it, who behaves, anybody; validators first. */
  candidates(height: Height): readonly ValidatorId[];
  /** Those whose name is not clear. */
  views(): readonly PeerConduct[];
}

interface Record {
  claimed?: Height;
  expected: Height;
  strikes: number;
  stalls: number;
  asideUntilMs: number;
  reason?: Misconduct;
  detail: string;
}

const patienceDoublings = 5;
const asideDoublings = 6;

/** What a node needs to ask its peers for anything. */
export type AskingContext = Pick<
  RuntimeContext,
  'epochs' | 'trail' | 'self' | 'tuning' | 'send' | 'reject'
> & { readonly ports: Pick<RuntimePorts, 'clock' | 'timers' | 'links' | 'log'> };

export function createConduct(context: AskingContext): Conduct {
  const { clock, links, timers } = context.ports;
  const records = new Map<ValidatorId, Record>();

  function recordOf(peer: ValidatorId): Record {
    const known = records.get(peer);
    if (known !== undefined) return known;
    const fresh = { expected: heightOf(0), strikes: 0, stalls: 0, asideUntilMs: 0, detail: '' };
    records.set(peer, fresh);
    return fresh;
  }

  function linked(peer: ValidatorId): void {
    delete records.get(peer)?.claimed;
  }

  function claimed(peer: ValidatorId, height: Height): void {
    const record = recordOf(peer);
    if (height < (record.claimed ?? 0))
      fault(peer, 'withdrew', `status ${height} after status ${record.claimed}`);
    record.claimed = height;
  }

  function expected(peer: ValidatorId, height: Height): void {
    const record = recordOf(peer);
    record.expected = heightOf(Math.max(record.expected, height));
  }

  function fault(peer: ValidatorId, reason: Misconduct, detail: string): void {
    const record = recordOf(peer);
    const asideMs = context.tuning.putAsideMs * 2 ** Math.min(record.strikes, asideDoublings);
    record.strikes += 1;
    if (reason === 'stalled') record.stalls += 1;
    record.asideUntilMs = clock.monotonicMs() + asideMs;
    record.reason = reason;
    record.detail = detail;
    record.expected = heightOf(0);
    const { strikes } = record;
    context.reject('catch-up-peer-put-aside', peer, 'C3', detail, {
      peer,
      misconduct: reason,
      strikes,
      asideMs,
    });
  }

  function good(peer: ValidatorId): void {
    const record = recordOf(peer);
    record.strikes = 0;
    record.stalls = 0;
    record.asideUntilMs = 0;
    delete record.reason;
  }

  const patienceMs = (peer: ValidatorId): number =>
    context.tuning.rangeTimeoutMs * 2 ** Math.min(recordOf(peer).stalls, patienceDoublings);

  /** While this node is busy with other answers, this one waits in the link. */
  function stalledAfter(peer: ValidatorId, callback: (patienceMs: number) => void): () => void {
    const patience = patienceMs(peer);
    const endMs = clock.monotonicMs() + patience;
    let cancel = timers.after(patience, look);
    function look(): void {
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs < 1) callback(patience);
      else cancel = timers.after(leftMs, look);
    }
    return () => cancel();
  }

  function candidates(height: Height): readonly ValidatorId[] {
    const now = clock.monotonicMs();
    const linked = [...links.open(), ...(links.servers?.() ?? [])];
    const validators = new Set(peersOf(context));
    const trusted = linked.filter((peer) => recordOf(peer).asideUntilMs <= now);
    const having = trusted.filter((peer) => {
      const { claimed: said, expected: others } = recordOf(peer);
      return Math.max(said ?? 0, others) >= height;
    });
    const best = [having, trusted, linked].flatMap((peers) => [
      peers.filter((peer) => validators.has(peer)),
      peers,
    ]);
    return best.find((peers) => peers.length > 0) ?? [];
  }

  function views(): PeerConduct[] {
    const now = clock.monotonicMs();
    return [...records].flatMap(([peer, { claimed: said, strikes, reason, detail, asideUntilMs }]) =>
      reason === undefined
        ? []
        : [
            {
              peer,
              ...(said === undefined ? {} : { claimed: said }),
              strikes,
              reason,
              detail,
              asideMs: Math.max(0, asideUntilMs - now),
            },
          ],
    );
  }

  return {
    linked,
    claimed,
    expected,
    hasClaimed: (peer, height) => (recordOf(peer).claimed ?? 0) >= height,
    fault,
    good,
    isAside: (peer) => recordOf(peer).asideUntilMs > clock.monotonicMs(),
    stalledAfter,
    candidates,
    views,
    forget: (isGone) => forgetIn(records, isGone),
  };
}

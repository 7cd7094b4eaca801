/**
 * The epochs that matter now: the current one, the one before, the one that is scheduled. Rooms ask at each use and
 * keep nothing, since sets, keys and parameters change where an epoch is entered (rule E1).
 */
import type { MessageLimits } from '../../shared/codec/messages.ts';
import type { Epoch, Height, NetworkId } from '../../shared/types/brands.ts';
import type { Boundary, Membership } from '../../shared/types/epochs.ts';
import { readBoundary, readMembership, readMembershipOf } from '../ledger/modules/epochs.ts';
import type { StateView } from '../ledger/types.ts';
import { type SignerSet, type Signers, signerSet } from './signatures.ts';

export interface EpochBook extends Signers {
  /** Of the epoch that consensus is in. */
  current(): Membership;
  previous(): Membership | undefined;
  /** What will follow unless it is withdrawn, or what is entered next. */
  scheduled(): Membership | undefined;
  /** Keys by which messages and certificates of an epoch are judged; undefined if it is not known here. */
  setOf(epoch: Epoch): SignerSet | undefined;
  /** The epoch that seals this height, for all we know: above, another one may have begun. */
  epochAt(height: Height): Epoch;
  /** The largest of the three: what any of them may send. */
  limits(): MessageLimits;
  /** What the newest certified and durable block says. */
  boundary(boundary: Boundary): void;
  /** Consensus entered the scheduled epoch. */
  enter(epoch: Epoch): void;
  /** Called whenever one of the three has changed. */
  onChange(listener: () => void): void;
}

/** Of which somebody may ask in turn; each is read from state again. */
const pastSetsMax = 16;

/** @param options.state after the block of `height`, the highest that is certified and durable */
export function createEpochBook(options: {
  readonly network: NetworkId;
  readonly state: StateView;
  readonly height: Height;
}): EpochBook {
  const { network, state, height } = options;
  const listeners: (() => void)[] = [];
  const sets = new WeakMap<Membership, SignerSet>();
  let current = readMembership(state);
  let previous = current.epoch === 0 ? undefined : readMembershipOf(state, before(current.epoch));
  const atStart = readBoundary(state, height);
  // A block that hands over has led into the current epoch already.
  let scheduled = atStart.kind === 'within' ? atStart.scheduled : undefined;
  /** Of epochs that ended before the previous one; state has them all. */
  const past = new Map<Epoch, SignerSet>();

  function signersOf(membership: Membership): SignerSet {
    const known = sets.get(membership);
    if (known !== undefined) return known;
    const set = signerSet(network, membership.validators);
    sets.set(membership, set);
    return set;
  }

  function setOf(epoch: Epoch): SignerSet | undefined {
    if (epoch === current.epoch) return signersOf(current);
    if (epoch === previous?.epoch) return signersOf(previous);
    if (epoch === scheduled?.epoch) return signersOf(scheduled);
    return epoch < current.epoch ? pastSet(epoch) : undefined;
  }

  function pastSet(epoch: Epoch): SignerSet | undefined {
    const known = past.get(epoch);
    const membership = known === undefined ? readMembershipOf(state, epoch) : undefined;
    if (membership === undefined) return known;
    const set = signerSet(network, membership.validators);
    past.set(epoch, set);
    const [oldest] = past.size > pastSetsMax ? past.keys() : [];
    if (oldest !== undefined) past.delete(oldest);
    return set;
  }

  function epochAt(height: Height): Epoch {
    let epoch = current;
    while (epoch.firstHeight > height && epoch.epoch > 0) epoch = membershipBefore(epoch);
    return epoch.epoch;
  }

  function membershipBefore({ epoch }: Membership): Membership {
    const last = before(epoch);
    const known = last === previous?.epoch ? previous : readMembershipOf(state, last);
    if (known === undefined) throw new Error(`State does not know epoch ${last}`);
    return known;
  }

  let limitsNow: MessageLimits | undefined;

  function limits(): MessageLimits {
    limitsNow ??= largestLimits();
    return limitsNow;
  }

  function largestLimits(): MessageLimits {
    const known = [current, previous, scheduled].filter((one) => one !== undefined);
    const largest = (sizeOf: (one: Membership) => number): number => Math.max(...known.map(sizeOf));
    return {
      validators: largest(({ validators }) => validators.length),
      window: largest(({ parameters }) => parameters.window),
      batchLimit: largest(({ parameters }) => parameters.batchLimit),
    };
  }

  function boundary(said: Boundary): void {
    const next = scheduledOf(said);
    if (isSame(scheduled, next)) return;
    scheduled = next;
    changed();
  }

  function enter(epoch: Epoch): void {
    if (scheduled?.epoch !== epoch)
      throw new Error(`Epoch ${epoch} was entered while ${scheduled?.epoch ?? 'none'} is scheduled`);
    previous = current;
    current = scheduled;
    scheduled = undefined;
    changed();
  }

  function changed(): void {
    limitsNow = undefined;
    for (const listener of listeners) listener();
  }

  return {
    current: () => current,
    previous: () => previous,
    scheduled: () => scheduled,
    setOf,
    epochAt,
    limits,
    boundary,
    enter,
    onChange: (listener) => listeners.push(listener),
  };
}

const before = (epoch: Epoch): Epoch => (epoch - 1) as Epoch;

const scheduledOf = (boundary: Boundary): Membership | undefined =>
  boundary.kind === 'handover' ? boundary.next : boundary.scheduled;

/** State is decoded anew for each block: equal content is the same membership. */
const isSame = (one: Membership | undefined, other: Membership | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

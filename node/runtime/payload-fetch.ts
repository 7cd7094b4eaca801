/**
 * Payloads that are not here, asked for by digest: of those who must have them first, then of anybody. The digest
 * proves what comes; who sends what it was not asked for is put aside (rule C3). Each peer has one question at a time
 * for what agreement waits for, and one for what is fetched at leisure.
 */
import { payloadDigest } from '../../shared/codec/payload.ts';
import type { Digest, ValidatorId } from '../../shared/types/brands.ts';
import type { NamedPayload } from '../ledger/modules/streams.ts';
import type { RuntimeContext } from './context.ts';
import type { Conduct } from './peer-conduct.ts';
import type { PayloadBytes } from './ports.ts';
import { payloadAnswerBytes, payloadsAskedMax } from './wire-bounds.ts';

export interface PayloadFetch {
  /** Until it comes or is wanted no more; called again, it adds holders. */
  want(payload: NamedPayload, why: Want): void;
  /** An answer to what this peer was asked. */
  arrived(from: ValidatorId, payloads: readonly Uint8Array[], absent: readonly Digest[]): void;
  opened(): void;
  closed(peer: ValidatorId): void;
}

export interface Want {
  /** Who said that it has it. */
  readonly holders: Iterable<ValidatorId>;
  /** Nobody else is asked: it is their word that the bytes exist. */
  readonly onlyHolders?: true;
  /** Behind everything that agreement waits for. */
  readonly atLeisure?: true;
}

export interface PayloadFetchEvents {
  /** Somebody still waits for it. */
  isWanted(digest: Digest): boolean;
  /** Bytes of their digests. */
  fetched(items: readonly PayloadBytes[]): void;
  /** None of the holders has it, and nobody else is to be asked. */
  withheld(digest: Digest): void;
  /** Nobody who can be reached has what is fetched at leisure; it is asked for again after a rest. */
  unheld(digest: Digest): void;
}

type Lane = 'now' | 'leisure';

interface Wanted extends Pick<NamedPayload, 'digest'> {
  /** By the events that name it: one at most is right, and only the bytes tell which. */
  readonly sizes: Set<number>;
  readonly holders: Set<ValidatorId>;
  onlyHolders: boolean;
  lane: Lane;
  /** Who does not have it, or did not answer. */
  readonly tried: Set<ValidatorId>;
  askedOf?: ValidatorId;
  restsUntilMs: number;
}

interface Flight {
  readonly digests: readonly Digest[];
  readonly cancel: () => void;
}

/** Asked for at once: however many are wanted, a turn stays short. */
const askedAtOnceMax = 4 * payloadsAskedMax;
/** Answers that are still listened to although they come late. */
const lateDigestsMax = 4 * payloadsAskedMax;

export function createPayloadFetch(
  context: RuntimeContext,
  conduct: Conduct,
  events: PayloadFetchEvents,
): PayloadFetch {
  const { clock, links, timers } = context.ports;
  const wanted = new Map<Digest, Wanted>();
  const flights: { readonly [lane in Lane]: Map<ValidatorId, Flight> } = {
    now: new Map(),
    leisure: new Map(),
  };
  /** What each peer was asked for and has not answered, in time or late. */
  const asked = new Map<ValidatorId, Set<Digest>>();
  let cancelRetry = (): void => {};
  let isAskingSoon = false;

  function want(payload: NamedPayload, { holders, onlyHolders, atLeisure }: Want): void {
    const { digest, size } = payload;
    const entry: Wanted = wanted.get(digest) ?? {
      digest,
      sizes: new Set<number>(),
      holders: new Set<ValidatorId>(),
      onlyHolders: onlyHolders === true,
      lane: 'leisure',
      tried: new Set<ValidatorId>(),
      restsUntilMs: 0,
    };
    if (!entry.sizes.has(size)) {
      entry.sizes.add(size);
      // Bytes of this size may be what somebody had who was passed over.
      entry.tried.clear();
      entry.restsUntilMs = 0;
    }
    for (const holder of holders) {
      if (entry.holders.has(holder)) continue;
      entry.holders.add(holder);
      entry.restsUntilMs = 0;
    }
    if (atLeisure !== true) entry.lane = 'now';
    entry.onlyHolders &&= onlyHolders === true;
    wanted.set(digest, entry);
    if (atLeisure === true || wanted.size > askedAtOnceMax) askSoon();
    else ask();
  }

  /** Many are wanted at once: together they make few questions. */
  function askSoon(): void {
    if (isAskingSoon) return;
    isAskingSoon = true;
    timers.after(0, () => {
      isAskingSoon = false;
      ask();
    });
  }

  function ask(): void {
    cancelRetry();
    askIn('now');
    askIn('leisure');
    if (wanted.size > 0) cancelRetry = timers.after(context.tuning.payloadRetryMs, ask);
  }

  /** One question for each idle peer, with as much as one answer may hold. */
  function askIn(lane: Lane): void {
    const questions = new Map<ValidatorId, Wanted[]>();
    const linked = new Set([...links.open(), ...(links.servers?.() ?? [])]);
    let count = 0;
    for (const entry of [...wanted.values()]) {
      if (entry.lane !== lane || entry.askedOf !== undefined) continue;
      if (entry.restsUntilMs > clock.monotonicMs()) continue;
      // What waits for a peer that is busy, or does not answer, counts for nothing: others stand behind it.
      const peer = nextPeer(entry, linked, lane, questions);
      if (peer === undefined) continue;
      if (!events.isWanted(entry.digest)) {
        wanted.delete(entry.digest);
        continue;
      }
      count += 1;
      if (count > askedAtOnceMax) break;
      entry.askedOf = peer;
      questions.set(peer, [...(questions.get(peer) ?? []), entry]);
    }
    for (const [peer, entries] of questions) send(lane, peer, entries);
  }

  function nextPeer(
    entry: Wanted,
    linked: ReadonlySet<ValidatorId>,
    lane: Lane,
    questions: ReadonlyMap<ValidatorId, readonly Wanted[]>,
  ): ValidatorId | undefined {
    const others = entry.onlyHolders ? [] : [...linked].filter((peer) => !entry.holders.has(peer));
    const open = [...entry.holders, ...others].filter(
      (peer) => linked.has(peer) && !entry.tried.has(peer) && (entry.onlyHolders || !conduct.isAside(peer)),
    );
    if (open.length === 0) {
      exhausted(entry);
      return undefined;
    }
    return open.find((peer) => !flights[lane].has(peer) && hasRoom(questions.get(peer) ?? [], entry));
  }

  const hasRoom = (question: readonly Wanted[], entry: Wanted): boolean =>
    question.length === 0 ||
    (question.length < payloadsAskedMax &&
      question.reduce((sum, one) => sum + largestOf(one), largestOf(entry)) <= payloadAnswerBytes);

  /** Peers come back, and fetch it themselves. */
  function exhausted(entry: Wanted): void {
    if (entry.onlyHolders) {
      wanted.delete(entry.digest);
      // Not in the middle of a walk over what is wanted.
      timers.after(0, () => events.withheld(entry.digest));
      return;
    }
    entry.tried.clear();
    // Behind all others: what many name and nobody has must not keep from its turn what somebody has.
    wanted.delete(entry.digest);
    wanted.set(entry.digest, entry);
    entry.restsUntilMs =
      clock.monotonicMs() +
      (entry.lane === 'now' ? context.tuning.fetchTimeoutMs : context.tuning.repairRestMs);
    if (entry.lane === 'leisure') timers.after(0, () => events.unheld(entry.digest));
  }

  function send(lane: Lane, peer: ValidatorId, entries: readonly Wanted[]): void {
    const digests = entries.map(({ digest }) => digest);
    const cancel = conduct.stalledAfter(peer, (patienceMs) => {
      flights[lane].delete(peer);
      const detail = `no payloads within ${patienceMs} ms`;
      conduct.fault(peer, 'stalled', detail);
      for (const digest of digests) passOn(digest, peer);
      ask();
    });
    flights[lane].set(peer, { digests, cancel });
    const open = asked.get(peer) ?? new Set();
    for (const digest of digests) open.add(digest);
    for (const digest of open) if (open.size > lateDigestsMax) open.delete(digest);
    asked.set(peer, open);
    context.send(peer, { type: 'get-payloads', digests });
  }

  /** This peer does not have it, or does not say so. */
  function passOn(digest: Digest, peer: ValidatorId): void {
    const entry = wanted.get(digest);
    if (entry?.askedOf !== peer) return;
    delete entry.askedOf;
    entry.tried.add(peer);
  }

  function arrived(from: ValidatorId, payloads: readonly Uint8Array[], absent: readonly Digest[]): void {
    const open = asked.get(from);
    const items = payloads.map((bytes) => ({ digest: payloadDigest(bytes), bytes }));
    const stray = items.find(({ digest }) => open?.has(digest) !== true);
    if (stray !== undefined) {
      conduct.fault(from, 'junk', `payload ${stray.digest}, for which it was not asked`);
      landAll(from);
      ask();
      return;
    }
    for (const { digest } of items) open?.delete(digest);
    for (const digest of absent) {
      open?.delete(digest);
      passOn(digest, from);
    }
    land(from, new Set([...items.map(({ digest }) => digest), ...absent]));
    const fitting = items.filter(({ digest, bytes }) => take(digest, bytes.length, from));
    if (fitting.length > 0) {
      conduct.good(from);
      events.fetched(fitting);
    }
    ask();
  }

  /** False: nobody waits for it, or all events name other sizes, so that it is not what they mean. */
  function take(digest: Digest, size: number, from: ValidatorId): boolean {
    const entry = wanted.get(digest);
    if (entry === undefined) return false;
    if (!entry.sizes.has(size)) {
      passOn(digest, from);
      return false;
    }
    wanted.delete(digest);
    return events.isWanted(digest);
  }

  /** The question that these answer is done; what was left out of the answer is asked for again. */
  function land(peer: ValidatorId, answered: ReadonlySet<Digest>): void {
    for (const lane of ['now', 'leisure'] as const) {
      const flight = flights[lane].get(peer);
      if (flight === undefined || !flight.digests.some((digest) => answered.has(digest))) continue;
      flight.cancel();
      flights[lane].delete(peer);
      for (const digest of flight.digests) {
        const entry = wanted.get(digest);
        if (entry?.askedOf === peer && !answered.has(digest)) delete entry.askedOf;
      }
    }
  }

  function landAll(peer: ValidatorId): void {
    for (const lane of ['now', 'leisure'] as const) {
      const flight = flights[lane].get(peer);
      flight?.cancel();
      flights[lane].delete(peer);
      for (const digest of flight?.digests ?? []) passOn(digest, peer);
    }
  }

  function closed(peer: ValidatorId): void {
    landAll(peer);
    asked.delete(peer);
    ask();
  }

  /** Who was not there, or had nothing, may help now. */
  function opened(): void {
    for (const entry of wanted.values()) entry.restsUntilMs = 0;
    ask();
  }

  return { want, arrived, opened, closed };
}

const largestOf = ({ sizes }: Wanted): number => Math.max(...sizes);

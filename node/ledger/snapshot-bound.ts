/**
 * What state holds without a leaf and which leaf binds it (docs/decisions/003), in the order in which its running
 * digest was built: events of a stream by revision, pages of an expiry minute. A run of them leads from one running
 * state to the next; a digest that commits to its predecessor proves the one before.
 */
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { equalBytes } from '../../shared/codec/hex.ts';
import { appendLeafHash } from '../../shared/crypto/merkle.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { type EventIdData, nextEventIds, noEventIds, type StreamData } from './modules/streams.ts';
import { type MinuteData, pairsOfPage, withPage } from './pairs.ts';
import { stateKeys } from './state-keys.ts';
import type { StateView } from './types.ts';

/** Running state before entry `next`. `hashes`: frontier of a stream; `count`: pairs of a minute. */
export interface RunState {
  readonly next: number;
  readonly digest: Uint8Array;
  readonly hashes: readonly Uint8Array[];
  readonly count: number;
}
export type EventEntry = readonly [eventId: string, leaf: Uint8Array];
/** A page is a list of pairs as bytes. */
export type BoundEntry = EventEntry | Uint8Array;

export type BoundList =
  | { readonly kind: 'events'; readonly stream: string; readonly end: RunState }
  | { readonly kind: 'pages'; readonly minute: number; readonly end: RunState };

export const emptyRun: RunState = { next: 0, digest: noEventIds, hashes: [], count: 0 };

const streamPrefix = stateKeys.stream('');
const minutePrefix = `${stateKeys.pairMinutes}/`;

/** The entries that this leaf binds; undefined if it binds none. */
export function boundBy(key: string, value: Uint8Array): BoundList | undefined {
  if (key.startsWith(streamPrefix)) {
    return { kind: 'events', stream: key.slice(streamPrefix.length), end: runStateOf(value) };
  }
  if (key.startsWith(minutePrefix)) {
    const { pages, digest, count } = decode(value) as MinuteData;
    const minute = Number(key.slice(minutePrefix.length));
    return { kind: 'pages', minute, end: { next: pages, digest, hashes: [], count } };
  }
  return undefined;
}

/** Running state behind the entries. */
export function foldRun(start: RunState, entries: readonly BoundEntry[]): RunState {
  let { next, digest, hashes, count } = start;
  for (const entry of entries) {
    if (entry instanceof Uint8Array) {
      ({ digest, count } = withPage({ count, pages: next, digest }, entry));
    } else {
      digest = nextEventIds(digest, entry[0]);
      ({ hashes } = appendLeafHash({ size: next, hashes }, entry[1]));
    }
    next += 1;
  }
  return { next, digest, hashes, count };
}

export const sameRunState = (one: RunState, other: RunState): boolean =>
  one.next === other.next &&
  one.count === other.count &&
  equalBytes(one.digest, other.digest) &&
  one.hashes.length === other.hashes.length &&
  one.hashes.every((hash, index) => equalBytes(hash, other.hashes[index]!));

/** The keys and values that entries from `first` on stand for in state. */
export function boundRows(
  list: BoundList,
  first: number,
  entries: readonly BoundEntry[],
): (readonly [key: string, value: Uint8Array])[] {
  return entries.flatMap((entry, index) => {
    const at = first + index;
    if (list.kind === 'events') {
      const [eventId, leaf] = entry as EventEntry;
      const data: EventIdData = { revision: at, leaf };
      return [[stateKeys.eventId(list.stream, eventId), encode(data)] as const];
    }
    const page = entry as Uint8Array;
    return [
      [stateKeys.pairPage(list.minute, at), encode(page)] as const,
      ...pairsOfPage(list.minute, page).map(([key, data]) => [key, encode(data)] as const),
    ];
  });
}

/** Keys of the events of a stream begin with this. */
export const eventsPrefix = (stream: string): string => stateKeys.eventId(stream, '');

/** One entry of a stream as state has it: revision and entry. */
export function eventEntry(stream: string, key: string, value: Uint8Array): readonly [number, EventEntry] {
  const { revision, leaf } = decode(value) as EventIdData;
  return [revision, [key.slice(eventsPrefix(stream).length), leaf]];
}

/** The stream whose event has this key; undefined if it is another key. */
export function streamOfEvent(key: string): string | undefined {
  const { eventIds } = stateKeys;
  if (!key.startsWith(eventIds)) return undefined;
  const digitsEnd = key.indexOf('/', eventIds.length);
  const length = Number(key.slice(eventIds.length, digitsEnd));
  return key.slice(digitsEnd + 1, digitsEnd + 1 + length);
}

/** Running state behind all events of a stream, of which state has this leaf. */
export const runStateOf = (leaf: Uint8Array): RunState => {
  const { revision, frontier, eventIds } = decode(leaf) as StreamData;
  return { next: revision + 1, digest: eventIds, hashes: frontier, count: 0 };
};

export function pageEntry(state: StateView, minute: number, page: number): Uint8Array | undefined {
  const value = state.get(stateKeys.pairPage(minute, page));
  return value === undefined ? undefined : (decode(value) as Uint8Array);
}

export const entryToCbor = (entry: BoundEntry): CborValue =>
  entry instanceof Uint8Array ? entry : [entry[0], entry[1]];

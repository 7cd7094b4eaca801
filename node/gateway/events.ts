/** Events over all streams by position: which match, how many there are, and reading them backwards. */
import type { EventFilter } from '../../shared/api.ts';
import type { IndexedStreamEvent, LedgerQueries } from '../runtime/queries.ts';
import { yieldToOthers } from './yield-to-others.ts';

type EventQueries = Pick<LedgerQueries, 'events'>;

export function matchesEvent(event: IndexedStreamEvent, filter: EventFilter): boolean {
  const { stream, streamPrefix, type, labels = {} } = filter;
  return (
    (stream === undefined || event.stream === stream.normalize('NFC')) &&
    (streamPrefix === undefined || event.stream.startsWith(streamPrefix.normalize('NFC'))) &&
    (type === undefined || event.type === type) &&
    Object.entries(labels).every(([name, value]) => event.labels[name] === value)
  );
}

/** `name=value`, where the value may hold further signs. */
export function labelsOf(label: string | undefined): { readonly [name: string]: string } | undefined {
  if (label === undefined) return undefined;
  const at = label.indexOf('=');
  return { [label.slice(0, at)]: label.slice(at + 1) };
}

/** The index answers by position only; doubling, then halving, finds the end in some forty looks. */
export function eventCount(queries: EventQueries): number {
  const exists = (position: number): boolean => {
    try {
      return queries.events(position, 1).length > 0;
    } catch (error) {
      // It was there: the position is below the first one that this node keeps.
      if (isPruned(error)) return true;
      throw error;
    }
  };
  if (!exists(0)) return 0;
  let present = 0;
  let absent = 1;
  while (exists(absent)) {
    present = absent;
    absent *= 2;
  }
  while (absent - present > 1) {
    const middle = Math.floor((present + absent) / 2);
    if (exists(middle)) present = middle;
    else absent = middle;
  }
  return absent;
}

const windowSize = 200;
/** More than these one question does not look through. */
const searchedMax = 5_000;

export interface EventsBefore {
  /** Newest first. */
  readonly rows: readonly IndexedStreamEvent[];
  /** Everything from here on, up to where the search began, was looked at. */
  readonly searchedFrom: number;
}

/**
 * The newest `limit` matching events below a position, as far as a bounded search finds them.
 * @throws StorageError `pruned` if what stands next below is not here any more
 */
export async function eventsBefore(
  queries: EventQueries,
  before: number,
  { filter, limit }: { readonly filter: EventFilter; readonly limit: number },
): Promise<EventsBefore> {
  const rows: IndexedStreamEvent[] = [];
  let position = before;
  while (position > 0 && rows.length < limit && before - position < searchedMax) {
    const window = windowBefore(queries, position, before);
    if (window === undefined) break;
    for (const event of window.toReversed()) {
      position = event.position;
      if (matchesEvent(event, filter) && rows.push(event) === limit) break;
    }
    await yieldToOthers();
  }
  return { rows, searchedFrom: position };
}

/** The events right below a position; fewer where older ones were pruned, undefined at their edge. */
function windowBefore(
  queries: EventQueries,
  position: number,
  searchedFrom: number,
): readonly IndexedStreamEvent[] | undefined {
  for (let size = Math.min(windowSize, position); ; size = Math.floor(size / 2)) {
    try {
      return queries.events(position - size, size);
    } catch (error) {
      if (!isPruned(error)) throw error;
      if (size > 1) continue;
      if (position === searchedFrom) throw error;
      return undefined;
    }
  }
}

const isPruned = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'pruned';

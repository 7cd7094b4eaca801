/** Questions about streams and their events. */
import { decodeEvents } from '../../shared/codec/ledger.ts';
import { type Height, nextHeight, type TransactionId } from '../../shared/types/brands.ts';
import type { StreamEvent } from '../../shared/types/ledger.ts';
import { streamEventOf } from '../ledger/index-facts.ts';
import type { IndexedStreamEvent, LedgerQueries, StreamSummary } from '../runtime/queries.ts';
import type { BlockPlace } from './block-index.ts';
import { decodeCursor, encodeCursor } from './cursors.ts';
import { damaged } from './errors.ts';
import type { Indexer } from './indexer.ts';
import { type EntryRow, type LedgerRows, pruned } from './ledger-file.ts';
import type { EventPlace } from './stream-chunks.ts';
import type { StreamRow } from './stream-index.ts';

type StreamQueries = Pick<LedgerQueries, 'streams' | 'streamEvents' | 'streamLength' | 'events'>;

/** A transaction's stream events, with where they are. */
interface EventEntry {
  readonly number: number;
  readonly height: Height;
  readonly id: TransactionId;
  readonly events: readonly StreamEvent[];
}

export function streamQueries(
  rows: LedgerRows,
  files: { readonly ledger: string; readonly derived: string },
  indexer: Indexer,
): StreamQueries {
  const { streams, blocks } = indexer.parts;

  function place(height: Height): BlockPlace {
    const found = blocks.get(height);
    if (found === undefined) throw damaged(files.derived, 'block_index', height);
    return found;
  }

  /** Remembers the last answer: neighbours often share a transaction or a block. */
  function lastKept<Key, Value>(load: (key: Key) => Value): (key: Key) => Value {
    let kept: { readonly key: Key; readonly value: Value } | undefined;
    return (key) => {
      if (kept?.key !== key) kept = { key, value: load(key) };
      return kept.value;
    };
  }

  function readEntry(number: number): EventEntry {
    const entry = rows.entry(number);
    if (entry === undefined) throw damaged(files.ledger, 'entries', number);
    return eventEntry(entry);
  }

  function indexed(entry: EventEntry, ordinal: number, block: BlockPlace): IndexedStreamEvent {
    const event = entry.events[ordinal];
    if (event === undefined) throw damaged(files.derived, 'block_index', entry.height);
    const before = block.counts.slice(0, entry.number - block.first).reduce((sum, count) => sum + count, 0);
    const position = block.position + before + ordinal;
    return { ...event, height: entry.height, transaction: entry.id, time: block.time, position };
  }

  /** Numbers of transactions up to a height are below this. */
  function numbersBelow(asOf: Height | undefined): number {
    if (asOf === undefined || asOf >= indexer.height()) return Number.MAX_SAFE_INTEGER;
    return place(nextHeight(asOf)).first;
  }

  function streamEvents(
    name: string,
    range: Parameters<LedgerQueries['streamEvents']>[1],
  ): readonly IndexedStreamEvent[] {
    const { from, to = Number.MAX_SAFE_INTEGER, limit, asOf } = range;
    const stream = streams.find(name);
    if (stream === undefined) return [];
    const start = Math.max(from, 0);
    if (start < stream.length && !isPlaced(stream, start))
      throw pruned(rows, { stream: name, revision: start });
    const below = numbersBelow(asOf);
    const entryOf = lastKept(readEntry);
    const blockOf = lastKept(place);
    const found: IndexedStreamEvent[] = [];
    for (const { revision, number, ordinal } of streams.places(stream, start)) {
      if (found.length >= limit || revision > to || number >= below) break;
      const entry = entryOf(number);
      const event = indexed(entry, ordinal, blockOf(entry.height));
      if (event.stream !== name || event.revision !== revision)
        throw damaged(files.derived, 'stream_chunks', `${name}/${revision}`);
      found.push(event);
    }
    return found;
  }

  /** False for events of blocks that were never here. */
  const isPlaced = (stream: StreamRow, revision: number): boolean =>
    streams.places(stream, revision).next().value?.revision === revision;

  function placeOf(stream: StreamRow, revision: number): EventPlace {
    const found = streams.places(stream, revision).next().value;
    if (found?.revision !== revision)
      throw damaged(files.derived, 'stream_chunks', `${stream.name}/${revision}`);
    return found;
  }

  function streamLength(name: string, asOf?: Height): number | undefined {
    const stream = streams.find(name);
    if (asOf !== undefined && asOf + 1 < rows.base().indexedFrom) throw pruned(rows, { height: asOf });
    if (stream === undefined || (asOf !== undefined && asOf < stream.firstHeight)) return undefined;
    const below = numbersBelow(asOf);
    let [low, high] = [0, stream.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (!isPlaced(stream, middle) || placeOf(stream, middle).number < below) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function list(
    prefix: string,
    { cursor, limit, ascending = true }: Parameters<LedgerQueries['streams']>[1],
  ) {
    const after = cursor === undefined ? undefined : decodeCursor('streams', cursor);
    const found = streams.list(prefix, after, limit + 1, ascending);
    const shown = found.slice(0, limit).map(summary);
    const last = shown.at(-1);
    if (found.length <= limit || last === undefined) return { rows: shown };
    return { rows: shown, next: encodeCursor('streams', last.stream) };
  }

  function summary({ name, length, firstHeight, lastHeight }: StreamRow): StreamSummary {
    return { stream: name, length, firstHeight, lastHeight, lastTime: place(lastHeight).time };
  }

  function events(fromPosition: number, limit: number): readonly IndexedStreamEvent[] {
    if (fromPosition < rows.base().position) throw pruned(rows, { position: fromPosition });
    const start = blocks.lastWhere(indexer.height(), ({ position }) => position <= fromPosition);
    const found: IndexedStreamEvent[] = [];
    for (let block = start; block !== undefined && found.length < limit; ) {
      for (const event of blockEvents(block, fromPosition)) if (found.length < limit) found.push(event);
      block = blocks.get(nextHeight(block.height));
    }
    return found;
  }

  function* blockEvents(block: BlockPlace, fromPosition: number): IterableIterator<IndexedStreamEvent> {
    let position = block.position;
    for (const [index, count] of block.counts.entries()) {
      if (position + count > fromPosition && count > 0) {
        const entry = readEntry(block.first + index);
        for (let ordinal = Math.max(0, fromPosition - position); ordinal < count; ordinal++)
          yield indexed(entry, ordinal, block);
      }
      position += count;
    }
  }

  return { streams: list, streamEvents, streamLength, events };
}

const eventEntry = ({ number, height, id, eventsBytes }: EntryRow): EventEntry => ({
  number,
  height,
  id,
  events: decodeEvents(eventsBytes).flatMap((event) => streamEventOf(event) ?? []),
});

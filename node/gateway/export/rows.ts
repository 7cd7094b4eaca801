/** What a plan selects, oldest first, page by page; other work of the node goes on between pages. */
import type { EventFilter } from '../../../shared/api.ts';
import { heightOf } from '../../../shared/types/brands.ts';
import type {
  IndexedStreamEvent,
  LedgerQueries,
  TransactionFilter,
  TransactionRecord,
} from '../../runtime/queries.ts';
import { eventCount, labelsOf, matchesEvent } from '../events.ts';
import { yieldToOthers } from '../yield-to-others.ts';
import type { ExportPlan } from './plan.ts';

const pageRows = 100;

export type ExportRow =
  | { readonly of: 'transactions'; readonly record: TransactionRecord }
  | { readonly of: 'events'; readonly event: IndexedStreamEvent };

/** @throws StorageError `pruned` if anything of the range is not here any more: nothing is left out in silence */
export function rowsOf(queries: LedgerQueries, { query }: ExportPlan): AsyncIterable<readonly ExportRow[]> {
  return query.of === 'transactions' ? transactionPages(queries, query) : eventPages(queries, query);
}

async function* transactionPages(
  queries: LedgerQueries,
  { of: _, format: __, streamPrefix: ___, type: ____, ...filter }: ExportPlan['query'],
): AsyncGenerator<readonly ExportRow[]> {
  let cursor: string | undefined;
  do {
    const request = { limit: pageRows, ascending: true, ...(cursor === undefined ? {} : { cursor }) };
    const { rows, next } = queries.transactions(filter satisfies TransactionFilter, request);
    yield rows.map((record) => ({ of: 'transactions', record }));
    cursor = next;
    await yieldToOthers();
  } while (cursor !== undefined);
}

async function* eventPages(
  queries: LedgerQueries,
  { stream, streamPrefix, type, label, fromHeight, toHeight }: ExportPlan['query'],
): AsyncGenerator<readonly ExportRow[]> {
  const labels = labelsOf(label);
  const filter: EventFilter = {
    ...(stream !== undefined && { stream }),
    ...(streamPrefix !== undefined && { streamPrefix }),
    ...(type !== undefined && { type }),
    ...(labels && { labels }),
  };
  for (let position = firstPositionFrom(queries, fromHeight); ; ) {
    const events = queries.events(position, pageRows);
    const inRange = events.filter(({ height }) => height <= toHeight);
    const matching = inRange.filter((event) => matchesEvent(event, filter));
    yield matching.map((event) => ({ of: 'events', event }));
    if (inRange.length < pageRows) return;
    position += events.length;
    await yieldToOthers();
  }
}

/** Of the first event of a block at or above this height. Heights never fall with positions. */
function firstPositionFrom(queries: LedgerQueries, height: number): number {
  if (height <= 1) return 0;
  let [low, high] = [0, eventCount(queries)];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isBelow(queries, middle, height)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What was pruned is below what is kept, and a search across the edge must go on. */
function isBelow(queries: LedgerQueries, position: number, height: number): boolean {
  try {
    return (queries.events(position, 1)[0]?.height ?? heightOf(0)) < height;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'pruned') return true;
    throw error;
  }
}

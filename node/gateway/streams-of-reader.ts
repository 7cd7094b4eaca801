/**
 * The list of streams as a reader of named ones has it: looked up by its names, never cut out of the whole, so that
 * neither a count nor a cursor tells of others.
 */
import type { LedgerQueries, StreamSummary } from '../runtime/queries.ts';
import { ProblemError } from './http/problem-error.ts';
import type { ReadScope } from './sessions/readable-streams.ts';
import { yieldToOthers } from './yield-to-others.ts';

/** What one turn of the event loop looks through: consensus waits for it. */
const pageRows = 100;
/** More than these a list does not look through. */
const streamsMax = 10_000;
const defaultLimit = 50;

type NamedStreams = Exclude<ReadScope, 'everything'>;

/** Streams whose name begins with `prefix`, by last change, newest first. */
export async function readableNamed(
  queries: LedgerQueries,
  reads: NamedStreams,
  prefix: string,
): Promise<readonly StreamSummary[]> {
  const found = new Map<string, StreamSummary>();
  for (const pattern of reads.patterns) {
    for (const rows of pagesOf(queries, pattern, prefix, pageRows)) {
      for (const row of rows) found.set(row.stream, row);
      if (found.size >= streamsMax) return newestFirst(found);
      await yieldToOthers();
    }
  }
  return newestFirst(found);
}

/** The same of a few of them: by name the first ones of each pattern. */
export function someReadable(
  queries: LedgerQueries,
  reads: NamedStreams,
  prefix: string,
  limit: number,
): readonly StreamSummary[] {
  const firstOf = (pattern: string): readonly StreamSummary[] =>
    pagesOf(queries, pattern, prefix, limit).next().value ?? [];
  const found = reads.patterns.flatMap(firstOf).map((row) => [row.stream, row] as const);
  return newestFirst(new Map(found)).slice(0, limit);
}

const newestFirst = (found: ReadonlyMap<string, StreamSummary>): readonly StreamSummary[] =>
  [...found.values()].sort((a, b) => b.lastHeight - a.lastHeight || (a.stream < b.stream ? -1 : 1));

/** Of the streams that a pattern names, those that begin with `prefix`. */
function* pagesOf(
  queries: LedgerQueries,
  pattern: string,
  prefix: string,
  limit: number,
): Generator<readonly StreamSummary[], undefined> {
  const name = pattern.replace(/\*$/, '');
  if (name === pattern) {
    // By name it is the first of all that begin with it, and of the others there may be any number.
    const rows = name.startsWith(prefix) ? queries.streams(name, { limit: 1 }).rows : [];
    yield rows.filter(({ stream }) => stream === name);
    return;
  }
  // The longer of the two beginnings, if one begins with the other; else nothing is in both.
  const narrowed = name.startsWith(prefix) ? name : prefix.startsWith(name) ? prefix : undefined;
  if (narrowed === undefined) return;
  let cursor: string | undefined;
  do {
    const page = queries.streams(narrowed, { limit, ...(cursor === undefined ? {} : { cursor }) });
    yield page.rows;
    cursor = page.next;
  } while (cursor !== undefined);
}

interface PageQuery {
  readonly cursor?: string;
  readonly limit?: number;
  readonly order?: 'newest' | 'oldest';
}

/** @throws ProblemError `invalid-cursor` */
export function pageOfReadable(
  rows: readonly StreamSummary[],
  { cursor, limit = defaultLimit, order }: PageQuery,
): { rows: StreamSummary[]; next?: string } {
  const ordered = order === 'oldest' ? rows.toReversed() : rows;
  const place = cursor === undefined ? '0' : /^streams-([1-9][0-9]{0,8})$/.exec(cursor)?.[1];
  if (place === undefined)
    throw new ProblemError('invalid-cursor', 'The cursor was not issued by this API.', { cursor });
  const end = Number(place) + limit;
  return {
    rows: ordered.slice(Number(place), end).map((row) => ({ ...row })),
    ...(end < ordered.length ? { next: `streams-${end}` } : {}),
  };
}

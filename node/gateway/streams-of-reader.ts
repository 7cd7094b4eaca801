/**
 * The list of streams as a reader of named ones has it: looked up by its names, never cut out of the whole, so that
 * neither a count nor a cursor tells of others.
 */
import type { LedgerQueries, StreamSummary } from '../runtime/queries.ts';
import { ProblemError } from './http/problem-error.ts';
import { canRead, type ReadScope } from './sessions/readable-streams.ts';

const pageRows = 1_000;
/** More than these a list does not look through. */
const streamsMax = 10_000;
const defaultLimit = 50;

type NamedStreams = Exclude<ReadScope, 'everything'>;

/** Streams whose name begins with `prefix`, by last change, newest first. */
export function readableNamed(
  queries: LedgerQueries,
  reads: NamedStreams,
  prefix: string,
): readonly StreamSummary[] {
  const found = new Map<string, StreamSummary>();
  for (const pattern of reads.patterns) {
    const name = pattern.replace(/\*$/, '');
    // The longer of the two beginnings, if one begins with the other; else nothing is in both.
    const narrowed = name.startsWith(prefix) ? name : prefix.startsWith(name) ? prefix : undefined;
    if (narrowed === undefined) continue;
    for (const row of rowsOf(queries, narrowed)) {
      if (canRead(reads, row.stream) && row.stream.startsWith(prefix)) found.set(row.stream, row);
      if (found.size >= streamsMax) break;
    }
  }
  return [...found.values()].sort((a, b) => b.lastHeight - a.lastHeight || (a.stream < b.stream ? -1 : 1));
}

function* rowsOf(queries: LedgerQueries, prefix: string): Iterable<StreamSummary> {
  let cursor: string | undefined;
  do {
    const page = queries.streams(prefix, { limit: pageRows, ...(cursor === undefined ? {} : { cursor }) });
    yield* page.rows;
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

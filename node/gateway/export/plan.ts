/** What a query asks for, with its range fixed, so that asking again gives the same file. */
import { queryText } from '../../../shared/api/query-text.ts';
import type { ExportQuery, ExportSubject } from '../../../shared/api.ts';
import { type Height, heightOf } from '../../../shared/types/brands.ts';
import type { LedgerQueries } from '../../runtime/queries.ts';
import { ProblemError } from '../http/problem-error.ts';

export interface ExportPlan {
  /** In NFC, and with both ends of the range. */
  readonly query: ExportQuery & { readonly fromHeight: Height; readonly toHeight: Height };
  /** Equal for equal files. */
  readonly key: string;
  readonly fileName: string;
}

const filtersOf: { readonly [Subject in ExportSubject]: readonly (keyof ExportQuery)[] } = {
  transactions: ['sender', 'receiver', 'action', 'status', 'stream', 'label'],
  events: ['stream', 'streamPrefix', 'type', 'label'],
};
const others = ['of', 'format', 'fromHeight', 'toHeight'] as const;

/** @throws ProblemError `invalid-request`, `height-not-reached` */
export function planOf(queries: Pick<LedgerQueries, 'indexedHeight'>, asked: ExportQuery): ExportPlan {
  const members = Object.keys(asked) as (keyof ExportQuery)[];
  const stray = members.find((name) => ![...others, ...filtersOf[asked.of]].includes(name));
  if (stray !== undefined) throw invalid(stray, `no filter of ${asked.of}`);
  const indexed = queries.indexedHeight();
  const { of, format, fromHeight = 0, toHeight = indexed, stream, streamPrefix, ...rest } = asked;
  if (fromHeight > toHeight) throw invalid('fromHeight', `at most ${toHeight}`);
  if (toHeight > indexed) {
    const detail = `Block ${toHeight} is not indexed here; the highest is ${indexed}.`;
    throw new ProblemError('height-not-reached', detail, { height: toHeight, certified: indexed });
  }
  const query = {
    of,
    format,
    ...rest,
    ...(stream !== undefined && { stream: stream.normalize('NFC') }),
    ...(streamPrefix !== undefined && { streamPrefix: streamPrefix.normalize('NFC') }),
    fromHeight: heightOf(fromHeight),
    toHeight: heightOf(toHeight),
  };
  return {
    query,
    key: queryText(Object.fromEntries(Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1)))),
    fileName: `${of}-${fromHeight}-${toHeight}.${format}`,
  };
}

const invalid = (member: string, expected: string): ProblemError =>
  new ProblemError('invalid-request', `query ${member}: expected ${expected}.`, {
    place: 'query',
    member,
    expected,
  });

/** Lists: the query's page members to the index and back. */
import type { Page, PageRequest } from '../runtime/queries.ts';
import { ProblemError } from './http/problem-error.ts';

interface PageQuery {
  readonly cursor?: string;
  readonly limit?: number;
  readonly order?: 'newest' | 'oldest';
}
const defaultLimit = 50;

/** The index throws on a cursor that it did not issue. @throws ProblemError `invalid-cursor` */
export function pageRequest<Row>(query: PageQuery, ask: (request: PageRequest) => Page<Row>): Page<Row> {
  const request: PageRequest = {
    limit: query.limit ?? defaultLimit,
    ascending: query.order === 'oldest',
    ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
  };
  try {
    return ask(request);
  } catch (error) {
    if (!isCursorError(error)) throw error;
    throw new ProblemError('invalid-cursor', 'The cursor was not issued by this API.', {
      cursor: query.cursor,
    });
  }
}

const isCursorError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'cursor-invalid';

export function pageJson<Row, Json>(
  page: Page<Row>,
  jsonOf: (row: Row) => Json,
): { rows: Json[]; next?: string } {
  return { rows: page.rows.map(jsonOf), ...(page.next === undefined ? {} : { next: page.next }) };
}

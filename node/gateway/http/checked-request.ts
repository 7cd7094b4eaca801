/** Parameters and query of a request against the endpoint's schemas; the first thing wrong is named. */
import type * as z from 'zod/mini';
import { typedQuery } from '../../../shared/api/query-text.ts';
import { ProblemError } from './problem-error.ts';

export type ParameterPlace = 'path' | 'query' | 'body';

/** @throws ProblemError `invalid-request` */
export function checked<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  place: ParameterPlace,
): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const member = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue?.path.join('.');
  const expected = issue?.code === 'unrecognized_keys' ? 'no such member' : describe(issue);
  throw new ProblemError('invalid-request', `${place} ${member || 'value'}: ${expected}.`, {
    place,
    member: member ?? '',
    expected,
  });
}

export const checkedQuery = <Schema extends z.ZodMiniObject>(
  schema: Schema,
  query: Readonly<Record<string, unknown>>,
): z.infer<Schema> => checked(schema, typedQuery(schema, query), 'query');

/** The browser's zod carries no messages; these are made from the issue itself. */
function describe(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case 'invalid_type':
      return `expected ${issue.expected}`;
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `expected at least ${issue.minimum}`;
    case 'too_big':
      return `expected at most ${issue.maximum}`;
    case 'invalid_format':
      return `expected ${issue.pattern ?? issue.format}`;
    default:
      return 'has the wrong form';
  }
}

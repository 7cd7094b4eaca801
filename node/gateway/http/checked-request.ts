/** Parameters and query of a request against the endpoint's schemas; the first thing wrong is named. */
import type * as z from 'zod/mini';
import { typedQuery } from '../../../shared/api/query-text.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
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
  const expected = describe(issue);
  throw new ProblemError('invalid-request', `${place} ${member || 'value'}: ${expected}.`, {
    place,
    member: member ?? '',
    expected,
  });
}

/** Members of a query that are the two ends of a range, both inclusive. */
export const rangeEnds = [
  { low: 'from', high: 'to' },
  { low: 'fromHeight', high: 'toHeight' },
] as const;

/** @throws ProblemError `invalid-request`, for a range that ends before it begins as well */
export function checkedQuery<Schema extends z.ZodMiniObject>(
  schema: Schema,
  query: Readonly<Record<string, unknown>>,
): z.infer<Schema> {
  const read = checked(schema, typedQuery(schema, query), 'query');
  for (const ends of rangeEnds) requireRange(read, ends);
  return read;
}

function requireRange(
  query: Readonly<Record<string, unknown>>,
  { low, high }: (typeof rangeEnds)[number],
): void {
  const [from, to] = [query[low], query[high]];
  if (typeof from !== 'number' || typeof to !== 'number' || from <= to) return;
  const expected = `expected at most ${to}, where the range ends (${high})`;
  throw new ProblemError('invalid-request', `query ${low}: ${expected}.`, {
    place: 'query',
    member: low,
    expected,
  });
}

/** The browser's zod carries no messages but those of our schemas; the others are made from the issue itself. */
function describe(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case 'invalid_type':
      return `expected ${nouns[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `expected at least ${amountOf(Number(issue.minimum), issue.origin)}`;
    case 'too_big':
      return `expected at most ${amountOf(Number(issue.maximum), issue.origin)}`;
    case 'unrecognized_keys':
      return 'no such member';
    default:
      return `expected ${issue?.message ?? 'another value'}`;
  }
}

const nouns: { readonly [type: string]: string } = {
  string: 'text',
  number: 'a whole number, such as 20',
  int: 'a whole number, such as 20',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};
const units: { readonly [origin: string]: string } = { string: 'character', array: 'item' };

function amountOf(value: number, origin: string): string {
  const unit = units[origin];
  return unit === undefined ? String(value) : countOf(value, unit);
}

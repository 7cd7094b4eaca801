/**
 * What the keywords of the subset mean. The cases are written after those of the official suite for draft 2020-12
 * (https://github.com/json-schema-org/JSON-Schema-Test-Suite, tests/draft2020-12), file by file, and are no copy of it:
 * what they ask is the same, schemas and values are our own.
 */
import type { CborValue } from '../../../../shared/types/ledger.ts';

export interface ConformanceCase {
  readonly about: string;
  readonly schema: CborValue;
  readonly valid: readonly CborValue[];
  readonly invalid: readonly CborValue[];
}

export const anyType: readonly CborValue[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  '',
  'text',
  [],
  [1],
  {},
  { a: 1 },
];

/** A schema with `if`, `then` and `else`; tools take a map with `then` written out for a promise. */
export function branches(parts: {
  readonly if?: CborValue;
  readonly fulfilled?: CborValue;
  readonly else?: CborValue;
}): CborValue {
  const { fulfilled, ...rest } = parts;
  return fulfilled === undefined ? rest : Object.fromEntries([...Object.entries(rest), ['then', fulfilled]]);
}

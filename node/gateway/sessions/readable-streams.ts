/** What of the streams an identity may read: all, or the named ones. */
import type { Role } from '../../../shared/types/ledger.ts';

/** Names, or beginnings that end in `*`. */
export type ReadScope = 'everything' | { readonly patterns: readonly string[] };

/** A reader reads what it was given; every other role reads everything. */
export function readableStreams(identity: {
  readonly roles: readonly Role[];
  readonly streams?: readonly string[];
}): ReadScope {
  if (identity.roles.some((role) => role !== 'reader')) return 'everything';
  const patterns = (identity.streams ?? []).map((pattern) => pattern.normalize('NFC'));
  return patterns.includes('*') ? 'everything' : { patterns };
}

export const canRead = (scope: ReadScope, stream: string): boolean =>
  scope === 'everything' || scope.patterns.some((pattern) => matches(pattern, stream));

const matches = (pattern: string, stream: string): boolean =>
  pattern.endsWith('*') ? stream.startsWith(pattern.slice(0, -1)) : stream === pattern;

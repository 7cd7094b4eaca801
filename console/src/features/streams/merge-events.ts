import type { StreamEventJson } from '../../../../shared/api.ts';

/** Newest first, each revision once. */
export function mergeEvents(
  known: readonly StreamEventJson[],
  added: readonly StreamEventJson[],
): readonly StreamEventJson[] {
  const byRevision = new Map([...known, ...added].map((event) => [event.revision, event]));
  return [...byRevision.values()].sort((a, b) => b.revision - a.revision);
}

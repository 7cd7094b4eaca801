/** Events that an older version has in `bound` go into runs, in the order of their revisions (event-runs.ts). */
import {
  type BoundList,
  boundBy,
  type EventEntry,
  emptyRun,
  eventEntry,
  eventsPrefix,
  foldRun,
  sameRunState,
} from '../ledger/snapshot-bound.ts';
import { piecePath } from '../ledger/snapshot-manifest.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import type { LogPort } from '../runtime/ports.ts';
import type { Database } from './database.ts';
import { damaged, naming } from './errors.ts';
import { eventRuns } from './event-runs.ts';
import type { StateRows } from './state-rows.ts';

/** Leaves are gone through in 2^8 steps, each a transaction of its own. */
const stepDepth = 8;
/** The character behind the slash. */
const endOf = (prefix: string): string => `${prefix.slice(0, -1)}0`;

export function hasUnmovedEvents(database: Database): boolean {
  const select = database.prepare('SELECT 1 FROM bound WHERE key >= ? AND key < ? LIMIT 1');
  return select.get(stateKeys.eventIds, endOf(stateKeys.eventIds)) !== undefined;
}

/**
 * A kill leaves each stream in one place or the other, and the next start goes on.
 * @throws StorageError `data-damaged` where events differ from their stream
 */
export function moveEvents(database: Database, file: string, rows: StateRows, log: LogPort): void {
  if (!naming(file, () => hasUnmovedEvents(database))) return;
  const startedMs = performance.now();
  log.write('info', 'events-being-moved', { file });
  const runs = eventRuns(database, file);
  const remove = database.prepare('DELETE FROM bound WHERE key >= ? AND key < ?');
  let events = 0;
  for (let index = 0; index < 2 ** stepDepth; index += 1)
    naming(file, () => database.transaction(() => moveStep(index))());
  log.write('info', 'events-moved', { file, events, elapsedMs: Math.round(performance.now() - startedMs) });

  function moveStep(index: number): void {
    for (const [key, value] of rows.entries(piecePath(index, stepDepth))) {
      const list = boundBy(key, value);
      if (list?.kind !== 'events') continue;
      const entries = eventsOf(list);
      if (entries === undefined) continue;
      runs.put({ stream: list.stream, start: emptyRun, entries });
      remove.run(eventsPrefix(list.stream), endOf(eventsPrefix(list.stream)));
      events += entries.length;
    }
  }

  /** In the order of their revisions; undefined if they are moved already. */
  function eventsOf({
    stream,
    end,
  }: Extract<BoundList, { kind: 'events' }>): readonly EventEntry[] | undefined {
    const entries: EventEntry[] = [];
    let count = 0;
    for (const [key, value] of rows.boundUnder(eventsPrefix(stream))) {
      const [revision, entry] = eventEntry(stream, key, value);
      entries[revision] = entry;
      count += 1;
    }
    if (count === 0) return undefined;
    const isWhole = count === end.next && entries.length === end.next;
    if (!isWhole || !sameRunState(foldRun(emptyRun, entries), end)) throw damaged(file, 'bound', stream);
    return entries;
  }
}

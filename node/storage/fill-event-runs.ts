/** Puts all events that state has into runs: of a file of an older version, or where a run was found damaged. */
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
import type { LogPort } from '../runtime/ports.ts';
import type { Database } from './database.ts';
import { damaged } from './errors.ts';
import type { EventRuns } from './event-runs.ts';
import type { StateRows } from './state-rows.ts';

export interface FillOptions {
  readonly database: Database;
  readonly file: string;
  readonly rows: StateRows;
  readonly runs: EventRuns;
  readonly log: LogPort;
}

/** Leaves are gone through in 2^8 steps, each a transaction of its own. */
const stepDepth = 8;

/** A kill begins it anew at the next start. @throws StorageError `data-damaged` where events differ from their stream */
export function fillEventRuns({ database, file, rows, runs, log }: FillOptions): void {
  const startedMs = performance.now();
  let events = 0;
  database.exec('DELETE FROM event_runs');
  for (let index = 0; index < 2 ** stepDepth; index += 1) {
    database.transaction(() => {
      for (const [key, value] of rows.entries(piecePath(index, stepDepth))) {
        const list = boundBy(key, value);
        if (list?.kind !== 'events') continue;
        runs.put({ stream: list.stream, start: emptyRun, entries: eventsOf(list) });
        events += list.end.next;
      }
    })();
  }
  runs.markWhole();
  log.write('info', 'event-runs-filled', { events, elapsedMs: Math.round(performance.now() - startedMs) });

  /** In the order of their revisions. */
  function eventsOf({ stream, end }: Extract<BoundList, { kind: 'events' }>): readonly EventEntry[] {
    const entries: EventEntry[] = [];
    let count = 0;
    for (const [key, value] of rows.boundUnder(eventsPrefix(stream))) {
      const [revision, entry] = eventEntry(stream, key, value);
      entries[revision] = entry;
      count += 1;
    }
    const isWhole = count === end.next && entries.length === end.next;
    if (!isWhole || !sameRunState(foldRun(emptyRun, entries), end)) throw damaged(file, 'bound', stream);
    return entries;
  }
}

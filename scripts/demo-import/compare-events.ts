/** All events of one validator, read stream by stream over its API, against the rows of the file. */
import { connect } from '../../node/cli/connect.ts';
import type { StreamEventJson } from '../../shared/api.ts';
import type { Client } from '../../shared/client/client.ts';
import type { LocalNetwork } from '../lib/local-network.ts';
import type { SourceRow } from './source-rows.ts';

export interface Comparison {
  readonly events: number;
  readonly streams: number;
  /** Rows without an event. */
  readonly missing: number;
  /** Rows with more than one. */
  readonly doubled: number;
  /** Events of no row. */
  readonly foreign: number;
  /** Events whose stream, type or data differ from their row's. */
  readonly different: number;
  /** Events that follow a later row in their stream: no fault, since each row is a transaction of its own. */
  readonly disordered: number;
}

const pageSize = 1000;
const streamsAtOnce = 8;

/** A node's index may lag behind its blocks. */
const indexPatienceMs = 30_000;
const indexPollMs = 200;

/** Of a node that has `transactions` certified ones. @throws ClientError */
export async function readAllEvents(
  { directory }: Pick<LocalNetwork, 'directory'>,
  gateway: string,
  transactions: number,
): Promise<readonly StreamEventJson[]> {
  const client = connect({ gateway: [gateway], data: directory });
  await untilIndexed(client, transactions);
  const names = await streamNames(client);
  const events: StreamEventJson[] = [];
  const readers = Array.from({ length: streamsAtOnce }, async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      events.push(...(await eventsOf(client, name)));
    }
  });
  await Promise.all(readers);
  return events;
}

/** What is missing after the patience will be found missing. */
async function untilIndexed(client: Client, transactions: number): Promise<void> {
  const deadline = performance.now() + indexPatienceMs;
  while (performance.now() < deadline) {
    const { rows } = await client.get('analytics', { by: 'action' });
    if (rows.reduce((sum, { count }) => sum + count, 0) >= transactions) return;
    await new Promise((resolve) => setTimeout(resolve, indexPollMs));
  }
}

async function streamNames(client: Client): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.get('streams', {
      limit: pageSize,
      order: 'oldest',
      ...(cursor === undefined ? {} : { cursor }),
    });
    names.push(...page.rows.map(({ stream }) => stream));
    cursor = page.next;
  } while (cursor !== undefined);
  return names;
}

async function eventsOf(client: Client, name: string): Promise<readonly StreamEventJson[]> {
  const events: StreamEventJson[] = [];
  let from: number | undefined = 0;
  while (from !== undefined) {
    const page: { events: StreamEventJson[]; nextFrom?: number } = await client.get('stream', {
      name,
      from,
      limit: pageSize,
    });
    events.push(...page.events);
    from = page.nextFrom;
  }
  return events;
}

export function compareEvents(rows: readonly SourceRow[], events: readonly StreamEventJson[]): Comparison {
  const rowOf = new Map(rows.map((row) => [row.eventId, row]));
  const times = new Map<string, number>();
  for (const { eventId } of events) times.set(eventId, (times.get(eventId) ?? 0) + 1);
  return {
    events: events.length,
    streams: new Set(events.map(({ stream }) => stream)).size,
    missing: rows.filter(({ eventId }) => !times.has(eventId)).length,
    doubled: [...times.values()].filter((count) => count > 1).length,
    foreign: events.filter(({ eventId }) => !rowOf.has(eventId)).length,
    different: events.filter((event) => !isOfRow(event, rowOf.get(event.eventId))).length,
    disordered: disordered(events, rowOf),
  };
}

export const isOfRow = (
  event: { readonly stream: string; readonly type: string; readonly data: unknown },
  row: SourceRow | undefined,
): boolean =>
  row !== undefined &&
  event.stream === row.stream &&
  event.type === row.type &&
  canonical(event.data) === canonical(row.data);

/** JSON with sorted names: a ledger's maps have an order of their own. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

function disordered(events: readonly StreamEventJson[], rowOf: ReadonlyMap<string, SourceRow>): number {
  const lastRow = new Map<string, number>();
  let count = 0;
  for (const { stream, eventId } of [...events].sort((a, b) => a.revision - b.revision)) {
    const number = rowOf.get(eventId)?.number ?? 0;
    const last = lastRow.get(stream) ?? 0;
    if (number < last) count += 1;
    lastRow.set(stream, Math.max(last, number));
  }
  return count;
}

/** Which rows the ledger has already: the eventIds of those of its streams that the file names. */
import type { Client } from '../../../shared/client/client.ts';

const pageSize = 1000;
const streamsAtOnce = 8;

export async function presentEventIds(
  client: Client,
  streams: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const present = new Set<string>();
  const shared = (await streamNames(client)).filter((name) => streams.has(name));
  const readers = Array.from({ length: streamsAtOnce }, async () => {
    for (let name = shared.pop(); name !== undefined; name = shared.pop()) {
      for await (const eventId of eventIds(client, name)) present.add(eventId);
    }
  });
  await Promise.all(readers);
  return present;
}

async function streamNames(client: Client): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const request = {
      limit: pageSize,
      order: 'oldest',
      ...(cursor === undefined ? {} : { cursor }),
    } as const;
    const page = await client.get('streams', request);
    names.push(...page.rows.map(({ stream }) => stream));
    cursor = page.next;
  } while (cursor !== undefined);
  return names;
}

async function* eventIds(client: Client, name: string): AsyncGenerator<string> {
  for (let from: number | undefined = 0; from !== undefined; ) {
    const page: { events: { eventId: string }[]; nextFrom?: number } = await client.get('stream', {
      name,
      from,
      limit: pageSize,
    });
    for (const { eventId } of page.events) yield eventId;
    from = page.nextFrom;
  }
}

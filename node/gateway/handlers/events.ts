/** GET events: those of all streams, newest first. */
import type { EventFilter, EventsJson, EventsQuery } from '../../../shared/api.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { eventCount, eventsBefore, labelsOf } from '../events.ts';
import { streamEvent } from './records.ts';

const defaultLimit = 100;

export async function listEvents(
  { queries }: GatewayContext,
  { before, limit = defaultLimit, label, ...rest }: EventsQuery,
): Promise<Answer<EventsJson>> {
  const head = eventCount(queries);
  const labels = labelsOf(label);
  const filter: EventFilter = { ...rest, ...(labels && { labels }) };
  const { rows, searchedFrom } = await eventsBefore(queries, Math.min(before ?? head, head), {
    filter,
    limit,
  });
  return {
    body: {
      head,
      rows: rows.map(streamEvent),
      searchedFrom,
      ...(searchedFrom > 0 && { next: searchedFrom }),
    },
  };
}

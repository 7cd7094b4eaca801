import { queryOptions } from '@tanstack/react-query';
import type { QueryOf } from '../../../../../shared/api.ts';
import { ask } from '../../../lib/gateway.ts';
import { everyMs } from '../../../lib/queries.ts';

export const analyticsQuery = (query: QueryOf<'analytics'>) =>
  queryOptions({
    queryKey: ['analytics', query],
    queryFn: ({ signal }) => ask('analytics', { query, signal }),
    refetchInterval: everyMs(10_000),
    placeholderData: (before) => (before?.by === query.by ? before : undefined),
  });

import { queryOptions } from '@tanstack/react-query';
import { ask } from '../../../lib/gateway.ts';
import { everyMs } from '../../../lib/queries.ts';

export const diagnosisQuery = queryOptions({
  queryKey: ['diagnosis'],
  queryFn: ({ signal }) => ask('diagnosis', { signal }),
  refetchInterval: everyMs(1_000),
});

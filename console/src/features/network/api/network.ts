import { queryOptions } from '@tanstack/react-query';
import { ask } from '../../../lib/gateway.ts';
import { everyMs } from '../../../lib/queries.ts';

/** All validators as the node behind one gateway sees them. */
export const matrixAtQuery = (origin: string) =>
  queryOptions({
    queryKey: ['matrix-at', origin],
    queryFn: ({ signal }) => ask('matrix', { origin, signal }),
    refetchInterval: everyMs(2_000),
    retry: false,
  });

export const peersQuery = queryOptions({
  queryKey: ['peers'],
  queryFn: ({ signal }) => ask('peers', { signal }),
  refetchInterval: everyMs(2_000),
});

export const diskQuery = queryOptions({
  queryKey: ['disk'],
  queryFn: ({ signal }) => ask('disk', { signal }),
  refetchInterval: everyMs(30_000),
});

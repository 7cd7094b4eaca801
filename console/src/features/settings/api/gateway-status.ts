import { queryOptions } from '@tanstack/react-query';
import { ask } from '../../../lib/gateway.ts';

/** State of one gateway, whichever is chosen. */
export const gatewayStatusQuery = (origin: string) =>
  queryOptions({
    queryKey: ['gateway-status', origin],
    queryFn: ({ signal }) => ask('status', { origin, signal }),
    refetchInterval: 3_000,
    retry: false,
  });

import { useQuery } from '@tanstack/react-query';
import { metricsHistoryQuery } from './api/history.ts';
import { usualWaitMs } from './usual.ts';

/** How long a transaction usually waited here in the last hour, in milliseconds; undefined if none was timed. */
export const useUsualWaitMs = (): number | undefined =>
  usualWaitMs(useQuery(metricsHistoryQuery('hour')).data?.samples ?? []);

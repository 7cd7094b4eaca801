import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { BlockSummaryJson } from '../../../shared/api.ts';
import { ask } from './gateway.ts';
import { useLiveBlocks } from './live.ts';
import { mergeBlocks } from './merge-blocks.ts';

const recentBlocksQuery = queryOptions({
  queryKey: ['blocks', 'recent'],
  queryFn: ({ signal }) => ask('blocks', { query: { limit: 100, order: 'newest' }, signal }),
});

/** What the node had when the page opened, with the pushed blocks on top; newest first. */
export function useRecentBlocks(): readonly BlockSummaryJson[] {
  const blocks = useLiveBlocks();
  const { data } = useQuery(recentBlocksQuery);
  return useMemo(() => mergeBlocks(data?.rows ?? [], blocks), [data, blocks]);
}

import { queryOptions } from '@tanstack/react-query';
import { ask } from '../../../lib/gateway.ts';

/** Hits for one text; the node says why each matched. */
export const searchQuery = (text: string) =>
  queryOptions({
    queryKey: ['search', text],
    queryFn: ({ signal }) => ask('search', { query: { q: text }, signal }),
    enabled: text !== '',
    placeholderData: (before) => before,
  });

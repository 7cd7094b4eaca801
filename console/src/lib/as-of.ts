import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { statusQuery } from './queries.ts';
import { useSearchState } from './search-state.ts';

export interface AsOf {
  /** Undefined: as of now. */
  readonly asOf: number | undefined;
  readonly setAsOf: (height: number | undefined) => void;
  /** The highest block that the node serves; 0 before it said so. */
  readonly highest: number;
}

/** A height in the address (`asOf`), at which a page looks at the ledger. */
export function useAsOf(): AsOf {
  const [text, setText] = useSearchState('asOf');
  const highest = useQuery(statusQuery).data?.height ?? 0;
  const asOf = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : undefined;
  const setAsOf = useCallback(
    (height: number | undefined) => setText(height === undefined ? '' : String(height)),
    [setText],
  );
  return { asOf, setAsOf, highest: Math.max(highest, asOf ?? 0) };
}

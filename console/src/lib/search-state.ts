import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

/** One member of the URL's query as state, so that a filter survives a reload and can be sent to others. */
export function useSearchState(name: string): readonly [value: string, set: (value: string) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (value: string) =>
      setParams(
        (before) => {
          if (value === '') before.delete(name);
          else before.set(name, value);
          return before;
        },
        { replace: true },
      ),
    [name, setParams],
  );
  return [params.get(name) ?? '', set];
}

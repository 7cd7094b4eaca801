import { useMemo, useState } from 'react';

export interface Held<Row> {
  readonly shown: readonly Row[];
  /** Rows that wait above what is shown. */
  readonly waiting: number;
  readonly release: () => void;
}

/**
 * Keeps a growing list (newest first) still under the reader's eyes: while `hold` is true, rows above the one
 * that was on top are counted instead of shown.
 * @param position rises with each newer row.
 */
export function useHeld<Row>(rows: readonly Row[], hold: boolean, position: (row: Row) => number): Held<Row> {
  const top = rows[0] === undefined ? -1 : position(rows[0]);
  const [limit, setLimit] = useState<number | undefined>();
  if (hold && limit === undefined && top >= 0) setLimit(top);
  if (!hold && limit !== undefined) setLimit(undefined);
  const first = limit === undefined ? 0 : rows.findIndex((row) => position(row) <= limit);
  const shown = useMemo(() => (first === 0 ? rows : first < 0 ? [] : rows.slice(first)), [rows, first]);
  return { shown, waiting: rows.length - shown.length, release: () => setLimit(top) };
}

import { type ReactNode, useState } from 'react';

/** What a row shows beside its list. */
export interface Peek<Row> {
  /** "Block 1,204" */
  readonly name: (row: Row) => string;
  readonly content: (row: Row) => ReactNode;
}

export interface PeekList<Row> {
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** Makes the row at this place visible. */
  readonly scrollTo: (index: number) => void;
  /** Once it is visible: gives its link the focus, and follows it if the reader wants the record's own page. */
  readonly focus: (key: string, follow: boolean) => void;
}

export interface Peeked<Row> {
  /** Of which row; absent while closed, and once the row has left the list. */
  readonly row: Row | undefined;
  readonly key: string | undefined;
  readonly open: (key: string, index: number) => void;
  readonly move: (step: 1 | -1) => void;
  readonly close: () => void;
  /** Closes, and goes to the record's own page. */
  readonly follow: () => void;
}

/** Which row of a list is shown beside it. Rows that come above it do not change which one it is. */
export function usePeek<Row>({ rows, rowKey, scrollTo, focus }: PeekList<Row>): Peeked<Row> {
  const [at, setAt] = useState<{ readonly key: string; readonly index: number } | undefined>();
  const index = at === undefined ? -1 : indexOf(rows, rowKey, at);
  // Else it would open by itself, and take the focus, when a row that left comes back.
  if (at !== undefined && index < 0) setAt(undefined);
  const row = rows[index];
  const key = row === undefined ? undefined : at?.key;
  const backToRow = (follow: boolean) => {
    setAt(undefined);
    if (key === undefined) return;
    scrollTo(index);
    focus(key, follow);
  };
  return {
    row,
    key,
    open: (opened, place) => setAt({ key: opened, index: place }),
    move: (step) => {
      const next = rows[index + step];
      if (row === undefined || next === undefined) return;
      setAt({ key: rowKey(next), index: index + step });
      scrollTo(index + step);
    },
    close: () => backToRow(false),
    follow: () => backToRow(true),
  };
}

/** Nearly always where it was: only then does a list of 100,000 rows need no search. */
function indexOf<Row>(
  rows: readonly Row[],
  rowKey: (row: Row) => string,
  { key, index }: { readonly key: string; readonly index: number },
): number {
  const there = rows[index];
  return there !== undefined && rowKey(there) === key ? index : rows.findIndex((row) => rowKey(row) === key);
}

import { useWindowVirtualizer } from '@tanstack/react-virtual';
import {
  type FocusEvent,
  Fragment,
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { cx } from '../lib/cx.ts';
import { useHotkeys } from '../lib/hotkeys.ts';
import styles from './DataTable.module.css';
import { PeekDrawer } from './PeekDrawer.tsx';
import { useRowSlots } from './row-slots.ts';
import { type Peek, usePeek } from './usePeek.ts';

export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** CSS width; absent columns share what is left. */
  readonly width?: string;
  readonly align?: 'end';
  /** Left out below 1100 px or below 760 px. */
  readonly hide?: 'medium' | 'narrow';
}

export interface DataTableProps<Row> {
  readonly caption: string;
  /** The same array from render to render, so that a row is rendered only when it changes. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** Rows on the server; absent if it does not say. */
  readonly total?: number | undefined;
  readonly isNew?: (row: Row) => boolean;
  /** Asked for once the end of the loaded rows comes near. */
  readonly onNearEnd?: () => void;
  readonly footer?: ReactNode;
  /** What Space shows of a row beside the list. */
  readonly peek?: Peek<Row>;
}

/**
 * A native table of which only the visible rows exist, scrolled by the window. j and k move between the
 * rows' links (`data-row-link`), Enter follows one, Space peeks at its record.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, columns, rows, rowKey, total, isNew, onNearEnd, footer, peek } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const virtual = useRowVirtualizer(rows.length, body);
  const items = virtual.getVirtualItems();
  const shown = items.flatMap(({ index }) => {
    const row = rows[index];
    return row === undefined ? [] : [{ row, index, key: rowKey(row) }];
  });
  const slots = useRowSlots(shown.map(({ key }) => key));
  const keepFocus = useFocusOfRow(body);
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= rows.length - 20) onNearEnd?.();
  }, [last, rows.length, onNearEnd]);
  const peeked = usePeek({
    rows,
    rowKey,
    scrollTo: (index) => virtual.scrollToIndex(index, { align: 'auto' }),
    // The next frame has the rows of where it was scrolled to.
    focus: (key, follow) =>
      requestAnimationFrame(() => {
        const link = linkOf(body.current, key);
        link?.focus({ preventScroll: true });
        if (follow) link?.click();
      }),
  });
  useHotkeys({ j: () => moveFocus(body.current, 1), k: () => moveFocus(body.current, -1) });
  const peekAtRow = (event: KeyboardEvent<HTMLElement>) => {
    const target = event.target as Element;
    const row = target.closest<HTMLElement>('tr[data-key]');
    if (event.key !== ' ' || peek === undefined || row === null || target.closest('button') !== null) return;
    event.preventDefault();
    peeked.open(String(row.dataset.key), Number(row.ariaRowIndex) - 2);
  };

  const before = items[0] ? items[0].start - virtual.options.scrollMargin : 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0) + virtual.options.scrollMargin;
  return (
    <div className={styles.frame}>
      <table className={styles.table} aria-rowcount={total === undefined ? -1 : total + 1}>
        <caption className="visually-hidden">{caption}</caption>
        <colgroup>
          {columns.map((column) => (
            <col key={column.header} className={hiding(column)} style={{ width: column.width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column, at) => (
              <th key={column.header} scope="col" className={cellClasses(columns)[at]}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={peekAtRow} onFocus={keepFocus}>
          <Spacer height={before} />
          {shown.map(({ row, index, key }) => (
            <TableRow
              key={slots.get(key)}
              id={key}
              row={row}
              index={index}
              columns={columns as readonly Column<unknown>[]}
              isNew={isNew?.(row) ?? false}
              isPeeked={key === peeked.key}
            />
          ))}
          <Spacer height={after} />
        </tbody>
      </table>
      {footer !== undefined && <div className={styles.footer}>{footer}</div>}
      {peek !== undefined && peeked.row !== undefined && (
        <PeekDrawer
          name={peek.name(peeked.row)}
          onMove={peeked.move}
          onOpen={peeked.follow}
          onClose={peeked.close}
        >
          {/* One record's own: what was opened, chosen or prepared on one never passes to the next. */}
          <Fragment key={peeked.key}>{peek.content(peeked.row)}</Fragment>
        </PeekDrawer>
      )}
    </div>
  );
}

interface TableRowProps {
  readonly id: string;
  readonly row: unknown;
  readonly index: number;
  readonly columns: readonly Column<unknown>[];
  readonly isNew: boolean;
  readonly isPeeked: boolean;
}

const TableRow = memo(function TableRow({ id, row, index, columns, isNew, isPeeked }: TableRowProps) {
  const classes = cellClasses(columns);
  return (
    <tr
      data-key={id}
      aria-rowindex={index + 2}
      aria-current={isPeeked || undefined}
      className={cx(styles.row, isNew && styles.isNew)}
      onClick={followRowLink}
    >
      {columns.map((column, at) => (
        <td key={column.header} className={classes[at]}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
});

/**
 * An element that goes on to another row takes the focus off first, as it would go with an element that is removed.
 * Returns what is to hear where the focus is.
 */
function useFocusOfRow(
  body: React.RefObject<HTMLTableSectionElement | null>,
): (event: FocusEvent<HTMLElement>) => void {
  const focused = useRef<string | undefined>(undefined);
  useLayoutEffect(() => {
    const element = document.activeElement;
    const row = element?.closest<HTMLElement>('tr[data-key]');
    if (!(element instanceof HTMLElement) || !row || !body.current?.contains(row)) return;
    if (row.dataset.key !== focused.current) element.blur();
  });
  return ({ target }) => {
    focused.current = target.closest<HTMLElement>('tr[data-key]')?.dataset.key;
  };
}

function useRowVirtualizer(count: number, body: React.RefObject<HTMLTableSectionElement | null>) {
  const [scrollMargin, setScrollMargin] = useState(0);
  const [rowHeight, setRowHeight] = useState(36);
  useLayoutEffect(() => {
    const top = (body.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
    setScrollMargin(Math.round(top));
    setRowHeight(
      Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue('--row-height'), 10),
    );
  }, [body]);
  return useWindowVirtualizer({
    count,
    estimateSize: () => rowHeight,
    overscan: 5,
    scrollMargin,
    // The bar, the head of the table and some air; at the bottom the bar of a narrow window.
    scrollPaddingStart: 96,
    scrollPaddingEnd: 64,
  });
}

/** One cell only: one across all columns would bring back those that a narrow window leaves out. */
function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a spacer holds nothing that could take the focus
    <tr aria-hidden="true">
      <td style={{ height, padding: 0 }} />
    </tr>
  );
}

const linkOf = (body: HTMLElement | null, key: string): HTMLElement | null | undefined =>
  body?.querySelector<HTMLElement>(`tr[data-key="${CSS.escape(key)}"] [data-row-link]`);

function moveFocus(body: HTMLElement | null, step: 1 | -1): void {
  const links = [...(body?.querySelectorAll<HTMLElement>('[data-row-link]') ?? [])];
  const row = document.activeElement?.closest('tr');
  const at = links.findIndex((link) => link.closest('tr') === row);
  const next = links[at < 0 ? 0 : at + step];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

/** A click beside the row's own links and buttons follows the row, unless text was being selected. */
function followRowLink(event: MouseEvent<HTMLTableRowElement>): void {
  const target = event.target as Element;
  if (target.closest('a, button') || window.getSelection()?.isCollapsed === false) return;
  event.currentTarget.querySelector<HTMLElement>('[data-row-link]')?.click();
}

type Placed = Pick<Column<never>, 'align' | 'hide'>;

/** Of each column; told once for an array of columns, since each row asks. */
function cellClasses(columns: readonly Placed[]): readonly string[] {
  const known = classesOf.get(columns);
  if (known !== undefined) return known;
  const edges = [
    edgesOf(columns, () => true, [styles.first, styles.last]),
    edgesOf(columns, ({ hide }) => hide !== 'medium', [styles.firstMedium, styles.lastMedium]),
    edgesOf(columns, ({ hide }) => hide === undefined, [styles.firstNarrow, styles.lastNarrow]),
  ];
  const classes = columns.map((column, at) =>
    cx(column.align === 'end' && styles.end, hiding(column), ...edges.map((edge) => edge(at))),
  );
  classesOf.set(columns, classes);
  return classes;
}
const classesOf = new WeakMap<readonly Placed[], readonly string[]>();

/** The first and the last column that a width shows keep their distance from the frame. */
function edgesOf(
  columns: readonly Placed[],
  isShown: (column: Placed) => boolean,
  [first, last]: readonly (string | undefined)[],
): (at: number) => string {
  const from = columns.findIndex(isShown);
  const to = columns.findLastIndex(isShown);
  return (at) => cx(at === from && first, at === to && last);
}

function hiding({ hide }: Placed): string {
  return cx(hide === 'medium' && styles.hideMedium, hide === 'narrow' && styles.hideNarrow);
}

import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type MouseEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { cx } from '../lib/cx.ts';
import { useHotkeys } from '../lib/hotkeys.ts';
import styles from './DataTable.module.css';

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
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** Rows on the server; absent if it does not say. */
  readonly total?: number | undefined;
  readonly isNew?: (row: Row) => boolean;
  /** Asked for once the end of the loaded rows comes near. */
  readonly onNearEnd?: () => void;
  readonly footer?: ReactNode;
}

/**
 * A native table of which only the visible rows exist, scrolled by the window. j and k move between the
 * rows' links (`data-row-link`), Enter follows one.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, columns, rows, rowKey, total, isNew, onNearEnd, footer } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const virtual = useRowVirtualizer(rows.length, body);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= rows.length - 20) onNearEnd?.();
  }, [last, rows.length, onNearEnd]);
  useHotkeys({ j: () => moveFocus(body.current, 1), k: () => moveFocus(body.current, -1) });

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
            {columns.map((column) => (
              <th key={column.header} scope="col" className={cellClass(column)}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          <Spacer height={before} />
          {items.map(({ index }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <tr
                key={rowKey(row)}
                aria-rowindex={index + 2}
                className={cx(styles.row, isNew?.(row) && styles.isNew)}
                onClick={followRowLink}
              >
                {columns.map((column) => (
                  <td key={column.header} className={cellClass(column)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          <Spacer height={after} />
        </tbody>
      </table>
      {footer !== undefined && <div className={styles.footer}>{footer}</div>}
    </div>
  );
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
  return useWindowVirtualizer({ count, estimateSize: () => rowHeight, overscan: 5, scrollMargin });
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

function cellClass(column: { readonly align?: 'end'; readonly hide?: 'medium' | 'narrow' }): string {
  return cx(column.align === 'end' && styles.end, hiding(column));
}

function hiding({ hide }: { readonly hide?: 'medium' | 'narrow' }): string {
  return cx(hide === 'medium' && styles.hideMedium, hide === 'narrow' && styles.hideNarrow);
}

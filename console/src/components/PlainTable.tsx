import { cx } from '../lib/cx.ts';
import type { Column } from './DataTable.tsx';
import styles from './PlainTable.module.css';

export interface PlainTableProps<Row> {
  readonly caption: string;
  /** The first one heads each row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
}

/** A native table of a few rows, all of which exist; what is too wide scrolls inside it. */
export function PlainTable<Row>({ caption, columns, rows, rowKey }: PlainTableProps<Row>) {
  const [first, ...others] = columns;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: in a narrow window it scrolls, and scrolling needs the keyboard
    <section className={styles.scroll} tabIndex={0} aria-label={`${caption}: table`}>
      <table className={styles.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.header} scope="col" className={classOf(column)}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} data-row={rowKey(row)}>
              {first !== undefined && (
                <th scope="row" className={classOf(first)}>
                  {first.cell(row)}
                </th>
              )}
              {others.map((column) => (
                <td key={column.header} className={classOf(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const classOf = ({ align, hide }: Pick<Column<never>, 'align' | 'hide'>): string =>
  cx(
    align === 'end' && styles.end,
    hide === 'medium' && styles.hideMedium,
    hide === 'narrow' && styles.hideNarrow,
  );

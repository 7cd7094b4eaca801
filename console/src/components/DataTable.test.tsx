import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { DataTable } from './DataTable.tsx';

test('the space of the rows that do not exist spans no columns: a narrow window leaves some of them out', () => {
  const markup = renderToStaticMarkup(
    <DataTable
      caption="numbers"
      rows={Array.from({ length: 1_000 }, (_, index) => index)}
      rowKey={String}
      columns={[
        { header: 'Number', cell: String },
        { header: 'Twice', cell: (row) => row * 2, hide: 'narrow' },
      ]}
    />,
  );
  expect(markup).toContain('<tr aria-hidden="true"><td style="height:36000px');
  expect(markup).not.toContain('colSpan');
});

test('how many rows there are is said, the head included; −1 while nobody knows', () => {
  const table = (total: number | undefined) =>
    renderToStaticMarkup(
      <DataTable
        caption="numbers"
        rows={[1, 2]}
        rowKey={String}
        columns={[{ header: 'Number', cell: String }]}
        total={total}
      />,
    );
  expect(table(100_000)).toContain('aria-rowcount="100001"');
  expect(table(undefined)).toContain('aria-rowcount="-1"');
});

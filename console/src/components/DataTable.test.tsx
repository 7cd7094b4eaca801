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

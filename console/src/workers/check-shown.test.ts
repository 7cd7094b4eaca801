import { expect, test } from 'vitest';
import type { BlockSummaryJson } from '../../../shared/api.ts';
import type { Header } from '../../../shared/types/ledger.ts';
import { checkShownHeader } from './check-shown.ts';

const header = { version: 1, height: 7, time: 1_000, parent: 'ab'.repeat(32) } as unknown as Header;
const shownAs = (change: object) => ({ header: { ...header, ...change } }) as unknown as BlockSummaryJson;

test('a page that shows what was proven passes', () => {
  expect(checkShownHeader(shownAs({}), header).ok).toBe(true);
});

test('one member that differs is named with both values', () => {
  const check = checkShownHeader(shownAs({ time: 2_000 }), header);
  expect(check).toMatchObject({
    id: 'header',
    ok: false,
    expected: '1000',
    actual: '2000',
    inputs: { shown: 'time' },
  });
});

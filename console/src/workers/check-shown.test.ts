import { expect, test } from 'vitest';
import type { BlockSummaryJson, CertifiedTransactionJson } from '../../../shared/api.ts';
import type { OpenReceipt } from '../../../shared/protocol/verify-receipt.ts';
import type { Header } from '../../../shared/types/ledger.ts';
import { checkShownHeader, checkShownRecord } from './check-shown.ts';

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

const opened = {
  header,
  receipt: { certificate: { block: 'cd'.repeat(32) }, envelope: new Uint8Array(300) },
  transaction: {
    id: 'ef'.repeat(32),
    body: { action: 'assets.burn', sender: '01'.repeat(32), nonce: '02', expiresAt: 2_000, args: {} },
  },
  outcome: { status: 'failed', rejection: { code: 'insufficient-balance', facts: { balance: 3n } } },
} as unknown as OpenReceipt;
const shownRecord = {
  id: 'ef'.repeat(32),
  action: 'assets.burn',
  senderKey: '01'.repeat(32),
  nonce: '02',
  expiresAt: 2_000,
  args: {},
  height: 7,
  block: 'cd'.repeat(32),
  time: 1_000,
  sizeBytes: 300,
  outcome: { status: 'failed', code: 'insufficient-balance', facts: { balance: '3' } },
} as unknown as CertifiedTransactionJson;

test('a record that is shown as it was proven passes', () => {
  expect(checkShownRecord(shownRecord, opened)).toMatchObject({ ok: true });
});

test.each<[string, Partial<CertifiedTransactionJson>]>([
  ['size', { sizeBytes: 301 }],
  ['outcome', { outcome: { status: 'failed', code: 'insufficient-balance', facts: { balance: '9' } } }],
  ['outcome', { outcome: { status: 'succeeded', events: 1 } }],
])('a record of which the page shows another %s does not', (shown, change) => {
  expect(checkShownRecord({ ...shownRecord, ...change }, opened)).toMatchObject({
    ok: false,
    inputs: { shown },
  });
});

/** One JSON array, a row a line: rows as the API answers them, transactions with their envelopes. */

import { streamEvent } from '../handlers/records.ts';
import { certifiedTransaction } from '../handlers/transactions.ts';
import { type Encoder, utf8 } from './encoder.ts';
import type { ExportRow } from './rows.ts';

export function jsonEncoder(): Encoder {
  let isFirst = true;
  return {
    begin: () => utf8('['),
    row(row) {
      const before = isFirst ? '\n' : ',\n';
      isFirst = false;
      return utf8(before + JSON.stringify(rowJson(row)));
    },
    end: () => utf8('\n]\n'),
  };
}

const rowJson = (row: ExportRow): unknown =>
  row.of === 'transactions' ? certifiedTransaction(row.record) : streamEvent(row.event);

/** CSV as RFC 4180 has it, UTF-8, with a line of names. */
import { jsonOfCbor, jsonOfOutcome } from '../../../shared/api/json-of-ledger.ts';
import type { ExportSubject } from '../../../shared/api.ts';
import { decodeEnvelope } from '../../../shared/codec/ledger.ts';
import type { IndexedStreamEvent, TransactionRecord } from '../../runtime/queries.ts';
import { type Encoder, nothing, utf8 } from './encoder.ts';
import type { ExportRow } from './rows.ts';

type Cells = readonly (string | number | undefined)[];

const columns: { readonly [Subject in ExportSubject]: readonly string[] } = {
  transactions: [
    ...['height', 'index', 'time', 'transaction', 'sender', 'senderKey', 'action'],
    ...['status', 'code', 'sizeBytes', 'args'],
  ],
  events: [
    ...['position', 'height', 'time', 'transaction', 'stream', 'revision', 'eventId', 'type'],
    ...['labels', 'references', 'payloadDigest', 'payloadSize', 'data'],
  ],
};

export const csvEncoder = (of: ExportSubject): Encoder => ({
  begin: () => line(columns[of]),
  row: (row) => line(cellsOf(row)),
  end: () => nothing,
});

const cellsOf = (row: ExportRow): Cells =>
  row.of === 'transactions' ? transactionCells(row.record) : eventCells(row.event);

function transactionCells(record: TransactionRecord): Cells {
  const { height, index, time, id, sender, senderKey, action, envelope } = record;
  const outcome = jsonOfOutcome(record.outcome);
  return [
    height,
    index,
    moment(time),
    id,
    sender,
    senderKey,
    action,
    outcome.status,
    outcome.status === 'failed' ? outcome.code : undefined,
    envelope.length,
    JSON.stringify(jsonOfCbor(decodeEnvelope(envelope).body.args)),
  ];
}

function eventCells(event: IndexedStreamEvent): Cells {
  const { position, height, time, transaction, stream, revision, eventId, type } = event;
  const { labels, references, payload, data } = event;
  return [
    ...[position, height, moment(time), transaction, stream, revision, eventId, type],
    JSON.stringify(labels),
    JSON.stringify(references),
    payload?.digest,
    payload?.size,
    JSON.stringify(jsonOfCbor(data)),
  ];
}

const moment = (time: number): string => new Date(time).toISOString();

const line = (cells: Cells): Uint8Array => utf8(`${cells.map(cellText).join(',')}\r\n`);

/** Text that a spreadsheet would run as a formula begins with an apostrophe (OWASP, CSV injection). */
function cellText(cell: string | number | undefined): string {
  if (typeof cell !== 'string') return cell === undefined ? '' : String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

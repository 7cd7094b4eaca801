/**
 * Imports a file: plan, leave out what the ledger has, then send batches, several at once, until each row is
 * certified. Every step may be repeated, after a crash too: the eventId of a row lets it happen once.
 */
import type { Client } from '../../../shared/client/client.ts';
import type { OutcomeResult, RefusedResult } from '../../../shared/client/submissions.ts';
import { append } from '../../../shared/client/transaction-builder.ts';
import type { CliIo } from '../io.ts';
import { Progress } from '../progress.ts';
import type { Signer } from '../signer.ts';
import { saysWhileWaiting } from '../waiting.ts';
import { type ImportMapping, planImport, plannedRows, type RowEvent } from './plan.ts';
import { presentEventIds } from './present-events.ts';
import { RowQueue } from './row-queue.ts';

export interface ImportOptions {
  readonly mapping: ImportMapping;
  /** Rows in one request. */
  readonly batchRows: number;
  /** Requests under way at once. */
  readonly inFlight: number;
  /** Nothing was certified for so long: give up. */
  readonly giveUpMs: number;
}

export interface RefusedRow {
  readonly row: number;
  readonly code: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface ImportSummary {
  readonly file: string;
  /** SHA-256 of the file. */
  readonly digest: string;
  readonly rows: number;
  /** Certified now. */
  readonly new: number;
  /** The ledger had them. */
  readonly repeated: number;
  readonly refused: readonly RefusedRow[];
  readonly seconds: number;
  readonly rowsPerSecond: number;
}

/** @throws CliError, ClientError; running it again goes on where it was */
export async function runImport(
  io: CliIo,
  client: Client,
  signer: Signer,
  file: string,
  { mapping, batchRows, inFlight, giveUpMs }: ImportOptions,
): Promise<ImportSummary> {
  const startedMs = io.nowMs();
  const plan = await planImport(file, mapping);
  const present = await presentEventIds(client, plan.streams);
  const progress = new Progress(io, { what: 'rows', total: plan.rows });
  const tally = new Tally(progress);
  const queue = new RowQueue(
    missingRows(plannedRows(plan, mapping), present, tally),
    batchRows * inFlight * 4,
  );
  try {
    const sent = sendAll(queue, inFlight, batchRows, (batch) => sendBatch(client, signer, batch, tally));
    await saysWhileWaiting(io, client, sent, { giveUpMs, moved: () => tally.done });
  } finally {
    progress.stop(tally.done);
  }
  const seconds = (io.nowMs() - startedMs) / 1000;
  return {
    file,
    digest: Buffer.from(plan.digest).toString('hex'),
    rows: plan.rows,
    new: tally.certified,
    repeated: tally.repeated,
    refused: tally.refused,
    seconds,
    rowsPerSecond: seconds > 0 ? Math.round(plan.rows / seconds) : plan.rows,
  };
}

class Tally {
  certified = 0;
  repeated = 0;
  readonly refused: RefusedRow[] = [];
  readonly #progress: Progress;

  constructor(progress: Progress) {
    this.#progress = progress;
  }
  get done(): number {
    return this.certified + this.repeated + this.refused.length;
  }
  show(): void {
    this.#progress.update(this.done);
  }
}

async function* missingRows(
  rows: AsyncIterable<RowEvent>,
  present: ReadonlySet<string>,
  tally: Tally,
): AsyncGenerator<RowEvent> {
  for await (const row of rows) {
    if (present.has(row.event.eventId)) tally.repeated += 1;
    else yield row;
  }
}

async function sendAll(
  queue: RowQueue<RowEvent>,
  inFlight: number,
  batchRows: number,
  send: (batch: readonly RowEvent[]) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  for (;;) {
    const batch = underWay.size < inFlight ? await queue.take(batchRows) : [];
    if (batch.length > 0) {
      const sent = send(batch).finally(() => {
        queue.release(batch);
        underWay.delete(sent);
      });
      underWay.add(sent);
    } else if (underWay.size > 0) await Promise.race(underWay);
    else if (queue.isEmpty) return;
  }
}

async function sendBatch(
  client: Client,
  signer: Signer,
  batch: readonly RowEvent[],
  tally: Tally,
): Promise<void> {
  const envelopes: Uint8Array[] = [];
  for (const { stream, event, nonce } of batch) {
    envelopes.push((await signer.sign(append(stream, [event]), nonce)).envelope);
  }
  const results = await client.certifyBulk(envelopes);
  for (const [index, result] of results.entries()) count(tally, batch[index]!, result);
  tally.show();
}

/** `superseded`: the same row of an earlier run was on its way and ran. */
function count(tally: Tally, { row }: RowEvent, result: OutcomeResult | RefusedResult): void {
  if (result.status === 'refused') {
    if (result.code === 'superseded') tally.repeated += 1;
    else tally.refused.push({ row, code: result.code, facts: result.facts });
  } else if (result.outcome.status === 'succeeded') tally.certified += 1;
  else tally.refused.push({ row, code: result.outcome.code, facts: result.outcome.facts });
}

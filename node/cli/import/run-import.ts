/**
 * Imports a file: plan, leave out what the ledger has, then send batches, several at once, until each row is
 * certified. Every step may be repeated, after a crash too: the eventId of a row lets it happen once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../../shared/client/client.ts';
import { ClientError } from '../../../shared/client/client-error.ts';
import type { OutcomeResult, RefusedResult } from '../../../shared/client/submissions.ts';
import { append } from '../../../shared/client/transaction-builder.ts';
import { CodecError } from '../../../shared/codec/codec-error.ts';
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

const certificatePollMs = 500;

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
  const signed: { readonly row: number; readonly envelope: Uint8Array }[] = [];
  for (const { row, stream, event, nonce } of batch) {
    try {
      signed.push({ row, envelope: (await signer.sign(append(stream, [event]), nonce)).envelope });
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      tally.refused.push({ row, code: 'not-recordable', facts: { ...error.facts, reason: error.message } });
    }
  }
  const results = signed.length === 0 ? [] : await client.certifyBulk(signed.map(({ envelope }) => envelope));
  for (const [index, result] of results.entries()) await count(client, tally, signed[index]!.row, result);
  tally.show();
}

async function count(
  client: Client,
  tally: Tally,
  row: number,
  result: OutcomeResult | RefusedResult,
): Promise<void> {
  const isRepeat = result.status === 'refused' && result.code === 'superseded';
  if (result.status === 'refused' && !isRepeat) {
    tally.refused.push({ row, code: result.code, facts: result.facts });
    return;
  }
  const outcome = result.status === 'certified' ? result.outcome : await outcomeThatRan(client, result.facts);
  if (outcome.status === 'failed') tally.refused.push({ row, code: outcome.code, facts: outcome.facts });
  else if (isRepeat) tally.repeated += 1;
  else tally.certified += 1;
}

/** `superseded`: the same row of an earlier run was on its way and ran, perhaps in vain. */
async function outcomeThatRan(
  client: Client,
  { transaction }: RefusedResult['facts'],
): Promise<OutcomeResult['outcome']> {
  for (;;) {
    const id = String(transaction);
    const fate = await client.get('transaction', { id }).catch((error: unknown) => {
      if (error instanceof ClientError && error.code === 'unknown-transaction') return undefined;
      throw error;
    });
    if (fate?.status === 'certified') return fate.outcome;
    // It was executed: its certificate is on its way. Whoever waits for all of this gives up if it never comes.
    await sleep(certificatePollMs);
  }
}

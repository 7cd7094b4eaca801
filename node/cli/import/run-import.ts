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
import { type Append, type Fate, sendInOrder } from './ordered-batch.ts';
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
  const sendBatch = async (batch: readonly RowEvent[]): Promise<void> => {
    const send = (appends: readonly Append<RowEvent>[]) => sendAppends(client, signer, appends);
    await sendInOrder(batch, send, ({ row }, fate) => tally.add(row, fate));
    tally.show();
  };
  try {
    const sent = sendAll(queue, inFlight, batchRows, sendBatch);
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
  add(row: number, fate: Fate): void {
    if (fate.kind === 'refused') this.refused.push({ row, code: fate.code, facts: fate.facts });
    else if (fate.outcome.status === 'failed') {
      this.refused.push({ row, code: fate.outcome.code, facts: fate.outcome.facts });
    } else if (fate.kind === 'repeated') this.repeated += 1;
    else this.certified += 1;
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

/** Fates in the order of the appends; what cannot be encoded is refused here. */
async function sendAppends(
  client: Client,
  signer: Signer,
  appends: readonly Append<RowEvent>[],
): Promise<readonly Fate[]> {
  const signed = await Promise.all(appends.map((item) => signAppend(signer, item)));
  const envelopes = signed.filter((item) => item instanceof Uint8Array);
  const results = envelopes.length === 0 ? [] : await client.certifyBulk(envelopes);
  const fates: Fate[] = [];
  let next = 0;
  for (const item of signed) {
    fates.push(item instanceof Uint8Array ? await fateOf(client, results[next++]!) : item);
  }
  return fates;
}

async function signAppend(signer: Signer, { rows, nonce }: Append<RowEvent>): Promise<Uint8Array | Fate> {
  try {
    return (
      await signer.sign(
        append(
          rows[0]!.stream,
          rows.map(({ event }) => event),
        ),
        nonce,
      )
    ).envelope;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const facts = { ...error.facts, reason: error.message };
    return { kind: 'refused', code: 'not-recordable', facts };
  }
}

async function fateOf(client: Client, result: OutcomeResult | RefusedResult): Promise<Fate> {
  if (result.status === 'certified') return { kind: 'certified', outcome: result.outcome };
  if (result.code !== 'superseded') return { kind: 'refused', code: result.code, facts: result.facts };
  return { kind: 'repeated', outcome: await outcomeThatRan(client, result.facts) };
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

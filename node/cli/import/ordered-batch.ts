/**
 * Appends rows so that each stream gets them in the file's order. The network usually keeps the order in which
 * transactions arrive, but does not promise to, least of all when its primary dies. So rows of one stream go in one
 * append, which is ordered as a whole, and a stream has one append under way at a time.
 */
import type { OutcomeResult } from '../../../shared/client/submissions.ts';
import { CodecError } from '../../../shared/codec/codec-error.ts';
import { encode } from '../../../shared/codec/dag-cbor.ts';
import { newStreamEventToCbor } from '../../../shared/codec/ledger.ts';
import { digestOf } from '../../../shared/crypto/digest.ts';
import type { Nonce } from '../../../shared/types/brands.ts';
import type { NewStreamEvent } from '../../../shared/types/ledger.ts';

export interface StreamRow {
  readonly row: number;
  readonly stream: string;
  readonly event: NewStreamEvent;
}

export interface Append<Row extends StreamRow> {
  /** At least one, all of one stream, in the file's order. */
  readonly rows: readonly Row[];
  /** From the events' ids: two copies on their way at once run once, also those of two runs. */
  readonly nonce: Nonce;
}

export type Fate =
  | { readonly kind: 'certified' | 'repeated'; readonly outcome: OutcomeResult['outcome'] }
  | { readonly kind: 'refused'; readonly code: string; readonly facts: Readonly<Record<string, unknown>> };

/** Well below what one append may hold (256 events, and an envelope of 64 KiB by default). */
const rowsPerAppendMax = 200;
const bytesPerAppendMax = 32 * 1024;

/**
 * Ends when each row has its fate. No other batch may hold rows of the same streams.
 * An append that is refused as a whole goes again row by row, so that each is refused for its own reason alone.
 * @param send fates in the order of the appends
 */
export async function sendInOrder<Row extends StreamRow>(
  rows: readonly Row[],
  send: (appends: readonly Append<Row>[]) => Promise<readonly Fate[]>,
  settled: (row: Row, fate: Fate) => void,
): Promise<void> {
  const alone = new Set<Row>();
  let waiting = rows;
  while (waiting.length > 0) {
    const appends = firstAppends(waiting, alone);
    const fates = await send(appends);
    const ended = new Set<Row>();
    for (const [index, { rows: sent }] of appends.entries()) {
      const fate = fates[index]!;
      if (sent.length > 1 && !hasSucceeded(fate)) {
        for (const row of sent) alone.add(row);
        continue;
      }
      for (const row of sent) {
        ended.add(row);
        settled(row, fate);
      }
    }
    waiting = waiting.filter((row) => !ended.has(row));
  }
}

const hasSucceeded = (fate: Fate): boolean => fate.kind !== 'refused' && fate.outcome.status === 'succeeded';

/** One append for each stream: its first rows, as many as fit. */
function firstAppends<Row extends StreamRow>(
  waiting: readonly Row[],
  alone: ReadonlySet<Row>,
): readonly Append<Row>[] {
  const open = new Map<string, { readonly rows: Row[]; bytes: number; isFull: boolean }>();
  for (const row of waiting) {
    const group = open.get(row.stream);
    if (group?.isFull === true) continue;
    const bytes = bytesOf(row);
    const isAlone = alone.has(row) || bytes > bytesPerAppendMax;
    if (group === undefined) open.set(row.stream, { rows: [row], bytes, isFull: isAlone });
    else if (isAlone || group.bytes + bytes > bytesPerAppendMax) group.isFull = true;
    else {
      group.rows.push(row);
      group.bytes += bytes;
      group.isFull = group.rows.length === rowsPerAppendMax;
    }
  }
  return [...open.values()].map((group) => ({ rows: group.rows, nonce: nonceOf(group.rows) }));
}

/** What cannot be encoded goes alone, to be refused alone. */
function bytesOf({ event }: StreamRow): number {
  try {
    return encode(newStreamEventToCbor(event)).length;
  } catch (error) {
    if (error instanceof CodecError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

const nonceOf = (rows: readonly StreamRow[]): Nonce =>
  digestOf('import-nonce', encode({ events: rows.map(({ event }) => event.eventId) })).slice(0, 32) as Nonce;

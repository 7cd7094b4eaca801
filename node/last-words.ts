/**
 * `run.json` in the directory of ledger and votes: that a node runs, and how it ended. The room for the end is
 * taken at the start, so that a node can still say that its disk is full. A record without an end, whose process
 * is gone, is a crash, a kill or a power loss.
 */
import { closeSync, constants, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface RunRecord {
  readonly validator: string;
  readonly version: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly end?: {
    /** `stopped`, or the code of what made it impossible to go on. */
    readonly code: string;
    readonly at: number;
    readonly facts: { readonly [name: string]: unknown };
  };
}

export const runRecordName = 'run.json';
const roomBytes = 128 * 1024;
const openFlags = constants.O_RDWR | constants.O_CREAT;

/** JSON, padded with spaces. What does not fit loses its facts, never its code. */
export function writeRunRecord(directory: string, record: RunRecord): void {
  const whole = JSON.stringify(record);
  const { end } = record;
  const short = { ...record, ...(end && { end: { ...end, facts: {} } }) };
  const text = Buffer.byteLength(whole) < roomBytes ? whole : JSON.stringify(short);
  const bytes = Buffer.alloc(roomBytes, ' ');
  bytes.write(text);
  bytes.write('\n', roomBytes - 1);
  // Not truncated: the room that the file has already is written again.
  const descriptor = openSync(join(directory, runRecordName), openFlags, 0o600);
  try {
    writeSync(descriptor, bytes, 0, roomBytes, 0);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** undefined if no node ever ran there, or the record cannot be read. */
export function readRunRecord(directory: string): RunRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(directory, runRecordName), 'utf8'));
    return isRunRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRunRecord(value: unknown): value is RunRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { validator, pid, startedAt, end } = value as Record<string, unknown>;
  const isEnd =
    end === undefined || (typeof end === 'object' && end !== null && 'code' in end && 'facts' in end);
  return typeof validator === 'string' && typeof pid === 'number' && typeof startedAt === 'number' && isEnd;
}

/**
 * Parts of a snapshot of which its file has the slices alone, made from the events that state has now. State may be
 * of any later height: it is told apart from damage by its checkpoint.
 */
import SqliteDatabase from 'better-sqlite3';
import type { EventSlice } from '../ledger/event-slices.ts';
import { decodeManifest, piecePath } from '../ledger/snapshot-manifest.ts';
import { encodeRuns, openPiece, proveLeaves, SnapshotFault } from '../ledger/snapshot-piece.ts';
import { damaged } from './errors.ts';
import { type EventRuns, eventRuns } from './event-runs.ts';
import { extendSnapshot, openSnapshot, type SnapshotFile } from './snapshot-files.ts';
import { stateRows } from './state-rows.ts';

export interface SlicedEvents {
  /** Whether state is as far. */
  reaches(height: number): boolean;
  /** As the part travels; undefined if state here is not as far yet. @throws StorageError `data-damaged` */
  part(slices: readonly EventSlice[], height: number): Uint8Array | undefined;
  close(): void;
}

/** Reads `derived.db` beside the node that writes it. */
export function openSlicedEvents(derivedFile: string): SlicedEvents {
  const database = new SqliteDatabase(derivedFile, { readonly: true });
  const rows = stateRows(database, derivedFile);
  const runs = eventRuns(database, derivedFile);
  const reaches = (height: number): boolean => (rows.checkpoint()?.height ?? 0) >= height;
  return {
    reaches,
    part: (slices, height) => (reaches(height) ? runsOf(runs, slices) : undefined),
    close: () => database.close(),
  };
}

const runsOf = (runs: EventRuns, slices: readonly EventSlice[]): Uint8Array =>
  encodeRuns(slices.map((slice) => ({ leaf: slice.leaf, ...runs.slice(slice) })));

/**
 * Makes a snapshot one that needs nothing else, and proves it as a receiver would. Each `next` is the work of a part.
 * @returns the whole one, or undefined if state is not as far
 * @throws StorageError `data-damaged`
 */
export function* completeSnapshot(
  directory: string,
  file: SnapshotFile,
  events: SlicedEvents,
): Generator<void, SnapshotFile | undefined> {
  const extension = extendSnapshot(directory, file.height);
  let isWhole = false;
  try {
    isWhole = yield* proveParts(file, (piece, part, slices) => {
      const bytes = events.part(slices, file.height);
      if (bytes !== undefined) extension.put(piece, part, bytes);
      return bytes;
    });
  } finally {
    if (isWhole) extension.finish();
    else extension.abandon();
  }
  return isWhole ? openSnapshot(directory, file.height) : undefined;
}

/** Proves a whole one as a receiver would. @throws StorageError `data-damaged` */
export function* proveSnapshot(file: SnapshotFile): Generator<void, void> {
  yield* proveParts(file, () => undefined);
}

type MakePart = (piece: number, part: number, slices: readonly EventSlice[]) => Uint8Array | undefined;

/** @param make what is there by its slices only @returns whether all parts were there or could be made */
function* proveParts(file: SnapshotFile, make: MakePart): Generator<void, boolean> {
  try {
    return yield* proveEach(file, make);
  } catch (error) {
    throw error instanceof SnapshotFault ? damaged(`${file.height}.parts`, 'parts', error.message) : error;
  }
}

function* proveEach(file: SnapshotFile, make: MakePart): Generator<void, boolean> {
  const { depth, tops, parts } = decodeManifest(file.manifest);
  for (const [piece, top] of tops.entries()) {
    const leaves = proveLeaves(keptPart(file, piece, 0), piecePath(piece, depth), top);
    const proof = openPiece(leaves, parts[piece] ?? 0);
    while (proof.next > 0) {
      const part = proof.next;
      const slices = file.slices(piece, part);
      const bytes = slices === undefined ? keptPart(file, piece, part) : make(piece, part, slices);
      if (bytes === undefined) return false;
      proof.take(bytes);
      yield;
    }
  }
  return true;
}

/** @throws StorageError `data-damaged` if it is not there as it travels */
export function keptPart(file: SnapshotFile, piece: number, part: number): Uint8Array {
  const bytes = file.part(piece, part);
  if (bytes === undefined) throw damaged(`${file.height}.parts`, 'parts', `${piece}/${part}`);
  return bytes;
}

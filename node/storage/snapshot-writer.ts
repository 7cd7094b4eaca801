/**
 * Writes a snapshot from a checkpoint that a reading transaction holds, piece by piece. It proves what it writes as
 * a receiver would: a damaged row ends the snapshot and is named, and never travels.
 */
import { toHex } from '../../shared/codec/hex.ts';
import type { Frontier } from '../../shared/crypto/merkle.ts';
import { keyDigest, nodeHash, type TreeNode, valueDigest } from '../../shared/crypto/sparse-merkle-tree.ts';
import type { Header } from '../../shared/types/ledger.ts';
import { buildSubtree, type Leaf } from '../ledger/leaf-build.ts';
import {
  type BoundEntry,
  type BoundList,
  boundBy,
  emptyRun,
  eventEntry,
  eventsPrefix,
  foldRun,
  pageEntry,
  type RunState,
  sameRunState,
} from '../ledger/snapshot-bound.ts';
import { encodeManifest, joinTops, piecePath } from '../ledger/snapshot-manifest.ts';
import { encodeLeaves, encodeRuns, type Run, type StateEntry } from '../ledger/snapshot-piece.ts';
import { damaged } from './errors.ts';
import type { SnapshotDraft } from './snapshot-files.ts';
import type { StateRows } from './state-rows.ts';

export interface SnapshotSource {
  readonly rows: StateRows;
  readonly file: string;
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  /** Over the hashes of the blocks below. */
  readonly history: Frontier;
  /** That ran up to and in this block. */
  readonly transactions: number;
}

/** About so many bytes in a piece, and in each of its parts behind the leaves. Equal on all nodes. */
export interface SnapshotSizes {
  readonly pieceBytes: number;
  readonly partBytes: number;
}
const defaultSizes: SnapshotSizes = { pieceBytes: 512 * 1024, partBytes: 256 * 1024 };
const depthMax = 14;
/** The tree is measured in so many steps: 2^8. */
const measureDepth = 8;
/** Entries handled between two points where the work may pause. */
const stepEntries = 500;
/** Revision or page, leaf hash, lengths: what an entry takes besides its text. */
const eventBytes = 64;
const pairBytes = 80;

/** Of the work, measuring takes about so much. */
const measuringShare = 0.3;

/** Each `next` does some milliseconds of work and says which share is done. @throws StorageError `data-damaged` */
export function* writeSnapshot(
  source: SnapshotSource,
  draft: SnapshotDraft,
  sizes: SnapshotSizes = defaultSizes,
): Generator<number, void> {
  const depth = yield* chooseDepth(source, sizes);
  const tops: (TreeNode | undefined)[] = [];
  const parts: number[] = [];
  for (let index = 0; index < 2 ** depth; index += 1) {
    const done = measuringShare + ((1 - measuringShare) * index) / 2 ** depth;
    const path = piecePath(index, depth);
    const entries = source.rows.entries(path);
    tops.push(buildSubtree(path, entries.map(leafOf), () => undefined));
    yield done;
    const piece = draft.addPiece();
    piece.add(encodeLeaves(entries));
    let count = 0;
    for (const part of partsOf(source, entries, sizes)) {
      if (part !== undefined) {
        piece.add(part);
        count += 1;
      }
      yield done;
    }
    parts.push(count);
  }
  const { header, headerBytes, history, transactions, file } = source;
  if (toHex(nodeHash(joinTops(tops))) !== header.state)
    throw damaged(file, 'state', `height ${header.height}`);
  draft.finish(encodeManifest({ header, headerBytes, history, transactions, depth, tops, parts }));
}

const leafOf = ([key, value]: StateEntry): Leaf => ({
  kind: 'leaf',
  key: keyDigest(key),
  value: valueDigest(value),
});

/** A function of state alone, so that all nodes cut alike. */
function* chooseDepth({ rows }: SnapshotSource, { pieceBytes }: SnapshotSizes): Generator<number, number> {
  let bytes = 0;
  for (let index = 0; index < 2 ** measureDepth; index += 1) {
    for (const [key, value] of rows.entries(piecePath(index, measureDepth))) {
      bytes += key.length + value.length;
      const list = boundBy(key, value);
      if (list !== undefined)
        bytes += list.kind === 'events' ? list.end.next * eventBytes : list.end.count * pairBytes;
    }
    yield (measuringShare * index) / 2 ** measureDepth;
  }
  let depth = 0;
  while (depth < depthMax && bytes > pieceBytes * 2 ** depth) depth += 1;
  return depth;
}

/** Parts behind the leaves, and undefined where the work may pause. */
function* partsOf(
  source: SnapshotSource,
  entries: readonly StateEntry[],
  { partBytes }: SnapshotSizes,
): Generator<Uint8Array | undefined, void> {
  let runs: Run[] = [];
  let bytes = 0;
  for (const [leaf, [key, value]] of entries.entries()) {
    const list = boundBy(key, value);
    if (list === undefined || list.end.next === 0) continue;
    const all = yield* entriesOf(source, list);
    let state = emptyRun;
    let from = 0;
    for (let at = 0; at < all.length; at += 1) {
      bytes += sizeOf(all[at]!);
      if (bytes < partBytes && at + 1 < all.length) continue;
      const run = { leaf, start: state, entries: all.slice(from, at + 1) };
      state = foldRun(state, run.entries);
      runs.push(run);
      from = at + 1;
      if (bytes < partBytes) continue;
      yield encodeRuns(runs);
      runs = [];
      bytes = 0;
    }
    requireEnd(source, list, state, key);
  }
  if (runs.length > 0) yield encodeRuns(runs);
}

const sizeOf = (entry: BoundEntry): number =>
  entry instanceof Uint8Array ? entry.length + 8 : entry[0].length + eventBytes;

function requireEnd({ file }: SnapshotSource, list: BoundList, end: RunState, key: string): void {
  if (!sameRunState(end, list.end)) throw damaged(file, 'bound', key);
}

/** In the order of the running digest. */
function* entriesOf(source: SnapshotSource, list: BoundList): Generator<undefined, BoundEntry[]> {
  const entries: BoundEntry[] = [];
  let count = 0;
  if (list.kind === 'pages') {
    for (let page = 0; page < list.end.next; page += 1) {
      const entry = pageEntry(source.rows, list.minute, page);
      if (entry === undefined) throw damaged(source.file, 'bound', `${list.minute}/${page}`);
      entries.push(entry);
      yield undefined;
    }
    return entries;
  }
  const { stream, end } = list;
  for (const [key, value] of source.rows.boundUnder(eventsPrefix(stream))) {
    const [revision, entry] = eventEntry(stream, key, value);
    entries[revision] = entry;
    count += 1;
    if (count % stepEntries === 0) yield undefined;
  }
  if (count !== end.next || entries.length !== end.next) throw damaged(source.file, 'bound', stream);
  return entries;
}

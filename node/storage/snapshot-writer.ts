/**
 * Writes a snapshot from a checkpoint that a reading transaction holds, piece by piece: leaves and pages of pairs, which
 * will change, as they are; events by slices, which state can give at any later height. It proves what it writes as a
 * receiver would: a damaged row ends the snapshot and is named, and never travels.
 */
import { toHex } from '../../shared/codec/hex.ts';
import type { Frontier } from '../../shared/crypto/merkle.ts';
import { keyDigest, nodeHash, type TreeNode, valueDigest } from '../../shared/crypto/sparse-merkle-tree.ts';
import type { Header } from '../../shared/types/ledger.ts';
import { type EventSlice, sliceEvents, slicesOf } from '../ledger/event-slices.ts';
import { buildSubtree, type Leaf } from '../ledger/leaf-build.ts';
import {
  type BoundList,
  boundBy,
  emptyRun,
  foldRun,
  pageEntry,
  sameRunState,
} from '../ledger/snapshot-bound.ts';
import { encodeManifest, joinTops, piecePath } from '../ledger/snapshot-manifest.ts';
import { encodeLeaves, encodeRuns, type Run, type StateEntry } from '../ledger/snapshot-piece.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { damaged } from './errors.ts';
import type { PieceDraft, SnapshotDraft } from './snapshot-files.ts';
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

/** Equal on all nodes. */
export interface SnapshotSizes {
  /** About so many bytes in a piece, and in each of its parts with pages. */
  readonly pieceBytes: number;
  readonly partBytes: number;
  /** At least so many events in a part of slices, unless it is the last one, and less than a slice more. */
  readonly partEvents: number;
  readonly sliceEvents: number;
}
const defaultSizes: SnapshotSizes = {
  pieceBytes: 512 * 1024,
  partBytes: 256 * 1024,
  partEvents: 1_024,
  sliceEvents,
};
const depthMax = 14;
/** The tree is measured in so many steps: 2^8. */
const measureDepth = 8;
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
    parts.push(yield* addParts(source, entries, sizes, piece, done));
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

/** The parts behind the leaves: events by slices, pages as they are. @returns how many */
function* addParts(
  source: SnapshotSource,
  entries: readonly StateEntry[],
  sizes: SnapshotSizes,
  piece: PieceDraft,
  done: number,
): Generator<number, number> {
  const slices = collect<EventSlice>(sizes.partEvents, ({ from, to }) => to - from, piece.addSlices);
  const pages = collect<Run>(sizes.partBytes, bytesIn, (runs) => piece.add(encodeRuns(runs)));
  for (const [leaf, [key, value]] of entries.entries()) {
    const list = boundBy(key, value);
    if (list?.kind === 'events') {
      pages.end();
      const of = { leaf, stream: list.stream, count: list.end.next };
      for (const slice of slicesOf(of, sizes.sliceEvents)) slices.add(slice);
    }
    if (list?.kind === 'pages') {
      slices.end();
      for (const run of pageRuns(source, leaf, list, sizes)) {
        if (run !== undefined) pages.add(run);
        yield done;
      }
    }
  }
  pages.end();
  slices.end();
  return slices.count() + pages.count();
}

interface Collector<Item> {
  add(item: Item): void;
  /** What was collected becomes a part, if it is anything. */
  end(): void;
  /** Of parts. */
  count(): number;
}

/** A part whenever it weighs as much as `full`. */
function collect<Item>(
  full: number,
  weightOf: (item: Item) => number,
  addPart: (items: readonly Item[]) => void,
): Collector<Item> {
  let items: Item[] = [];
  let weight = 0;
  let count = 0;
  function end(): void {
    if (items.length === 0) return;
    addPart(items);
    items = [];
    weight = 0;
    count += 1;
  }
  return {
    add(item) {
      items.push(item);
      weight += weightOf(item);
      if (weight >= full) end();
    },
    end,
    count: () => count,
  };
}

const bytesIn = ({ entries }: Run): number => entries.reduce((sum, page) => sum + page.length, 0);

/** Pages of a minute in the order of its running digest, about `partBytes` in a run; undefined where work may pause. */
function* pageRuns(
  { rows, file }: SnapshotSource,
  leaf: number,
  { minute, end }: Extract<BoundList, { kind: 'pages' }>,
  { partBytes }: SnapshotSizes,
): Generator<Run | undefined> {
  let start = emptyRun;
  let entries: Uint8Array[] = [];
  let bytes = 0;
  for (let page = 0; page < end.next; page += 1) {
    const entry = pageEntry(rows, minute, page);
    if (entry === undefined) throw damaged(file, 'bound', `${stateKeys.pairMinutes}/${minute}/${page}`);
    entries.push(entry);
    bytes += entry.length;
    if (bytes >= partBytes || page + 1 === end.next) {
      yield { leaf, start, entries };
      start = foldRun(start, entries);
      entries = [];
      bytes = 0;
    } else yield undefined;
  }
  if (!sameRunState(start, end)) throw damaged(file, 'bound', `${stateKeys.pairMinutes}/${minute}`);
}

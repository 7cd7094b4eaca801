/**
 * Pieces of a snapshot, as they travel, and their proof (rule C2). Part 0 holds all leaves below the piece's path:
 * they must build the node that the manifest has there, so that none is wrong and none is missing. The other parts
 * hold what these leaves bind, and are proven from the last one to the first: the end of a run is known from its
 * leaf, or from the start of the run behind it.
 */
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { equalBytes } from '../../shared/codec/hex.ts';
import {
  bytesOf,
  listOf,
  readBytes,
  readCount,
  readList,
  readMap,
  textOf,
} from '../../shared/codec/structure.ts';
import {
  keyDigest,
  type NodePath,
  nodeHash,
  type TreeNode,
  valueDigest,
} from '../../shared/crypto/sparse-merkle-tree.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { buildSubtree, keyRange, type Leaf } from './leaf-build.ts';
import {
  type BoundEntry,
  type BoundList,
  boundBy,
  boundRows,
  type EventEntry,
  emptyRun,
  entryToCbor,
  foldRun,
  type RunState,
  sameRunState,
} from './snapshot-bound.ts';

export type StateEntry = readonly [key: string, value: Uint8Array];

/** Entries that belong together, in order, from `start` on. */
export interface Run {
  /** Which of the piece's leaves binds them. */
  readonly leaf: number;
  readonly start: RunState;
  readonly entries: readonly BoundEntry[];
}

const countMax = 2 ** 24;
const frontierMax = 64;

export const encodeLeaves = (leaves: readonly StateEntry[]): Uint8Array =>
  encode(leaves.map(([key, value]) => [key, value]));

export const encodeRuns = (runs: readonly Run[]): Uint8Array =>
  encode(runs.map(({ leaf, start, entries }) => ({ leaf, ...start, entries: entries.map(entryToCbor) })));

/** Events of a stream that follow one another, and the running state before them. */
export interface EventRun {
  readonly stream: string;
  readonly start: RunState;
  readonly entries: readonly EventEntry[];
}

/** What a part behind the leaves proves. */
export interface ProvenPart {
  /** Rows without a leaf. */
  readonly rows: readonly StateEntry[];
  /** The events among them, in order. */
  readonly events: readonly EventRun[];
}

/** A piece while its parts come in. */
export interface PieceProof {
  /** Next part to take, from the last one down; 0 when nothing is missing. */
  readonly next: number;
  /** @throws SnapshotFault, CodecError */
  take(part: Uint8Array): ProvenPart;
}

/** What a peer sent does not prove. */
export class SnapshotFault extends Error {
  readonly code = 'snapshot-not-proven';
}

/** In the order of the tree. @throws SnapshotFault, CodecError */
export function proveLeaves(
  part: Uint8Array,
  path: NodePath,
  top: TreeNode | undefined,
): readonly StateEntry[] {
  const entries = listOf(decode(part), 'leaves', countMax).map((entry): StateEntry => {
    const [key, value] = listOf(entry, 'leaf', 2);
    return [textOf(key, 'key'), bytesOf(value, 'value')];
  });
  const leaves = entries.map(
    ([key, value]): Leaf => ({ kind: 'leaf', key: keyDigest(key), value: valueDigest(value) }),
  );
  if (!isAscending(leaves, path)) throw new SnapshotFault('leaves out of order or of another piece');
  const built = buildSubtree(path, leaves, () => undefined);
  if (!isSameNode(built, top)) throw new SnapshotFault('leaves that do not build their node');
  return entries;
}

function isAscending(leaves: readonly Leaf[], path: NodePath): boolean {
  const { first, last } = keyRange(path);
  const inside = ({ key }: Leaf): boolean => !isLess(key, first) && !isLess(last, key);
  return leaves.every((leaf, at) => inside(leaf) && (at === 0 || isLess(leaves[at - 1]!.key, leaf.key)));
}

function isLess(one: Uint8Array, other: Uint8Array): boolean {
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return one[at]! < other[at]!;
  return false;
}

const isSameNode = (one: TreeNode | undefined, other: TreeNode | undefined): boolean =>
  one?.kind === other?.kind && equalBytes(nodeHash(one), nodeHash(other));

/** `parts`: how many the manifest names behind the leaves. @throws SnapshotFault */
export function openPiece(leaves: readonly StateEntry[], parts: number): PieceProof {
  const lists: { readonly leaf: number; readonly list: BoundList }[] = [];
  leaves.forEach(([key, value], leaf) => {
    const list = boundBy(key, value);
    if (list !== undefined && list.end.next > 0) lists.push({ leaf, list });
  });
  let next = parts;
  /** What is still to come ends here. */
  let expected = lists.at(-1)?.list.end;
  requireEnd();

  function requireEnd(): void {
    if (next === 0 && lists.length > 0) throw new SnapshotFault('entries of a leaf are missing');
  }

  function take(part: Uint8Array): ProvenPart {
    if (next === 0) throw new SnapshotFault('more parts than entries');
    const runs = listOf(decode(part), 'runs', countMax).map(runFromCbor);
    const bindings = [...runs].reverse().map(takeRun).reverse();
    next -= 1;
    requireEnd();
    return {
      rows: runs.flatMap(({ start, entries }, at) => boundRows(bindings[at]!, start.next, entries)),
      events: runs.flatMap(({ start, entries }, at) => {
        const list = bindings[at]!;
        if (list.kind !== 'events') return [];
        return [{ stream: list.stream, start, entries: entries as readonly EventEntry[] }];
      }),
    };
  }

  /** @returns the list that it belongs to */
  function takeRun(run: Run): BoundList {
    const current = lists.at(-1);
    if (current === undefined || expected === undefined || run.leaf !== current.leaf)
      throw new SnapshotFault('entries of another leaf');
    if (run.entries.length === 0 || !isOfKind(current.list, run.entries))
      throw new SnapshotFault('entries of another kind');
    if (!sameRunState(foldRun(run.start, run.entries), expected))
      throw new SnapshotFault('entries that do not lead to the digest of their leaf');
    if (run.start.next > 0) expected = run.start;
    else finishList(run.start);
    return current.list;
  }

  function finishList(start: RunState): void {
    if (!sameRunState(start, emptyRun)) throw new SnapshotFault('entries that do not begin with the first');
    lists.pop();
    expected = lists.at(-1)?.list.end;
  }

  return {
    get next() {
      return next;
    },
    take,
  };
}

const isOfKind = ({ kind }: BoundList, entries: readonly BoundEntry[]): boolean =>
  entries.every((entry) => entry instanceof Uint8Array === (kind === 'pages'));

function runFromCbor(value: CborValue): Run {
  const path = 'run';
  const map = readMap(value, path, ['leaf', 'next', 'digest', 'hashes', 'count', 'entries']);
  return {
    leaf: readCount(map, 'leaf', path),
    start: {
      next: readCount(map, 'next', path),
      digest: readBytes(map, 'digest', path, 32),
      hashes: readList(map, 'hashes', path, frontierMax).map((hash) => bytesOf(hash, path, 32)),
      count: readCount(map, 'count', path),
    },
    entries: readList(map, 'entries', path, countMax).map(entryFromCbor),
  };
}

function entryFromCbor(value: CborValue): BoundEntry {
  if (value instanceof Uint8Array) return value;
  const [eventId, leaf] = listOf(value, 'entry', 2);
  return [textOf(eventId, 'eventId'), bytesOf(leaf, 'leaf', 32)];
}

/** A ledger in memory as `ledger verify` and `ledger rebuild` read one from disk, with or without its first bodies. */
import { fromHex } from '../../../shared/codec/hex.ts';
import { appendLeaf, emptyFrontier } from '../../../shared/crypto/merkle.ts';
import { keyDigest, valueDigest } from '../../../shared/crypto/sparse-merkle-tree.ts';
import { type Height, heightOf } from '../../../shared/types/brands.ts';
import type { Transaction } from '../../../shared/types/ledger.ts';
import type { MemoryLedger } from '../../gateway/test-support/memory-ledger.ts';
import { buildSubtree, type Leaf } from '../../ledger/leaf-build.ts';
import { readMembershipOf } from '../../ledger/modules/epochs.ts';
import { boundBy, emptyRun, eventEntry, eventsPrefix, pageEntry } from '../../ledger/snapshot-bound.ts';
import { encodeManifest, manifestDigest } from '../../ledger/snapshot-manifest.ts';
import { encodeLeaves, encodeRuns, type Run } from '../../ledger/snapshot-piece.ts';
import { hasLeaf } from '../../ledger/state-keys.ts';
import type { ExecutedBlock } from '../../ledger/types.ts';
import type { LedgerReader, ReadBlock } from '../../storage/ledger-reader.ts';
import type { SnapshotFile } from '../../storage/snapshot-files.ts';

interface Committed {
  readonly block: ExecutedBlock;
  readonly transactions: readonly Transaction[];
}

export function readBlockOf(ledger: MemoryLedger, { block, transactions }: Committed): ReadBlock {
  const { height, hash, header, headerBytes, ran, opening, closing } = block;
  const { certificate } = ledger.block(height) ?? {};
  if (!certificate) throw new Error('the block is certified');
  const failed = ran.filter(({ outcome }) => outcome.status === 'failed').length;
  return {
    height,
    hash,
    header,
    headerBytes,
    certificate,
    batch: { time: header.time, proposer: header.proposer, ids: transactions.map(({ id }) => id) },
    first: 0,
    ran: ran.length,
    failed,
    hasBody: true,
    opening,
    closing,
    envelopes: transactions.map(({ envelope }) => envelope),
    transactions: ran,
  };
}

/** What is before `bodiesFrom` is read as headers alone. */
export function readerOf(
  ledger: MemoryLedger,
  blocks: readonly ReadBlock[],
  {
    bodiesFrom = 1,
    snapshot,
    setOf = (epoch) => readMembershipOf(ledger.state, epoch)?.validators,
  }: {
    readonly bodiesFrom?: number;
    readonly snapshot?: SnapshotFile;
    readonly setOf?: LedgerReader['setOf'];
  } = {},
): LedgerReader {
  const { hash, header, headerBytes, events, validators } = ledger.genesis;
  const batch = { time: 0, proposer: '', ids: [] } as const;
  const counts = { first: 0, ran: 0, failed: 0 };
  const block = {
    height: heightOf(0),
    hash,
    header,
    headerBytes,
    batch,
    ...counts,
    hasBody: true,
    opening: [],
    closing: [],
  };
  return {
    genesis: { events, validators, block },
    tip: heightOf(blocks.length),
    bodiesFrom: heightOf(bodiesFrom),
    recoveries: [],
    snapshot: () => snapshot,
    setOf,
    row: (height: Height) => blocks[height - 1]!,
    block: (height: Height) => blocks[height - 1]!,
    blocks: (from = heightOf(1)) => blocks.slice(from - 1).values(),
    close: () => undefined,
  };
}

/** Whole, in one piece, with all that its leaves bind. */
export function snapshotOf(
  blocks: readonly ReadBlock[],
  genesis: MemoryLedger['genesis'],
  height: number,
  state: ReadonlyMap<string, Uint8Array>,
): SnapshotFile {
  const { header, headerBytes } = blocks[height - 1]!;
  const entries = [...state]
    .filter(([key]) => hasLeaf(key))
    .sort(([one], [other]) => Buffer.compare(keyDigest(one), keyDigest(other)));
  const leaves = entries.map(
    ([key, value]): Leaf => ({ kind: 'leaf', key: keyDigest(key), value: valueDigest(value) }),
  );
  const runs = entries.flatMap(([key, value], leaf) => runsOf(state, leaf, key, value));
  const history = [genesis, ...blocks.slice(0, height - 1)].reduce(
    (frontier, { hash }) => appendLeaf(frontier, fromHex(hash)),
    emptyFrontier,
  );
  const parts = [encodeLeaves(entries), encodeRuns(runs)];
  const tops = [buildSubtree('', leaves, () => undefined)];
  const manifest = encodeManifest({
    header,
    headerBytes,
    history,
    transactions: 0,
    depth: 0,
    tops,
    parts: [1],
  });
  return {
    height: heightOf(height),
    digest: manifestDigest(manifest),
    manifest,
    isWhole: true,
    part: (_, part) => parts[part],
    slices: () => undefined,
    remove: () => undefined,
    close: () => undefined,
  };
}

function runsOf(
  state: ReadonlyMap<string, Uint8Array>,
  leaf: number,
  key: string,
  value: Uint8Array,
): readonly Run[] {
  const list = boundBy(key, value);
  if (list === undefined || list.end.next === 0) return [];
  if (list.kind === 'pages') {
    const pages = Array.from({ length: list.end.next }, (_, page) => pageEntry(state, list.minute, page)!);
    return [{ leaf, start: emptyRun, entries: pages }];
  }
  const events = [...state]
    .filter(([name]) => name.startsWith(eventsPrefix(list.stream)))
    .map(([name, entry]) => eventEntry(list.stream, name, entry))
    .sort(([one], [other]) => one - other);
  return [{ leaf, start: emptyRun, entries: events.map(([, entry]) => entry) }];
}

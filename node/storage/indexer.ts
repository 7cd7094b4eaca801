/**
 * Keeps the index behind certification: blocks queue up and are written many at a time, in order, without a gap;
 * each transaction of the file records the height that it reached. After a restart it goes on from the ledger.
 */
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import type { BlockHash, Height, TransactionId } from '../../shared/types/brands.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import { openAnalyticsIndex } from './analytics-index.ts';
import { openAssetIndex } from './asset-index.ts';
import { openBalanceIndex } from './balance-index.ts';
import { openBlockIndex } from './block-index.ts';
import type { Database } from './database.ts';
import { damaged, namedError, StorageError } from './errors.ts';
import type { Fatal } from './group-commit.ts';
import { openHistoryIndex } from './history-index.ts';
import { type IndexedBlock, type IndexPart, indexedBlock, indexedFromLedger } from './index-block.ts';
import { type LedgerBase, type LedgerRows, ledgerFileName } from './ledger-file.ts';
import { openLookupIndex } from './lookup-index.ts';
import { openPostings } from './postings.ts';
import { isBytes } from './row-check.ts';
import { rowCrc } from './row-crc.ts';
import { seedIndex } from './seed-index.ts';
import { stateRows } from './state-rows.ts';
import { openStreamIndex } from './stream-index.ts';
import { openTerms } from './terms.ts';
import { waitingBlocks } from './waiting-blocks.ts';

export type IndexParts = ReturnType<typeof openParts>;

export interface Indexer {
  readonly parts: IndexParts;
  /** Highest height in the index; −1 before genesis is. */
  height(): Height;
  /** A durable block, in order; its first transaction has this number. */
  add(block: ExecutedBlock, first: number): void;
  /** Number of a transaction that is durable and not yet in the index. */
  pendingNumber(id: TransactionId): number | undefined;
  pendingPair(senderKey: string, nonce: string): TransactionId | undefined;
  /** Writes what waits now. */
  flush(): void;
  /** Writes also what is kept in memory to be written together. */
  close(): void;
}

export interface IndexerOptions {
  readonly database: Database;
  readonly file: string;
  readonly rows: LedgerRows;
  readonly fatal: Fatal;
}

/** A block waits so long; under load longer, since rows of many blocks share pages. */
const idleDelayMs = 50;
const busyDelayMs = 1_000;
const busyCount = 100;
/** Transactions written in one turn of the event loop, some 15 ms: votes wait for no more. */
const sliceCount = 500;
/** When so many wait, the next block waits for a large slice: rows of many blocks are written once. */
const waitingMax = 4_000;
const hurriedSliceCount = 3_000;
/** Transactions in one transaction of the file while the ledger is indexed again. */
const replayChunk = 5_000;

/** @throws StorageError `data-damaged` if the index is not of this ledger. */
export function openIndexer(options: IndexerOptions): Indexer {
  const { database, file, rows, fatal } = options;
  const parts = openParts(database, file, rows.base());
  const progress = openProgress(database, file);
  const waiting = waitingBlocks();
  let timer: NodeJS.Timeout | undefined;
  let busy = false;
  let broken = false;
  let height = progress.read();
  const { indexedFrom } = rows.base();
  const seededFrom = height + 1 < indexedFrom ? indexedFrom : undefined;
  checkProgress();
  for (const block of ledgerBlocks(parts.lookups.completeHeight() + 1, height)) parts.lookups.add(block);
  nameAssets();
  replay();

  function checkProgress(): void {
    if (height < 0) return;
    if (rows.block(height)?.hash !== progress.hash()) throw damaged(file, 'index_progress', height);
  }

  function* ledgerBlocks(from: number, to: number): IterableIterator<IndexedBlock> {
    for (let at = from; at <= to; at++) {
      const block = rows.block(at as Height);
      if (block === undefined) throw damaged(ledgerFileName, 'blocks', at);
      const isIndexed = block.hasBody && at >= indexedFrom;
      yield indexedFromLedger(block, isIndexed ? rows.entries(block.first, block.ran) : []);
    }
  }

  /** Once, in a file of an older version. */
  function nameAssets(): void {
    const { assets } = parts;
    const namedTo = assets.namedTo();
    if (namedTo === undefined) return;
    database.transaction(() => {
      for (const block of ledgerBlocks(namedTo + 1, height)) assets.add(block);
      assets.write();
      assets.allNamed();
    })();
  }

  function replay(): void {
    const tip = rows.tipHeight() ?? (-1 as Height);
    let blocks: IndexedBlock[] = [];
    let count = 0;
    for (const block of ledgerBlocks(height + 1, tip)) {
      blocks.push(block);
      count += block.transactions.length + 1;
      const isSeed = block.height + 1 === seededFrom;
      if (count < replayChunk && block.height < tip && !isSeed) continue;
      writeBlocks(blocks, isSeed);
      blocks = [];
      count = 0;
    }
  }

  function add(block: ExecutedBlock, first: number): void {
    if (broken) return;
    waiting.add(block, first);
    if (waiting.transactions >= waitingMax) writeSlice(hurriedSliceCount);
    timer ??= setTimeout(writeSlices, busy ? busyDelayMs : idleDelayMs);
  }

  /** What waits now, slice by slice, each in a turn of its own. */
  function writeSlices(): void {
    busy = waiting.transactions >= busyCount;
    writeOneOf(waiting.blocks);
  }

  function writeOneOf(blocks: number): void {
    timer = undefined;
    const left = blocks - writeSlice();
    if (left > 0 && !broken) timer = setTimeout(() => writeOneOf(left), 0);
    else if (waiting.blocks > 0 && !broken) timer = setTimeout(writeSlices, busy ? busyDelayMs : idleDelayMs);
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    busy = waiting.transactions >= busyCount;
    while (waiting.blocks > 0 && !broken) writeSlice();
  }

  /** @returns how many blocks it wrote: the first one at least, whatever its size. */
  function writeSlice(countMax = sliceCount): number {
    if (waiting.blocks === 0 || broken) return 0;
    const slice = waiting.slice(countMax);
    try {
      writeBlocks(slice.map(({ block, first }) => indexedBlock(block, first)));
    } catch (error) {
      stop(error);
      return 0;
    }
    waiting.drop(slice.length);
    return slice.length;
  }

  function close(): void {
    flush();
    if (broken) return;
    try {
      database.transaction(parts.lookups.writeAll)();
    } catch (error) {
      stop(error);
    }
  }

  /** `isSeed`: what the blocks without a body did is taken from state, which is the one behind them. */
  function writeBlocks(blocks: readonly IndexedBlock[], isSeed = false): void {
    const last = blocks.at(-1)!;
    database.transaction(() => {
      for (const block of blocks) for (const part of parts.all) part.add(block);
      for (const part of parts.all) part.write();
      if (isSeed) seedIndex(parts, stateRows(database, file), last.height);
      progress.write(last.height, last.hash);
    })();
    height = last.height;
  }

  function stop(error: unknown): void {
    broken = true;
    const named = namedError(error, file);
    if (!(named instanceof StorageError)) throw named;
    fatal(named.code, named.facts);
  }

  return {
    parts,
    add,
    flush,
    close,
    height: () => height,
    pendingNumber: waiting.numberOf,
    pendingPair: waiting.ranAs,
  };
}

function openParts(database: Database, file: string, base: LedgerBase) {
  const terms = openTerms(database);
  const blocks = openBlockIndex(database, file, base);
  const history = openHistoryIndex(database, file);
  const lookups = openLookupIndex(database);
  const postings = openPostings(database, file, terms);
  const streams = openStreamIndex(database, file, terms);
  const balances = openBalanceIndex(database, file, terms);
  const analytics = openAnalyticsIndex(database, file, terms);
  const assets = openAssetIndex(database, terms);
  const all: readonly IndexPart[] = [
    blocks,
    history,
    lookups,
    postings,
    streams,
    balances,
    analytics,
    assets,
  ];
  return { all, blocks, history, lookups, postings, streams, balances, analytics, assets };
}

function openProgress(database: Database, file: string) {
  const select = database.prepare<[], { height: number; hash: Buffer; crc: number }>(
    'SELECT height, hash, crc FROM index_progress',
  );
  const put = database.prepare('INSERT OR REPLACE INTO index_progress VALUES (1, ?, ?, ?)');
  const crcOf = (height: number, hash: string): number => rowCrc('index_progress', height, hash);

  return {
    read(): Height {
      const row = select.get();
      if (row !== undefined && (!isBytes(row.hash) || crcOf(row.height, toHex(row.hash)) !== row.crc))
        throw damaged(file, 'index_progress', row.height);
      return (row?.height ?? -1) as Height;
    },
    hash: (): BlockHash => toHex(select.get()?.hash ?? new Uint8Array(0)) as BlockHash,
    write: (height: Height, hash: BlockHash) => put.run(height, fromHex(hash), crcOf(height, hash)),
  };
}

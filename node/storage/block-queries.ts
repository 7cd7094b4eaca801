/** Questions about blocks and their proofs. */
import { fromHex } from '../../shared/codec/hex.ts';
import { verifyConsistency, verifyInclusion } from '../../shared/crypto/merkle.ts';
import {
  keyDigest,
  proveKey,
  valueDigest,
  verifySparseProof,
} from '../../shared/crypto/sparse-merkle-tree.ts';
import type { BlockHash, Height } from '../../shared/types/brands.ts';
import type { BlockSummary, LedgerQueries } from '../runtime/queries.ts';
import { decodeNumberCursor, encodeCursor } from './cursors.ts';
import { damaged, StorageError } from './errors.ts';
import type { Indexer } from './indexer.ts';
import { type BlockRow, type LedgerRows, pruned } from './ledger-file.ts';
import { type MerkleLevels, merkleLevels } from './merkle-levels.ts';
import type { RecentBlocks } from './recent-blocks.ts';
import type { CertifiedState } from './state-store.ts';

export interface BlockQueryOptions {
  readonly rows: LedgerRows;
  readonly recent: RecentBlocks;
  readonly ledgerFile: string;
  readonly derivedFile: string;
  readonly indexer: Indexer;
  readonly certifiedState: () => CertifiedState;
}

type BlockQueries = Pick<
  LedgerQueries,
  | 'block'
  | 'blocks'
  | 'inclusion'
  | 'certifiedState'
  | 'stateProof'
  | 'historyConsistency'
  | 'historyInclusion'
>;

const keptTreesMax = 16;

export function blockQueries(options: BlockQueryOptions): BlockQueries {
  const { rows, recent, indexer, ledgerFile, derivedFile, certifiedState } = options;
  const trees = new Map<Height, { transactions: MerkleLevels; outcomes: MerkleLevels }>();

  function required(height: Height): BlockRow {
    const row = rows.block(height);
    if (row === undefined) throw new StorageError('not-in-ledger', { height });
    return row;
  }

  function block(at: Height | BlockHash): BlockSummary | undefined {
    const height = typeof at === 'number' ? at : (recent.heightOf(at) ?? rows.heightOf(at));
    const row = height === undefined ? undefined : (recent.at(height)?.row ?? rows.block(height));
    return row && summary(row);
  }

  function blocks({ cursor, limit, ascending = false }: Parameters<LedgerQueries['blocks']>[0]) {
    const tip = rows.tipHeight() ?? -1;
    const step = ascending ? 1 : -1;
    const first = cursor === undefined ? (ascending ? 0 : tip) : decodeNumberCursor('blocks', cursor) + step;
    const found: BlockSummary[] = [];
    let height = first;
    for (; found.length < limit && height >= 0 && height <= tip; height += step)
      found.push(summary(required(height as Height)));
    const more = height >= 0 && height <= tip;
    return more ? { rows: found, next: encodeCursor('blocks', height - step) } : { rows: found };
  }

  /** Wallets ask for the receipts of a whole block: its trees are built once. */
  function treesOf(row: BlockRow) {
    const known = trees.get(row.height);
    if (known !== undefined) return known;
    const entries = rows.entries(row.first, row.ran);
    const built = {
      transactions: merkleLevels(entries.map(({ id }) => fromHex(id))),
      outcomes: merkleLevels(entries.map(({ outcomeBytes }) => outcomeBytes)),
    };
    const { transactions, outcomes } = row.header;
    if (built.transactions.root !== transactions || built.outcomes.root !== outcomes)
      throw damaged(ledgerFile, 'entries', `height ${row.height}`);
    trees.set(row.height, built);
    const [oldest] = trees.keys();
    if (trees.size > keptTreesMax && oldest !== undefined) trees.delete(oldest);
    return built;
  }

  function inclusion(height: Height, index: number) {
    const row = required(height);
    if (!row.hasBody) throw pruned(rows, { height });
    if (height === 0 || !Number.isInteger(index) || index < 0 || index >= row.ran)
      throw new StorageError('not-in-ledger', { height, index });
    const { transactions, outcomes } = treesOf(row);
    return { transaction: transactions.inclusion(index), outcome: outcomes.inclusion(index) };
  }

  function stateProof(key: string) {
    const state = certifiedState();
    const digest = keyDigest(key);
    const proof = proveKey(state.getNode, digest);
    const value = state.get(key);
    const { header } = required(state.height);
    const hash = value && valueDigest(value);
    if (!verifySparseProof(header.state, digest, hash, proof)) throw damaged(derivedFile, 'state', key);
    return value === undefined ? { height: state.height, proof } : { height: state.height, value, proof };
  }

  /** The history of header `height` covers the blocks below it. */
  function historyOf(height: Height) {
    const { header } = required(height);
    if (height - 1 > indexer.height()) indexer.flush();
    return { size: height, root: header.history };
  }

  function historyConsistency(from: Height, to: Height) {
    if (from > to) throw new StorageError('not-in-ledger', { from, to });
    const [older, newer] = [historyOf(from), historyOf(to)];
    const proof = indexer.parts.history.consistency(from, to);
    if (!verifyConsistency(proof, older, newer)) throw damaged(derivedFile, 'history_nodes', `${from}-${to}`);
    return proof;
  }

  function historyInclusion(height: Height, at: Height) {
    if (height >= at) throw new StorageError('not-in-ledger', { height, at });
    const { root } = historyOf(at);
    const { hash } = required(height);
    const proof = indexer.parts.history.inclusion(height, at);
    if (!verifyInclusion(fromHex(hash), proof, root))
      throw damaged(derivedFile, 'history_nodes', `${height}-${at}`);
    return proof;
  }

  return { block, blocks, inclusion, certifiedState, stateProof, historyConsistency, historyInclusion };
}

const summary = (row: BlockRow): BlockSummary => ({
  height: row.height,
  hash: row.hash,
  header: row.header,
  headerBytes: row.headerBytes,
  ...(row.certificate === undefined ? {} : { certificate: row.certificate }),
  transactionCount: row.ran,
  failedCount: row.failed,
  hasBody: row.hasBody,
});

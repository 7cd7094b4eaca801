/** Certified blocks: appended in order, durable before they are confirmed, checked when read. */
import { type BlockHash, type Epoch, type Height, heightOf, nextHeight } from '../../shared/types/brands.ts';
import type { Batch, Certificate } from '../../shared/types/ledger.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import type { BlockStorePort, CertifiedHeader, LogPort, StoredBlock, Tip } from '../runtime/ports.ts';
import { type BlockWriter, blockWriter, type GenesisBlock, newBlockOf } from './block-writer.ts';
import type { Database } from './database.ts';
import { lastHeightOf } from './epoch-ends.ts';
import { damaged, intact, isDamage, StorageError } from './errors.ts';
import type { GroupCommit } from './group-commit.ts';
import type { BlockRow, LedgerRows } from './ledger-file.ts';

export interface BlockStore extends BlockStorePort {
  /** Number of the next transaction that will run. */
  nextNumber(): number;
}

export interface BlockStoreOptions {
  readonly database: Database;
  readonly file: string;
  readonly rows: LedgerRows;
  readonly group: GroupCommit;
  readonly genesis: GenesisBlock;
  readonly log: LogPort;
  /** Called with each block that is durable now, before its `done`. */
  readonly appended: (block: ExecutedBlock, certificate: Certificate, batch: Batch, first: number) => void;
}

/** @throws StorageError `other-network` if block 0 is another one. */
export function openBlockStore(options: BlockStoreOptions): BlockStore {
  const { rows, group, appended } = options;
  const writer = blockWriter(options.database);
  ensureGenesis(options, writer);
  const recoveries = rows.recoveries();
  let tip = readTip(options);
  let next = { height: nextHeight(tip.height), number: tip.next };

  function append(
    block: ExecutedBlock,
    certificate: Certificate,
    batch: Batch,
    envelopes: readonly Uint8Array[],
    done: () => void,
  ): void {
    if (block.height !== next.height)
      throw new StorageError('height-gap', { expected: next.height, height: block.height });
    const first = next.number;
    next = { height: nextHeight(next.height), number: first + block.ran.length };
    group.add(
      () => writer.insert(newBlockOf(block, certificate, batch, envelopes, first)),
      () => {
        tip = { ...tipOf(block, certificate), next: first + block.ran.length };
        appended(block, certificate, batch, first);
        done();
      },
    );
  }

  function read(height: Height): StoredBlock | undefined {
    const row = rows.block(height);
    if (row?.certificate === undefined || !row.hasBody) return undefined;
    return { ...certifiedHeaderOf(row, row.certificate), batch: row.batch, envelopes: rows.envelopes(row) };
  }

  function header(height: Height): CertifiedHeader | undefined {
    const row = rows.block(height);
    if (row?.certificate === undefined) return undefined;
    return certifiedHeaderOf(row, row.certificate);
  }

  function certifiedHeaderOf(row: BlockRow, certificate: Certificate): CertifiedHeader {
    const nextValidators = rows.epochs.handedOver(row.header);
    return { header: row.headerBytes, certificate, ...(nextValidators && { nextValidators }) };
  }

  function epochEnd(epoch: Epoch): CertifiedHeader | undefined {
    const last = lastHeightOf(rows, epoch);
    const row = last && rows.block(last);
    if (row?.certificate === undefined) return undefined;
    const { headerBytes, certificate } = row;
    const nextValidators = intact(() => rows.epochs.handedOver(row.header));
    return { header: headerBytes, certificate, ...(nextValidators && { nextValidators }) };
  }

  return {
    append,
    read,
    header,
    epochEnd,
    bodiesFrom: () => rows.base().bodiesFrom,
    recoveries: () => recoveries,
    nextNumber: () => next.number,
    tip: (): Tip => tip,
  };
}

const tipOf = ({ height, hash, header }: ExecutedBlock, certificate: Certificate): Tip => ({
  height,
  hash,
  header,
  certificate,
});

function ensureGenesis({ rows, genesis, file, log }: BlockStoreOptions, writer: BlockWriter): void {
  if (rows.tipHeight() === undefined) {
    writer.insertGenesis(genesis);
    return;
  }
  const stored = storedGenesis(rows, file);
  if (stored instanceof StorageError) {
    if (!followsGenesis(rows, genesis)) throw stored;
    log.write('error', stored.code, { ...stored.facts, height: 0, action: 'written again from the genesis' });
    writer.replaceGenesis(genesis);
    log.write('warn', 'data-repaired', { height: 0, block: genesis.hash });
  } else if (stored !== genesis.hash)
    throw new StorageError('other-network', { file, expected: genesis.hash, found: stored });
}

/** Its hash, or what is damaged of it. */
function storedGenesis(rows: LedgerRows, file: string): BlockHash | StorageError {
  try {
    const block = rows.block(heightOf(0));
    if (block === undefined) return damaged(file, 'blocks', 0);
    rows.genesis();
    return block.hash;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return error;
  }
}

/** The block behind it says which network this ledger is of. */
function followsGenesis(rows: LedgerRows, { hash }: GenesisBlock): boolean {
  return rows.block(heightOf(1))?.header.parent === hash;
}

function readTip({ rows, file }: BlockStoreOptions): Tip & { readonly next: number } {
  const height = rows.tipHeight() as Height;
  const row = rows.block(height);
  if (row === undefined) throw damaged(file, 'blocks', height);
  return { ...row, next: row.first + row.ran };
}

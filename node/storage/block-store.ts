/** Certified blocks: appended in order, durable before they are confirmed, checked when read. */
import { fromHex } from '../../shared/codec/hex.ts';
import {
  encodeBatch,
  encodeCertificate,
  encodeEvents,
  encodeValidatorSet,
  nullBatch,
} from '../../shared/codec/ledger.ts';
import { type BlockHash, type Height, nextHeight } from '../../shared/types/brands.ts';
import type { Batch, Certificate, Header, LedgerEvent, ValidatorSet } from '../../shared/types/ledger.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import type { BlockStorePort, CertifiedHeader, StoredBlock, Tip } from '../runtime/ports.ts';
import type { Database } from './database.ts';
import { damaged, StorageError } from './errors.ts';
import { deflateEvents } from './event-delta.ts';
import type { GroupCommit } from './group-commit.ts';
import { blockNumbers, entryCrc, type LedgerRows } from './ledger-file.ts';
import { rowCheck } from './row-check.ts';

/** The block of height 0, as genesis builds it. */
export interface GenesisBlock {
  readonly hash: BlockHash;
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  readonly events: readonly LedgerEvent[];
  readonly validators: ValidatorSet;
}

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
  /** Called with each block that is durable now, before its `done`. */
  readonly appended: (block: ExecutedBlock, certificate: Certificate, batch: Batch, first: number) => void;
}

interface NewBlock {
  readonly hash: BlockHash;
  readonly headerBytes: Uint8Array;
  readonly certificate: Uint8Array;
  readonly batch: Uint8Array;
  readonly first: number;
  readonly ran: number;
  readonly failed: number;
}

/** @throws StorageError `other-network` if block 0 is another one. */
export function openBlockStore(options: BlockStoreOptions): BlockStore {
  const { rows, group, appended } = options;
  const writer = blockWriter(options.database);
  ensureGenesis(options, writer);
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
      () => writer.insert(block, certificate, batch, envelopes, first),
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
    const { headerBytes, certificate, batch } = row;
    return { header: headerBytes, certificate, batch, envelopes: rows.envelopes(row) };
  }

  function header(height: Height): CertifiedHeader | undefined {
    const row = rows.block(height);
    if (row?.certificate === undefined) return undefined;
    return { header: row.headerBytes, certificate: row.certificate };
  }

  return {
    append,
    read,
    header,
    bodiesFrom: () => rows.base().bodiesFrom,
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

function ensureGenesis({ rows, genesis, file }: BlockStoreOptions, writer: BlockWriter): void {
  const stored = rows.block(0 as Height);
  if (stored === undefined && rows.tipHeight() !== undefined) throw damaged(file, 'blocks', 0);
  if (stored === undefined) writer.insertGenesis(genesis);
  else if (stored.hash !== genesis.hash)
    throw new StorageError('other-network', { file, expected: genesis.hash, found: stored.hash });
}

function readTip({ rows, file }: BlockStoreOptions): Tip & { readonly next: number } {
  const height = rows.tipHeight() as Height;
  const row = rows.block(height);
  if (row === undefined) throw damaged(file, 'blocks', height);
  return { ...row, next: row.first + row.ran };
}

interface BlockWriter {
  insertGenesis(genesis: GenesisBlock): void;
  /** @returns about how many bytes were written. */
  insert(
    block: ExecutedBlock,
    certificate: Certificate,
    batch: Batch,
    envelopes: readonly Uint8Array[],
    first: number,
  ): number;
}

function blockWriter(database: Database): BlockWriter {
  const insertBlock = database.prepare('INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const insertEntry = database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)');
  const insertGenesis = database.prepare('INSERT INTO genesis VALUES (1, ?, ?, ?)');
  const insertSkipped = database.prepare('INSERT INTO skipped VALUES (?, ?, ?)');

  function writeBlock(height: Height, block: NewBlock): void {
    const { headerBytes, certificate, batch, first, ran, failed } = block;
    const hash = fromHex(block.hash);
    const check = rowCheck('blocks', height, hash, headerBytes, certificate, batch, blockNumbers(block));
    insertBlock.run(height, hash, headerBytes, certificate, batch, first, ran, failed, check);
  }

  function writeEntries(block: ExecutedBlock, first: number): number {
    let bytes = 0;
    block.ran.forEach(
      ({ transaction: { envelope }, outcomeBytes: outcome, eventsBytes, sender = '' }, index) => {
        const delta = deflateEvents(eventsBytes, envelope);
        const number = first + index;
        const { height } = block;
        const crc = entryCrc({ number, height, envelope, outcome, events: delta, sender });
        insertEntry.run(number, height, envelope, outcome, delta, sender, crc);
        bytes += envelope.length + outcome.length + delta.length;
      },
    );
    return bytes;
  }

  function writeSkipped(block: ExecutedBlock, batch: Batch, envelopes: readonly Uint8Array[]): void {
    if (block.skipped.length === 0) return;
    const ran = new Set(block.ran.map(({ transaction }) => transaction.id));
    batch.ids.forEach((id, place) => {
      // An id may stand in a batch twice; it ran the first time only.
      if (!ran.delete(id)) insertSkipped.run(block.height, place, envelopes[place]);
    });
  }

  return {
    insertGenesis: database.transaction((genesis: GenesisBlock) => {
      const { hash, headerBytes } = genesis;
      const certificate = new Uint8Array(0);
      const batch = encodeBatch(nullBatch);
      writeBlock(0 as Height, { hash, headerBytes, certificate, batch, first: 0, ran: 0, failed: 0 });
      const parts = [encodeEvents(genesis.events), encodeValidatorSet(genesis.validators)] as const;
      insertGenesis.run(...parts, rowCheck('genesis', 1, ...parts));
    }),
    insert(block, certificate, batch, envelopes, first) {
      const batchBytes = encodeBatch(batch);
      writeBlock(block.height, {
        hash: block.hash,
        headerBytes: block.headerBytes,
        certificate: encodeCertificate(certificate),
        batch: batchBytes,
        first,
        ran: block.ran.length,
        failed: block.ran.filter(({ outcome }) => outcome.status === 'failed').length,
      });
      writeSkipped(block, batch, envelopes);
      return batchBytes.length + writeEntries(block, first);
    },
  };
}

/** Writes the rows of a block: fresh from execution, or proven by a peer in place of damaged ones. */
import { fromHex } from '../../shared/codec/hex.ts';
import {
  encodeBatch,
  encodeCertificate,
  encodeEvents,
  encodeValidatorSet,
  nullBatch,
} from '../../shared/codec/ledger.ts';
import { type BlockHash, type Height, heightOf } from '../../shared/types/brands.ts';
import type { Batch, Certificate, Header, LedgerEvent, ValidatorSet } from '../../shared/types/ledger.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import { type BlockEvents, encodeBlockEvents } from './block-events.ts';
import type { Database } from './database.ts';
import { epochWriter } from './epoch-rows.ts';
import { deflateEvents } from './event-delta.ts';
import { type BlockColumns, blockValues, entryCrc } from './ledger-file.ts';
import { rowCheck } from './row-check.ts';

/** The block of height 0, as genesis builds it. */
export interface GenesisBlock {
  readonly hash: BlockHash;
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  readonly events: readonly LedgerEvent[];
  readonly validators: ValidatorSet;
}

/** Everything that the rows of a block hold. */
export interface NewBlock extends BlockEvents {
  readonly height: Height;
  readonly hash: BlockHash;
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  readonly certificate: Certificate;
  /** Where the header hands over. */
  readonly nextValidators?: ValidatorSet;
  readonly batch: Batch;
  /** Number of its first transaction that ran. */
  readonly first: number;
  readonly ran: readonly NewEntry[];
  readonly failed: number;
  readonly skipped: readonly { readonly place: number; readonly envelope: Uint8Array }[];
}

export interface NewEntry {
  readonly envelope: Uint8Array;
  readonly outcome: Uint8Array;
  readonly events: Uint8Array;
  /** Identity id; empty if the sender's key was unknown. */
  readonly sender: string;
}

export interface BlockWriter {
  insertGenesis(genesis: GenesisBlock): void;
  /** In place of damaged rows. */
  replaceGenesis(genesis: GenesisBlock): void;
  /** @returns about how many bytes were written. */
  insert(block: NewBlock): number;
  /** Takes the place of all rows that the block has now. To be called inside a transaction. */
  replace(block: NewBlock): void;
}

export function newBlockOf(
  block: ExecutedBlock,
  certificate: Certificate,
  batch: Batch,
  envelopes: readonly Uint8Array[],
  first: number,
): NewBlock {
  const { height, hash, header, headerBytes, ran, boundary } = block;
  return {
    height,
    hash,
    header,
    headerBytes,
    certificate,
    ...(boundary.kind === 'handover' && { nextValidators: boundary.next.validators }),
    batch,
    first,
    ran: ran.map(({ transaction, outcomeBytes, eventsBytes, sender = '' }) => ({
      envelope: transaction.envelope,
      outcome: outcomeBytes,
      events: eventsBytes,
      sender,
    })),
    failed: ran.filter(({ outcome }) => outcome.status === 'failed').length,
    opening: block.opening,
    closing: block.closing,
    skipped: block.skipped.length === 0 ? [] : skippedOf(block, batch, envelopes),
  };
}

function skippedOf(block: ExecutedBlock, batch: Batch, envelopes: readonly Uint8Array[]) {
  const ran = new Set(block.ran.map(({ transaction }) => transaction.id));
  // An id may stand in a batch twice; it ran the first time only.
  return batch.ids.flatMap((id, place) => (ran.delete(id) ? [] : [{ place, envelope: envelopes[place]! }]));
}

export function blockWriter(database: Database): BlockWriter {
  const insertBlock = database.prepare('INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const insertEntry = database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)');
  const insertGenesis = database.prepare('INSERT INTO genesis VALUES (1, ?, ?, ?)');
  const insertSkipped = database.prepare('INSERT INTO skipped VALUES (?, ?, ?)');
  const deleteBlock = database.prepare('DELETE FROM blocks WHERE height = ?');
  const deleteEntries = database.prepare('DELETE FROM entries WHERE number >= ? AND number < ?');
  const deleteSkipped = database.prepare('DELETE FROM skipped WHERE height = ?');
  const putEpoch = epochWriter(database);

  function writeBlock(height: Height, row: BlockColumns): void {
    insertBlock.run(...blockValues(height, row));
  }

  function writeEntries({ height, first, ran }: NewBlock): number {
    let bytes = 0;
    ran.forEach(({ envelope, outcome, events, sender }, index) => {
      const delta = deflateEvents(events, envelope);
      const number = first + index;
      const crc = entryCrc({ number, height, envelope, outcome, events: delta, sender });
      insertEntry.run(number, height, envelope, outcome, delta, sender, crc);
      bytes += envelope.length + outcome.length + delta.length;
    });
    return bytes;
  }

  function writeGenesis(genesis: GenesisBlock): void {
    const none = new Uint8Array(0);
    const numbers = { first: 0, ran: 0, failed: 0 };
    const { headerBytes: header } = genesis;
    const hash = fromHex(genesis.hash);
    const batch = encodeBatch(nullBatch);
    writeBlock(heightOf(0), { hash, header, certificate: none, batch, ...numbers, events: none });
    const parts = [encodeEvents(genesis.events), encodeValidatorSet(genesis.validators)] as const;
    insertGenesis.run(...parts, rowCheck('genesis', 1, ...parts));
  }

  function insert(block: NewBlock): number {
    const { height, headerBytes: header, first, ran, failed } = block;
    const hash = fromHex(block.hash);
    const batch = encodeBatch(block.batch);
    const certificate = encodeCertificate(block.certificate);
    const events = encodeBlockEvents(block);
    writeBlock(height, { hash, header, certificate, batch, first, ran: ran.length, failed, events });
    putEpoch(block.header, block.nextValidators);
    for (const { place, envelope } of block.skipped) insertSkipped.run(height, place, envelope);
    return batch.length + writeEntries(block);
  }

  return {
    insert,
    replace(block) {
      deleteBlock.run(block.height);
      deleteEntries.run(block.first, block.first + block.ran.length);
      deleteSkipped.run(block.height);
      insert(block);
    },
    insertGenesis: database.transaction(writeGenesis),
    replaceGenesis: database.transaction((genesis: GenesisBlock) => {
      deleteBlock.run(0);
      database.exec('DELETE FROM genesis');
      writeGenesis(genesis);
    }),
  };
}

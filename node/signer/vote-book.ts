/** `signer.db`: every slot that the signer filled, and the hand-overs that it followed; durable before it signs. */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { slotOf } from '../../shared/codec/conflict.ts';
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import type { SlotContent } from '../../shared/types/messages.ts';
import { type Database, moveWal, openDatabase } from '../storage/database.ts';
import { damaged, naming, StorageError } from '../storage/errors.ts';
import { checkHolds, isBytes, plainBytes, rowCheck } from '../storage/row-check.ts';
import { SignerError } from './errors.ts';
import {
  createVoteMemory,
  type HeightRange,
  heightOfSlot,
  type OpenAnew,
  type VoteMemory,
  viewOfSlot,
  viewsKept,
} from './vote-memory.ts';

export const voteBookFileName = 'signer.db';

const migrations = [
  `CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL, row_check BLOB NOT NULL) WITHOUT ROWID;
   CREATE TABLE slots (kind TEXT NOT NULL, slot TEXT NOT NULL, epoch INTEGER NOT NULL, view INTEGER NOT NULL,
     height INTEGER NOT NULL, content BLOB NOT NULL, row_check BLOB NOT NULL, PRIMARY KEY (kind, slot)) WITHOUT ROWID;
   CREATE INDEX slots_by_height ON slots (height);
   CREATE TABLE links (epoch INTEGER PRIMARY KEY, link BLOB NOT NULL, row_check BLOB NOT NULL);`,
];
const format = { migrations, synchronous: 'FULL', pageBytes: 4_096, cacheKibibytes: 2_048 } as const;
/** Slots written between two checkpoints of the write-ahead log. */
const slotsPerCheckpoint = 4_096;
/** Heights by which the floor rises before rows leave. */
const pruneEvery = 256;

export interface Owner {
  readonly network: string;
  readonly validator: string;
}

export interface SlotRequest {
  readonly slot: SlotContent;
  readonly range: HeightRange;
  /** Whether a recovery gave up what was signed for this slot before, so that it may be filled anew. */
  readonly isOpenAnew?: OpenAnew;
}

export interface VoteBook {
  /** All or nothing; durable when it returns. @throws SignerRefusal, or StorageError, after which nothing is signed any more */
  record(requests: readonly SlotRequest[]): void;
  readonly memory: Pick<VoteMemory, 'highest' | 'floor' | 'askedView'>;
  /** Encoded hand-overs from genesis on, in order. */
  links(): readonly Uint8Array[];
  addLink(epoch: number, link: Uint8Array): void;
  close(): void;
}

/** Made once for a key: where votes are forgotten, the key may fill a slot twice. @throws SignerError `signer-store-exists`, StorageError */
export function createVoteBook(file: string, owner: Owner): void {
  if (existsSync(file)) throw new SignerError('signer-store-exists', { file });
  const unfinished = `${file}.${process.pid}.unfinished`;
  const database = openDatabase(unfinished, format);
  try {
    const insert = database.prepare('INSERT INTO facts VALUES (?, ?, ?)');
    for (const name of ['network', 'validator'] as const) {
      const value = Buffer.from(owner[name]);
      naming(unfinished, () => insert.run(name, value, rowCheck('facts', name, value)));
    }
  } finally {
    database.close();
  }
  try {
    linkSync(unfinished, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new SignerError('signer-store-exists', { file });
    throw error;
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${unfinished}${suffix}`, { force: true });
  }
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** @throws SignerError `signer-store-missing`, StorageError */
export function openVoteBook(file: string, owner: Owner): VoteBook {
  if (!existsSync(file)) throw new SignerError('signer-store-missing', { file });
  const database = openDatabase(file, format);
  try {
    naming(file, () => checkOwner(database, file, owner));
    const memory = createVoteMemory();
    for (const slot of naming(file, () => readSlots(database, file))) memory.add(slot);
    return voteBook(database, file, memory);
  } catch (error) {
    database.close();
    throw error;
  }
}

function checkOwner(database: Database, file: string, owner: Owner): void {
  const select = database.prepare<[string], { value: Buffer; row_check: Buffer }>(
    'SELECT value, row_check FROM facts WHERE name = ?',
  );
  for (const name of ['network', 'validator'] as const) {
    const row = select.get(name);
    if (row === undefined || !checkHolds(row.row_check, 'facts', name, row.value))
      throw damaged(file, 'facts', name);
    const found = row.value.toString();
    if (found !== owner[name])
      throw new StorageError('other-network', { file, expected: owner[name], found });
  }
}

interface SlotRow {
  readonly kind: string;
  readonly slot: string;
  readonly content: Buffer;
  readonly row_check: Buffer;
}

/** The whole of it, so that damage is found at the start and not when a vote depends on it. */
function readSlots(database: Database, file: string): SlotContent[] {
  const rows = database.prepare<[], SlotRow>('SELECT kind, slot, content, row_check FROM slots').all();
  return rows.map(({ kind, slot, content, row_check }) => {
    const name = `${kind}/${slot}`;
    if (!isBytes(content) || !checkHolds(row_check, 'slots', name, content))
      throw damaged(file, 'slots', name);
    return decode(plainBytes(content)) as unknown as SlotContent;
  });
}

function voteBook(database: Database, file: string, memory: VoteMemory): VoteBook {
  // What was there is what a recovery gave up: the memory refuses all else.
  const insert = database.prepare('INSERT OR REPLACE INTO slots VALUES (?, ?, ?, ?, ?, ?, ?)');
  const dropHeights = database.prepare(
    "DELETE FROM slots WHERE height <= ? AND kind NOT IN ('view-change', 'new-view')",
  );
  const dropViews = database.prepare(
    "DELETE FROM slots WHERE kind IN ('view-change', 'new-view') AND epoch = ? AND view < ?",
  );
  const insertLink = database.prepare('INSERT INTO links VALUES (?, ?, ?)');
  const selectLinks = database.prepare<[], { epoch: number; link: Buffer; row_check: Buffer }>(
    'SELECT epoch, link, row_check FROM links ORDER BY epoch',
  );
  let written = 0;
  let prunedTo: number = memory.floor();

  const commit = database.transaction((slots: readonly SlotContent[]) => {
    for (const slot of slots) write(slot);
  });

  function write(slot: SlotContent): void {
    const content = encode(slot as unknown as CborValue);
    const name = slotOf(slot);
    insert.run(
      slot.kind,
      name,
      slot.epoch,
      viewOfSlot(slot),
      heightOfSlot(slot),
      content,
      rowCheck('slots', `${slot.kind}/${name}`, content),
    );
  }

  function record(requests: readonly SlotRequest[]): void {
    const draft = memory.draft();
    const fresh: SlotContent[] = [];
    for (const { slot, range, isOpenAnew } of requests) {
      if (draft.judge(slot, range, isOpenAnew) === 'repeated') continue;
      draft.add(slot);
      fresh.push(slot);
    }
    if (fresh.length === 0) return;
    naming(file, () => commit.immediate(fresh));
    for (const slot of fresh) memory.add(slot);
    tidy(fresh);
  }

  /** What may be forgotten leaves in a transaction of its own: losing it again costs nothing. */
  function tidy(fresh: readonly SlotContent[]): void {
    written += fresh.length;
    const views = fresh.filter(({ kind }) => kind === 'view-change');
    const isDue = memory.floor() >= prunedTo + pruneEvery;
    if (!isDue && views.length === 0 && written < slotsPerCheckpoint) return;
    if (isDue) prunedTo = memory.floor();
    naming(file, () => {
      if (isDue) dropHeights.run(prunedTo);
      for (const { epoch } of views) dropViews.run(epoch, memory.askedView(epoch) - viewsKept);
      if (written >= slotsPerCheckpoint) moveWal(database);
    });
    if (written >= slotsPerCheckpoint) written = 0;
    memory.forget();
  }

  return {
    record,
    memory,
    links: () =>
      naming(file, () =>
        selectLinks.all().map(({ epoch, link, row_check }) => {
          if (!isBytes(link) || !checkHolds(row_check, 'links', epoch, link))
            throw damaged(file, 'links', epoch);
          return plainBytes(link);
        }),
      ),
    addLink(epoch, link) {
      naming(file, () => insertLink.run(epoch, link, rowCheck('links', epoch, link)));
    },
    close: () => database.close(),
  };
}

/**
 * Sets of validators that blocks hand over to, beside the blocks: headers name them by digest only, and who serves a
 * header that hands over serves the set with it (rules C1, E2). Epoch 0 has none: genesis names its set.
 */
import { decodeValidatorSet, encodeValidatorSet, validatorSetDigest } from '../../shared/codec/ledger.ts';
import { type Epoch, epochOf, type Height } from '../../shared/types/brands.ts';
import type { Header, ValidatorSet } from '../../shared/types/ledger.ts';
import type { Database } from './database.ts';
import { damaged, naming } from './errors.ts';
import { checkHolds, isBytes, plainBytes, rowCheck } from './row-check.ts';

export const epochTable = `CREATE TABLE epochs (epoch INTEGER PRIMARY KEY, first_height INTEGER NOT NULL,
  validators BLOB NOT NULL, row_check BLOB NOT NULL);`;

export interface EpochRows {
  /** First height of an epoch that a stored block handed over to. */
  firstHeight(epoch: Epoch): Height | undefined;
  /** The set of an epoch that a block handed over to; its header names the digest. @throws StorageError `data-damaged` */
  setOf(epoch: Epoch): ValidatorSet | undefined;
  /** The set that this header hands over to; undefined if it does not. @throws StorageError `data-damaged` */
  handedOver(header: Header): ValidatorSet | undefined;
  /** The newest one that stands here; 0 if none does. */
  last(): Epoch;
}

interface StoredEpoch {
  readonly epoch: number;
  readonly first_height: number;
  readonly validators: Buffer;
  readonly row_check: Buffer;
}

/** Rule E2: only the last block of an epoch names another one to follow it. */
export const handsOver = ({ epoch, nextEpoch }: Pick<Header, 'epoch' | 'nextEpoch'>): boolean =>
  nextEpoch !== epoch;

export function epochRows(database: Database, file: string): EpochRows {
  // A reader changes nothing: a file of an older version has no such table, and one epoch.
  const hasTable = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'epochs'").get() !== undefined;
  const select = hasTable
    ? database.prepare<[number], StoredEpoch>('SELECT * FROM epochs WHERE epoch = ?')
    : undefined;
  const selectLast = hasTable
    ? database.prepare<[], number | null>('SELECT max(epoch) FROM epochs').pluck()
    : undefined;

  function read(epoch: Epoch): StoredEpoch | undefined {
    const row = naming(file, () => select?.get(epoch));
    if (row === undefined) return undefined;
    const { first_height, validators, row_check } = row;
    const isWhole = isBytes(validators) && checkHolds(row_check, 'epochs', epoch, ...parts(row));
    if (!isWhole || !Number.isSafeInteger(first_height)) throw damaged(file, 'epochs', epoch);
    return row;
  }

  function setOf(epoch: Epoch): ValidatorSet | undefined {
    const row = read(epoch);
    return row && decodeValidatorSet(plainBytes(row.validators));
  }

  function handedOver(header: Header): ValidatorSet | undefined {
    if (!handsOver(header)) return undefined;
    const set = setOf(header.nextEpoch);
    if (set === undefined || validatorSetDigest(set) !== header.nextValidators)
      throw damaged(file, 'epochs', header.nextEpoch);
    return set;
  }

  return {
    firstHeight: (epoch) => read(epoch)?.first_height as Height | undefined,
    setOf,
    handedOver,
    last: () => epochOf(naming(file, () => selectLast?.get()) ?? 0),
  };
}

/** @returns what keeps the set that a header hands over to; to be called inside a transaction. */
export function epochWriter(database: Database): (header: Header, set: ValidatorSet | undefined) => void {
  const insert = database.prepare('INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?)');
  return (header, set) => {
    if (!handsOver(header)) return;
    if (set === undefined || validatorSetDigest(set) !== header.nextValidators)
      throw new Error(`Block ${header.height} hands over to another set than the one that came with it`);
    const row = { first_height: header.height + 1, validators: encodeValidatorSet(set) };
    const check = rowCheck('epochs', header.nextEpoch, ...parts(row));
    insert.run(header.nextEpoch, row.first_height, row.validators, check);
  };
}

const parts = (
  row: Pick<StoredEpoch, 'first_height'> & { readonly validators: Uint8Array },
): Uint8Array[] => [Buffer.from(String(row.first_height)), row.validators];

/** Everything that can go wrong with a data directory, by name; SQLite's own codes never travel further. */
import Database from 'better-sqlite3';

export type StorageErrorCode =
  /** Another process holds the directory. */
  | 'directory-locked'
  /** The directory belongs to a network with another genesis. */
  | 'other-network'
  /** Written by a newer version of this program. */
  | 'schema-too-new'
  /** There is no ledger in the directory. */
  | 'ledger-missing'
  /** A row or a file differs from its digest or its format. Facts: file, table, key. */
  | 'data-damaged'
  /** A height that does not follow the last one. */
  | 'height-gap'
  /** A cursor that no answer of this list gave. */
  | 'cursor-invalid'
  /** A question about a height, a block or a place that the ledger does not have. */
  | 'not-in-ledger'
  /** The body of this block is not here any more, or never was; facts: bodiesFrom, from where on all are. */
  | 'pruned'
  /** The members recovered the network otherwise than this node has accepted: an epoch ends once. */
  | 'other-recovery'
  /** What the operator accepted is not what its digest says: nothing else tells where the ledger breaks. */
  | 'recovery-damaged'
  /** Bodies may only go where a snapshot holds the state behind them. */
  | 'snapshot-missing'
  | 'disk-full'
  | 'disk-read-only'
  | 'disk-error'
  | 'file-unopenable';

export type StorageFacts = { readonly [name: string]: string | number };

export class StorageError extends Error {
  readonly code: StorageErrorCode;
  readonly facts: StorageFacts;
  constructor(code: StorageErrorCode, facts: StorageFacts, options?: { readonly cause: unknown }) {
    super(`${headlines[code]} (${describeFacts(facts)})`, options);
    this.name = 'StorageError';
    this.code = code;
    this.facts = facts;
  }
}

/** What people see: one sentence, the facts, and what to do next. */
export function explainStorageError(error: StorageError): {
  readonly headline: string;
  readonly facts: StorageFacts;
  readonly nextStep: string;
} {
  return { headline: headlines[error.code], facts: error.facts, nextStep: nextSteps[error.code] };
}

/** Damage found in one row. `key` is how an operator finds it, such as a height. */
export const damaged = (file: string, table: string, key: string | number): StorageError =>
  new StorageError('data-damaged', { file, table, key });

export const isDamage = (error: unknown): error is StorageError =>
  error instanceof StorageError && error.code === 'data-damaged';

/** @returns undefined where it is damaged; to be read with rows that tell of what they find, or nobody would know */
export function intact<Row>(read: () => Row): Row | undefined {
  try {
    return read();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

/** Translates what SQLite throws; anything else is a defect of this program and passes unchanged. */
export function namedError(error: unknown, file: string, table = ''): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const code = codeOf(error.code);
  const facts: StorageFacts =
    code === 'data-damaged' ? { file, table, key: '' } : { file, reason: error.message, sqlite: error.code };
  return new StorageError(code, facts, { cause: error });
}

/** Runs `work`, with SQLite's errors named. */
export function naming<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw namedError(error, file);
  }
}

/** The same for what the file system itself reports, such as EROFS. */
export function fileErrorOf(error: unknown, file: string): StorageError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new StorageError(fileCodes[code] ?? 'file-unopenable', { file, reason: message }, { cause: error });
}

const fileCodes: { readonly [errno: string]: StorageErrorCode } = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EROFS: 'disk-read-only',
  EIO: 'disk-error',
};

function codeOf(sqlite: string): StorageErrorCode {
  if (sqlite.startsWith('SQLITE_CORRUPT') || sqlite === 'SQLITE_NOTADB' || sqlite === 'SQLITE_FORMAT')
    return 'data-damaged';
  if (sqlite.startsWith('SQLITE_IOERR_CORRUPTFS') || sqlite === 'SQLITE_IOERR_DATA') return 'data-damaged';
  if (sqlite === 'SQLITE_FULL') return 'disk-full';
  if (sqlite.startsWith('SQLITE_READONLY') || sqlite === 'SQLITE_PERM') return 'disk-read-only';
  if (sqlite.startsWith('SQLITE_BUSY') || sqlite.startsWith('SQLITE_LOCKED')) return 'directory-locked';
  if (sqlite.startsWith('SQLITE_CANTOPEN')) return 'file-unopenable';
  return 'disk-error';
}

const describeFacts = (facts: StorageFacts): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');

const headlines: { readonly [Code in StorageErrorCode]: string } = {
  'directory-locked': 'The data directory is in use by another process',
  'other-network': 'The data directory belongs to another network',
  'schema-too-new': 'The data directory was written by a newer version of Concordat',
  'ledger-missing': 'There is no ledger in this directory',
  'data-damaged': 'Stored data is damaged',
  'height-gap': 'A block does not follow the last one',
  'cursor-invalid': 'This is not a cursor of this list',
  'not-in-ledger': 'The ledger has nothing at this place',
  pruned: 'This node does not keep the body of this block',
  'other-recovery': 'Another recovery was accepted here for the same epoch',
  'recovery-damaged': 'A recovery that was accepted here is damaged',
  'snapshot-missing': 'There is no snapshot behind which bodies could be removed',
  'disk-full': 'The disk is full',
  'disk-read-only': 'The disk or the file is read-only',
  'disk-error': 'The disk reported an error',
  'file-unopenable': 'A file of the data directory cannot be opened',
};

const nextSteps: { readonly [Code in StorageErrorCode]: string } = {
  'directory-locked': 'Stop the other node that uses this directory, or give this one another directory.',
  'other-network':
    'Check the data directory and the genesis in node.yaml: one of them is of another network.',
  'schema-too-new': 'Start the version of Concordat that wrote it, or a newer one.',
  'ledger-missing': 'Give the data directory of a node: the one that holds ledger.db.',
  'data-damaged':
    'Keep a copy of the directory, check the disk, and let the node fetch the ledger again into an empty directory.',
  'height-gap': 'Restart the node; if it happens again, report it with the log.',
  'cursor-invalid': 'Ask for the first page without a cursor, then use `next` of each answer.',
  'not-in-ledger':
    'Ask for a height up to the certified one, and an index below the number of its transactions.',
  pruned:
    'Ask a node that keeps all blocks. Header, certificate and history of the block are here and prove it.',
  'other-recovery':
    'Do not force it: two recoveries make two networks. Compare the digests with all members; whoever accepted the wrong one begins again with an empty data directory.',
  'recovery-damaged':
    'Check the disk. Then run `concordat network recover accept` again with the same bundle, which any other member has, and the same digest: it puts the certificate back. Start the node.',
  'snapshot-missing':
    'Run the node until it has taken one: snapshots.every_blocks in node.yaml, and docs/configuration.md, say at which heights.',
  'disk-full': 'Free space on the disk that holds the data directory and start the node again.',
  'disk-read-only': 'Make the data directory writable for the user that runs the node.',
  'disk-error': 'Check the disk and the system log before the node is started again.',
  'file-unopenable':
    'Check that the directory exists and that the user that runs the node may open its files.',
};

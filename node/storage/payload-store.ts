/**
 * `payloads.db`: bytes that events name by digest. The digest proves them, so that a row needs no check of its own.
 * What is erased is overwritten (`secure_delete`), and the write-ahead log, which may hold it still, is moved into the
 * file and cut off before anybody is told that it is gone.
 */
import { payloadDigest } from '../../shared/codec/payload.ts';
import type { Digest } from '../../shared/types/brands.ts';
import type { LogPort, PayloadStorePort } from '../runtime/ports.ts';
import { type Database, moveWal, openDatabase } from './database.ts';
import { namedError, naming, StorageError } from './errors.ts';
import { type Fatal, makeGroupCommit } from './group-commit.ts';
import { type PayloadRows, payloadMigrations, payloadRows } from './payload-rows.ts';
import { isBytes, plainBytes } from './row-check.ts';

export const payloadsFileName = 'payloads.db';

export interface PayloadStore extends PayloadStorePort {
  close(): void;
}

export interface PayloadStoreOptions {
  readonly log: LogPort;
  readonly fatal: Fatal;
}

/** Whoever reads the whole file, such as a copy of it, takes longer. */
const againMs = 500;
/** Erased in one commit: overwriting a gigabyte at once would keep the whole node waiting. */
const erasedAtOnceBytes = 8 * 2 ** 20;

export function openPayloadStore(file: string, { log, fatal }: PayloadStoreOptions): PayloadStore {
  const database = openDatabase(file, {
    migrations: payloadMigrations,
    synchronous: 'FULL',
    pageBytes: 8_192,
    cacheKibibytes: 4_096,
  });
  try {
    naming(file, () => database.pragma('secure_delete = ON'));
    const group = makeGroupCommit({ database, file, walBytesMax: 16 * 2 ** 20, fatal });
    const rows = naming(file, () => payloadRows(database));
    return payloadStore({ database, file, rows, group, log, fatal });
  } catch (error) {
    database.close();
    throw error;
  }
}

interface StoreParts {
  readonly database: Database;
  readonly file: string;
  readonly rows: PayloadRows;
  readonly group: ReturnType<typeof makeGroupCommit>;
  readonly log: LogPort;
  readonly fatal: Fatal;
}

function payloadStore({ database, file, rows, group, log, fatal }: StoreParts): PayloadStore {
  const read = <Result>(work: () => Result): Result => naming(file, work);
  let isClosed = false;
  /** Erased, and to be told once the log is cut. */
  let uncut: (() => void)[] = [];
  let isCutSoon = false;

  /** A payload that is damaged is as good as lost: the runtime fetches it again. */
  function get(digest: Digest): Uint8Array | undefined {
    const bytes = read(() => rows.bytes(digest));
    if (bytes === undefined) return undefined;
    if (isBytes(bytes) && payloadDigest(bytes) === digest) return plainBytes(bytes);
    log.write('error', 'data-damaged', { file, table: 'payloads', key: digest });
    group.add(() => rows.remove(digest));
    return undefined;
  }

  function erase(
    digests: readonly Digest[],
    done: () => void,
    committed: () => void = () => undefined,
  ): void {
    const { slice, rest } = sliceOf(digests);
    group.add(
      () => slice.reduce((bytes, digest) => bytes + rows.remove(digest), 0),
      () => {
        // What is left when the store closes is found after the next start.
        if (rest.length > 0 && !isClosed) erase(rest, done, committed);
        else if (rest.length === 0) {
          committed();
          // Pages of what was erased may stand in the log, in the form that they had before.
          uncut.push(done);
          if (!isCutSoon) cutLog();
        }
      },
    );
  }

  function sliceOf(digests: readonly Digest[]): {
    readonly slice: readonly Digest[];
    readonly rest: readonly Digest[];
  } {
    let bytes = 0;
    const over = digests.findIndex((digest, index) => {
      bytes += read(() => rows.size(digest)) ?? 0;
      return index > 0 && bytes > erasedAtOnceBytes;
    });
    if (over < 0) return { slice: digests, rest: [] };
    return { slice: digests.slice(0, over), rest: digests.slice(over) };
  }

  /** Again later, while somebody else reads the file: once for all that was erased meanwhile, however much it is. */
  function cutLog(): void {
    if (!database.open) return;
    try {
      if (!moveWal(database, 'TRUNCATE')) {
        isCutSoon = true;
        setTimeout(() => {
          isCutSoon = false;
          cutLog();
        }, againMs).unref();
        return;
      }
      const told = uncut;
      uncut = [];
      for (const done of told) done();
    } catch (error) {
      const named = namedError(error, file);
      if (!(named instanceof StorageError)) throw named;
      fatal(named.code, named.facts);
    }
  }

  // Erased by a process that was killed before it could cut the log, while somebody reads the file since.
  cutLog();

  return {
    size: (digest) => read(() => rows.size(digest)),
    get,
    saysErasable: (digest) => read(() => rows.saysErasable(digest)),
    put: (items, atMs, done) =>
      group.add(
        () => items.reduce((sum, { digest, bytes }) => sum + rows.insert(digest, bytes, atMs), 0),
        done,
      ),
    arrivedAgain: (digests, arrivedMs) =>
      group.later(() => {
        for (const digest of digests) rows.arrivedAgain(digest, arrivedMs);
        return digests.length * 64;
      }),
    keep: (digests) =>
      group.later(() => {
        digests.forEach(rows.keep);
        return digests.length * 64;
      }),
    loose(beforeMs, countMax) {
      // Those that something named a moment ago are not to be given up.
      group.flush();
      return read(() => rows.loose(beforeMs, countMax));
    },
    erase,
    figures: rows.sums,
    close() {
      isClosed = true;
      group.flush();
      database.close();
    },
  };
}

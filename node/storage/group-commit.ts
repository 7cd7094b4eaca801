/** Group commit (rule D1): all writes of one turn of the event loop share one transaction and one fsync. */
import { type Database, moveWal } from './database.ts';
import { namedError, StorageError, type StorageFacts } from './errors.ts';

/** The node must stop now. Nothing that was not confirmed before counts as written (rule D2). */
export type Fatal = (code: string, facts: { readonly [name: string]: unknown }) => void;

export interface GroupCommit {
  /** `write` runs inside the shared transaction and returns about how many bytes it wrote; `done` after the fsync. */
  add(write: () => number, done?: () => void): void;
  /** A write that nobody waits for: it goes with the next commit and causes no fsync of its own. */
  later(write: () => number): void;
  /** Commits what is pending now, instead of at the end of the turn. */
  flush(): void;
}

interface Pending {
  readonly write: () => number;
  readonly done: (() => void) | undefined;
}

export interface GroupCommitOptions {
  readonly database: Database;
  readonly file: string;
  /** After about so many bytes the write-ahead log is moved into the file. */
  readonly walBytesMax: number;
  readonly fatal: Fatal;
  /** Told how long each commit took, fsync included. */
  readonly committed?: (durationMs: number) => void;
  /** A clock for it. */
  readonly nowMs?: () => number;
}

export function makeGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { database, file, walBytesMax, fatal, committed, nowMs = () => performance.now() } = options;
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  let pending: Pending[] = [];
  let scheduled: NodeJS.Immediate | undefined;
  let walBytes = 0;
  let broken = false;

  function add(write: () => number, done?: () => void): void {
    if (broken) return;
    pending.push({ write, done });
    scheduled ??= setImmediate(flush);
  }

  function later(write: () => number): void {
    if (!broken) pending.push({ write, done: undefined });
  }

  function flush(): void {
    if (scheduled !== undefined) clearImmediate(scheduled);
    scheduled = undefined;
    if (pending.length === 0 || broken) return;
    const group = pending;
    pending = [];
    if (commitGroup(group)) for (const { done } of group) done?.();
  }

  function commitGroup(group: readonly Pending[]): boolean {
    const startedMs = nowMs();
    try {
      begin.run();
      for (const { write } of group) walBytes += write();
      commit.run();
      if (walBytes >= walBytesMax) {
        moveWal(database);
        walBytes = 0;
      }
      committed?.(nowMs() - startedMs);
      return true;
    } catch (error) {
      stop(error);
      return false;
    }
  }

  /** Never retried: after a failed fsync the kernel may report the lost pages as clean. */
  function stop(error: unknown): void {
    broken = true;
    pending = [];
    const named = namedError(error, file);
    if (!(named instanceof StorageError)) throw named;
    const facts: StorageFacts = named.facts;
    fatal(named.code, facts);
  }

  return { add, later, flush };
}

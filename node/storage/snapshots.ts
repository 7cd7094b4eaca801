/**
 * The snapshots of a node: taken at due heights between its other work, a bounded number kept, served to peers, and
 * one taken in from them (rule C2, docs/decisions/009). Where bodies of blocks are missing, one of them is whole: state
 * can come from nothing else.
 */
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import type { Digest, Height } from '../../shared/types/brands.ts';
import type { LogPort, SnapshotPort } from '../runtime/ports.ts';
import { noteDamage } from './derived-damage.ts';
import { isDamage, StorageError } from './errors.ts';
import type { LedgerRows } from './ledger-file.ts';
import {
  draftSnapshot,
  listSnapshots,
  openSnapshot,
  type SnapshotDraft,
  type SnapshotFile,
  snapshotsDirectoryName,
} from './snapshot-files.ts';
import { isSnapshotHeight } from './snapshot-heights.ts';
import { beginIntake, type OpenIntake, openIntake } from './snapshot-intake.ts';
import { createPace, type SnapshotPace } from './snapshot-pace.ts';
import { completeSnapshot, openSlicedEvents, proveSnapshot, type SlicedEvents } from './snapshot-parts.ts';
import { type SnapshotSource, writeSnapshot } from './snapshot-writer.ts';
import { stateRows } from './state-rows.ts';
import type { SnapshotTaker } from './state-store.ts';

export interface SnapshotSettings {
  /** A snapshot is taken at every multiple of this height, later less often; 0 takes none. */
  readonly everyBlocks: number;
  /** The newest ones that are kept. */
  readonly keep: number;
}

export interface Snapshots extends SnapshotPort, SnapshotTaker {
  /** Ends the one under way now, however long it takes. */
  settle(): void;
  /** Goes on where a kill left the newest one that has to be whole; to be called when state is open. */
  resume(): void;
  /** Makes the newest one whole and proves it, however long it takes. @returns it, if there is one @throws StorageError `data-damaged` */
  completeNewest(): SnapshotFile | undefined;
  /** Newest one that needs nothing but its file. */
  newestWhole(): SnapshotFile | undefined;
  close(): void;
}

export interface SnapshotsOptions extends SnapshotSettings {
  readonly directory: string;
  readonly derivedFile: string;
  readonly rows: LedgerRows;
  readonly log: LogPort;
}

/** The work of one turn of the event loop, if no step of it takes longer. */
const turnMs = 4;
/** One that a peer reads from is kept for so long after it was last asked, even beyond `keep`. */
const inUseMs = 120_000;
const keptInUseMax = 2;
/** Blocks after which one that has to be there and could not be written is tried again. */
const triedAgainBlocks = 64;

interface Underway {
  readonly pace: SnapshotPace;
  /** Share of the work, 0 to 1. */
  done: number;
  /** @returns whether it is whole */
  step(): boolean;
  abandon(): void;
}

export function openSnapshots(options: SnapshotsOptions): Snapshots {
  const { directory, derivedFile, rows, log, everyBlocks, keep } = options;
  const folder = join(directory, snapshotsDirectoryName);
  let files: SnapshotFile[] = listSnapshots(folder, log);
  const usedAt = new Map<Digest, number>();
  let openedEvents: SlicedEvents | undefined;
  const events = (): SlicedEvents => (openedEvents ??= openSlicedEvents(derivedFile));
  let intake: OpenIntake | undefined;
  let underway: Underway | undefined;
  let dueBeforeMs: number | undefined;
  /** Of one that has to be there and is not. */
  let nextTry = 0;
  let timer: NodeJS.Timeout | undefined;

  function take({ height, hash, history }: Parameters<SnapshotTaker['take']>[0]): void {
    const nowMs = performance.now();
    const pace = createPace(nowMs, dueBeforeMs === undefined ? undefined : nowMs - dueBeforeMs);
    dueBeforeMs = nowMs;
    nextTry = height + triedAgainBlocks;
    if (underway !== undefined) {
      log.write('warn', 'snapshot-skipped', { height, reason: 'the one before is still under way' });
      return;
    }
    const row = rows.block(height);
    if (row === undefined || row.hash !== hash) return;
    // Kept by a recovery, certified by nobody: who joins by it could not prove it.
    if (row.certificate?.seals.length === 0) return;
    // The same one, executed again; a new draft would take its place before it is whole.
    if (files.some((file) => file.isWhole && file.height === height)) return;
    const startedMs = Date.now();
    const draft = draftSnapshot(folder, height);
    const database = new SqliteDatabase(derivedFile, { readonly: true });
    // The transaction sees this height until it ends, whatever is written meanwhile.
    database.exec('BEGIN');
    const source = stateRows(database, derivedFile);
    if (source.checkpoint()?.height !== height)
      throw new Error(`the checkpoint is not the one of height ${height}`);
    const { header, headerBytes, first, ran } = row;
    const transactions = first + ran;
    const work = cut(
      { rows: source, file: derivedFile, header, headerBytes, history, transactions },
      draft,
      () => {
        database.close();
        keepNew(height, Date.now() - startedMs);
      },
    );
    begin(work, pace, () => {
      if (!database.open) return;
      database.close();
      draft.abandon();
    });
  }

  function begin(work: Generator<number, void>, pace: SnapshotPace, abandon: () => void): void {
    underway = {
      pace,
      done: 0,
      step() {
        const next = work.next();
        if (next.done === true) return true;
        this.done = next.value;
        return false;
      },
      abandon() {
        work.return();
        abandon();
      },
    };
    timer = setTimeout(turn, pace.pauseMs(performance.now(), 0, 0));
  }

  function* cut(source: SnapshotSource, draft: SnapshotDraft, written: () => void): Generator<number, void> {
    yield* writeSnapshot(source, draft);
    written();
    yield* completeIfNeeded();
  }

  function* completeIfNeeded(): Generator<number, void> {
    if (needsWhole()) for (const _ of makeNewestWhole()) yield 1;
  }

  /** What a lost state comes from where blocks alone do not suffice. */
  function base(): SnapshotFile | undefined {
    const { bodiesFrom } = rows.base();
    return files.find(({ isWhole, height }) => isWhole && height + 1 >= bodiesFrom);
  }
  const needsWhole = (): boolean => rows.base().bodiesFrom > 1 && base() === undefined;

  /** A kill or a full disk left none: until there is one, a lost state could come from nothing. */
  const isMissed = (height: Height): boolean =>
    files.length === 0 && height >= nextTry && underway === undefined && needsWhole();

  function* makeNewestWhole(): Generator<void, void> {
    const [newest] = files;
    if (newest === undefined || newest.isWhole) return;
    const whole = yield* completeSnapshot(folder, newest, events());
    if (whole === undefined) return;
    files = files.map((file) => (file === newest ? whole : file));
    newest.close();
  }

  /** @returns whether nothing is under way any more. */
  function advance(): boolean {
    if (underway === undefined) return true;
    const current = underway;
    try {
      if (!current.step()) return false;
    } catch (error) {
      current.abandon();
      reportFailure(error);
    }
    underway = undefined;
    return true;
  }

  function turn(): void {
    const startedMs = performance.now();
    while (performance.now() < startedMs + turnMs) if (advance()) return;
    const { pace, done } = underway!;
    const nowMs = performance.now();
    timer = setTimeout(turn, pace.pauseMs(nowMs, done, nowMs - startedMs));
  }

  /** The node lives without it; the next one is tried when it is due. */
  function reportFailure(error: unknown): void {
    const facts = error instanceof StorageError ? error.facts : { reason: String(error) };
    const code = error instanceof StorageError ? error.code : 'snapshot-failed';
    log.write('error', code, { ...facts, action: 'no snapshot' });
    noteDamage(derivedFile, error, log);
  }

  function keepNew(height: Height, elapsedMs: number): void {
    const file = openSnapshot(folder, height);
    files = [file, ...files.filter((other) => other.height !== height)];
    log.write('info', 'snapshot-taken', { height, digest: file.digest, elapsedMs });
    const nowMs = Date.now();
    const inUse = ({ digest }: SnapshotFile): boolean => (usedAt.get(digest) ?? 0) > nowMs - inUseMs;
    const spare = rows.base().bodiesFrom > 1 ? base() : undefined;
    const old = files.slice(keep).filter((file) => file !== spare);
    const spared = old.filter(inUse).slice(0, keptInUseMax);
    const gone = old.filter((file) => !spared.includes(file));
    for (const file of gone) file.remove();
    files = files.filter((file) => !gone.includes(file));
  }

  const find = (digest: Digest): SnapshotFile | undefined => {
    const file = files.find((candidate) => candidate.digest === digest);
    if (file !== undefined) usedAt.set(digest, Date.now());
    return file;
  };

  /** Damage ends the snapshot, not the node. */
  function intactPart(file: SnapshotFile, piece: number, part: number): Uint8Array | undefined {
    try {
      const slices = file.slices(piece, part);
      return slices === undefined ? file.part(piece, part) : events().part(slices, file.height);
    } catch (error) {
      reportFailure(error);
      drop(file);
      return undefined;
    }
  }

  function drop(file: SnapshotFile): void {
    file.remove();
    files = files.filter((other) => other !== file);
  }

  function isServed(file: SnapshotFile): boolean {
    try {
      return file.isWhole || events().reaches(file.height);
    } catch (error) {
      reportFailure(error);
      return false;
    }
  }

  const newestWhole = (): SnapshotFile | undefined => files.find(({ isWhole }) => isWhole);

  function completeNewest(): SnapshotFile | undefined {
    const known = newestWhole();
    try {
      for (const _ of makeNewestWhole());
    } catch (error) {
      noteDamage(derivedFile, error, log);
      throw error;
    }
    const whole = newestWhole();
    // What became whole just now was proven then.
    if (whole !== undefined && whole === known) prove(whole);
    return whole;
  }

  function prove(file: SnapshotFile): void {
    try {
      for (const _ of proveSnapshot(file));
    } catch (error) {
      if (isDamage(error)) drop(file);
      throw error;
    }
  }

  return {
    isDue: (height) => isSnapshotHeight(height, everyBlocks) || isMissed(height),
    take(checkpoint) {
      try {
        take(checkpoint);
      } catch (error) {
        reportFailure(error);
      }
    },
    settle() {
      clearTimeout(timer);
      while (!advance());
    },
    resume() {
      if (underway !== undefined || files.length === 0 || !needsWhole()) return;
      begin(completeIfNeeded(), createPace(performance.now(), undefined), () => {});
    },
    completeNewest() {
      this.settle();
      return completeNewest();
    },
    newestWhole,
    offers: () =>
      files
        .slice(0, keep)
        .filter(isServed)
        .map(({ height, digest }) => ({ height, manifest: digest })),
    manifest(digest) {
      const file = find(digest);
      const certificate = file && rows.block(file.height)?.certificate;
      return file && certificate && { bytes: file.manifest, certificate };
    },
    part(digest, piece, part) {
      const file = find(digest);
      return file && intactPart(file, piece, part);
    },
    unfinished() {
      intake ??= openIntake(directory);
      return intake?.isComplete === true ? undefined : intake;
    },
    begin(manifest, certificate) {
      intake?.close();
      intake = beginIntake(directory, manifest, certificate);
      return intake;
    },
    close() {
      clearTimeout(timer);
      underway?.abandon();
      underway = undefined;
      intake?.close();
      openedEvents?.close();
      for (const file of files) file.close();
    },
  };
}

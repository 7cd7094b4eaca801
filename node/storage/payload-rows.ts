/**
 * Rows of `payloads.db`, and their sums: moved with each write, since whoever asks how much is here asks often, and
 * counting all rows would take as long as there are many. Whoever writes a row goes through here.
 */
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import { erasableBeginning, saysErasable } from '../../shared/codec/payload.ts';
import type { Digest } from '../../shared/types/brands.ts';
import type { Database } from './database.ts';

/**
 * The index answers what is here and how much of it, without the pages of the bytes. Which ones say of themselves that
 * they may be erased stands beside them: behind the bytes, each look would read those.
 */
export const payloadMigrations = [
  `CREATE TABLE payloads (digest BLOB PRIMARY KEY, loose INTEGER NOT NULL, arrived INTEGER NOT NULL,
     size INTEGER NOT NULL, bytes BLOB NOT NULL);
   CREATE INDEX payloads_by_arrival ON payloads (loose, arrived, size);`,
  // Marked whenever they came: what one node calls erasable and another does not, they would not order together.
  `CREATE TABLE loose_shares (digest BLOB PRIMARY KEY, share TEXT NOT NULL, size INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE erasable (digest BLOB PRIMARY KEY) WITHOUT ROWID;
   INSERT INTO erasable SELECT digest FROM payloads
     WHERE substr(bytes, 1, ${erasableBeginning.length}) = x'${toHex(erasableBeginning)}';`,
  // Room is bound to the pool, which is in memory (runtime/payload-room.ts).
  'DROP TABLE loose_shares;',
];

export interface PayloadSums {
  readonly count: number;
  readonly bytes: number;
  readonly looseBytes: number;
}

export type PayloadRows = ReturnType<typeof payloadRows>;

export function payloadRows(database: Database) {
  const insert = database.prepare(
    'INSERT INTO payloads (digest, loose, arrived, size, bytes) VALUES (?, 1, ?, ?, ?)',
  );
  const remove = database.prepare<[Uint8Array], { readonly size: number; readonly loose: number }>(
    'DELETE FROM payloads WHERE digest = ? RETURNING size, loose',
  );
  const again = database.prepare(
    'UPDATE payloads SET arrived = max(arrived, ?) WHERE digest = ? AND loose = 1',
  );
  const keep = database
    .prepare<[Uint8Array], number>(
      'UPDATE payloads SET loose = 0 WHERE digest = ? AND loose = 1 RETURNING size',
    )
    .pluck();
  const bytesOf = database
    .prepare<[Uint8Array], Buffer>('SELECT bytes FROM payloads WHERE digest = ?')
    .pluck();
  const sizeOf = database.prepare<[Uint8Array], number>('SELECT size FROM payloads WHERE digest = ?').pluck();
  const loose = database
    .prepare<[number, number], Buffer>(
      'SELECT digest FROM payloads WHERE loose = 1 AND arrived < ? ORDER BY arrived LIMIT ?',
    )
    .pluck();
  const markErasable = database.prepare('INSERT INTO erasable (digest) VALUES (?)');
  const unmark = database.prepare('DELETE FROM erasable WHERE digest = ?');
  const isMarked = database.prepare<[Uint8Array], number>('SELECT 1 FROM erasable WHERE digest = ?').pluck();

  let { count, bytes, looseBytes } = countAll(database);

  return {
    /** @returns about how many bytes it wrote */
    insert(digest: Digest, content: Uint8Array, arrivedMs: number): number {
      const key = fromHex(digest);
      if (sizeOf.get(key) !== undefined) {
        again.run(Math.floor(arrivedMs), key);
        return 64;
      }
      const size = content.length;
      insert.run(key, Math.floor(arrivedMs), size, content);
      if (saysErasable(content)) markErasable.run(key);
      count += 1;
      bytes += size;
      looseBytes += size;
      return size;
    },
    /** @returns about how many bytes it wrote: each page of it is overwritten */
    remove(digest: Digest): number {
      const key = fromHex(digest);
      const removed = remove.get(key);
      if (removed === undefined) return 64;
      unmark.run(key);
      count -= 1;
      bytes -= removed.size;
      if (removed.loose === 1) looseBytes -= removed.size;
      return removed.size + 64;
    },
    arrivedAgain: (digest: Digest, arrivedMs: number) => again.run(Math.floor(arrivedMs), fromHex(digest)),
    keep(digest: Digest): void {
      looseBytes -= keep.get(fromHex(digest)) ?? 0;
    },
    bytes: (digest: Digest): unknown => bytesOf.get(fromHex(digest)),
    saysErasable: (digest: Digest): boolean => isMarked.get(fromHex(digest)) !== undefined,
    size: (digest: Digest): number | undefined => sizeOf.get(fromHex(digest)),
    loose: (beforeMs: number, countMax: number): Digest[] =>
      loose.all(Math.floor(beforeMs), countMax).map((digest) => toHex(digest) as Digest),
    /** As of the last write, whether it is committed or not. */
    sums: (): PayloadSums => ({ count, bytes, looseBytes }),
  };
}

/** Once, when the file is opened. */
function countAll(database: Database): PayloadSums {
  return database
    .prepare<[], PayloadSums>(
      'SELECT count(*) AS count, total(size) AS bytes, total(size * loose) AS looseBytes FROM payloads',
    )
    .get()!;
}

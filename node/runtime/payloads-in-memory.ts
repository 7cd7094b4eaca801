/** A payload store in memory, for the simulator and for tests: who owns it decides when a write becomes durable. */
import { saysErasable } from '../../shared/codec/payload.ts';
import type { Digest } from '../../shared/types/brands.ts';
import type { PayloadStorePort } from './ports.ts';

export interface PayloadRow {
  readonly bytes: Uint8Array;
  arrivedMs: number;
  isLoose: boolean;
}

/** What survives a crash. */
export type PayloadRows = Map<Digest, PayloadRow>;

/** `write` runs `commit` when it becomes durable, and then `done`; neither after a crash. */
export function payloadsInMemory(
  rows: PayloadRows,
  write: (what: string, commit: () => void, done: () => void) => void,
): PayloadStorePort {
  const sum = (some: readonly PayloadRow[]): number =>
    some.reduce((bytes, row) => bytes + row.bytes.length, 0);
  const figures = (): ReturnType<PayloadStorePort['figures']> => {
    const all = [...rows.values()];
    return { count: all.length, bytes: sum(all), looseBytes: sum(all.filter(({ isLoose }) => isLoose)) };
  };
  return {
    size: (digest) => rows.get(digest)?.bytes.length,
    get: (digest) => rows.get(digest)?.bytes,
    saysErasable: (digest) => saysErasable(rows.get(digest)?.bytes ?? new Uint8Array(0)),
    put: (items, arrivedMs, done) =>
      write(
        'put payloads',
        () => {
          for (const { digest, bytes } of items)
            rows.set(digest, { bytes, isLoose: true, ...rows.get(digest), arrivedMs });
        },
        done,
      ),
    arrivedAgain: (digests, arrivedMs) => {
      for (const digest of digests) {
        const row = rows.get(digest);
        if (row !== undefined) row.arrivedMs = Math.max(row.arrivedMs, arrivedMs);
      }
    },
    keep: (digests) => {
      for (const digest of digests) {
        const row = rows.get(digest);
        if (row !== undefined) row.isLoose = false;
      }
    },
    loose: (beforeMs, countMax) =>
      [...rows]
        .filter(([, row]) => row.isLoose && row.arrivedMs < beforeMs)
        .sort(([, one], [, other]) => one.arrivedMs - other.arrivedMs)
        .slice(0, countMax)
        .map(([digest]) => digest),
    erase: (digests, done, committed) =>
      write(
        'erase payloads',
        () => {
          for (const digest of digests) rows.delete(digest);
        },
        () => {
          committed?.();
          done();
        },
      ),
    figures,
  };
}

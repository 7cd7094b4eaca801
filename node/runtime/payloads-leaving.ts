/**
 * A payload store of which what is erased is gone at once for whoever asks: between the word and the commit nobody may
 * vote for what is about to go (rule D1). What comes anew meanwhile is written behind it. What the ledger calls erased
 * when its turn has come is not written any more.
 */
import type { Digest } from '../../shared/types/brands.ts';
import type { PayloadBytes, PayloadStorePort } from './ports.ts';

interface Leaving {
  /** Erasures that are on their way. */
  count: number;
  /** Writes that wait for them. */
  readonly behind: (() => void)[];
}

/** @param isErased state calls it so: nobody may have it */
export function hidingErased(
  store: PayloadStorePort,
  isErased: (digest: Digest) => boolean,
): PayloadStorePort {
  const leaving = new Map<Digest, Leaving>();

  function put(items: readonly PayloadBytes[], atMs: number, done: () => void): void {
    const present = items.filter(({ digest }) => !isErased(digest));
    const held = present.map(({ digest }) => leaving.get(digest)).find((one) => one !== undefined);
    if (held !== undefined) held.behind.push(() => put(present, atMs, done));
    else if (present.length > 0) store.put(present, atMs, done);
    else done();
  }

  function erase(digests: readonly Digest[], done: () => void, committed?: () => void): void {
    for (const digest of digests) {
      const entry = leaving.get(digest) ?? { count: 0, behind: [] };
      entry.count += 1;
      leaving.set(digest, entry);
    }
    // A backup may read the file for minutes: what comes anew does not wait until the log is cut.
    store.erase(digests, done, () => {
      const writes = digests.flatMap(ended);
      for (const write of writes) write();
      committed?.();
    });
  }

  function ended(digest: Digest): readonly (() => void)[] {
    const entry = leaving.get(digest)!;
    entry.count -= 1;
    if (entry.count > 0) return [];
    leaving.delete(digest);
    return entry.behind;
  }

  return {
    ...store,
    size: (digest) => (leaving.has(digest) ? undefined : store.size(digest)),
    get: (digest) => (leaving.has(digest) ? undefined : store.get(digest)),
    saysErasable: (digest) => !leaving.has(digest) && store.saysErasable(digest),
    loose: (beforeMs, countMax) =>
      store
        .loose(beforeMs, countMax + leaving.size)
        .filter((digest) => !leaving.has(digest))
        .slice(0, countMax),
    put,
    erase,
  };
}

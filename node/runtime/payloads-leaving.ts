/**
 * A payload store of which what is erased is gone at once for whoever asks: between the word and the commit nobody may
 * vote for what is about to go (rule D1). What comes anew meanwhile is written behind it.
 */
import type { Digest } from '../../shared/types/brands.ts';
import type { PayloadBytes, PayloadStorePort } from './ports.ts';

interface Leaving {
  /** Erasures that are on their way. */
  count: number;
  /** Writes that wait for them. */
  readonly behind: (() => void)[];
}

export function hidingErased(store: PayloadStorePort): PayloadStorePort {
  const leaving = new Map<Digest, Leaving>();

  function put(items: readonly PayloadBytes[], atMs: number, done: () => void): void {
    const held = items.map(({ digest }) => leaving.get(digest)).find((one) => one !== undefined);
    if (held === undefined) store.put(items, atMs, done);
    else held.behind.push(() => put(items, atMs, done));
  }

  function erase(digests: readonly Digest[], done: () => void): void {
    for (const digest of digests) {
      const entry = leaving.get(digest) ?? { count: 0, behind: [] };
      entry.count += 1;
      leaving.set(digest, entry);
    }
    // A backup may read the file for minutes: what comes anew does not wait until the log is cut.
    store.erase(digests, done, () => {
      const writes = digests.flatMap(erased);
      for (const write of writes) write();
    });
  }

  function erased(digest: Digest): readonly (() => void)[] {
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

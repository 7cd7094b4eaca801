/**
 * A map that forgets what was not used for a while: two generations, of which the older one is dropped when the
 * younger one is full. Each call takes constant time, whatever was forgotten before.
 */
export interface RecentMap<Key, Value> {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  delete(key: Key): void;
}

/** Holds the `sizeMax / 2` entries used last in any case, and never more than `sizeMax`. */
export function recentMap<Key, Value>(sizeMax: number): RecentMap<Key, Value> {
  let young = new Map<Key, Value>();
  let old = new Map<Key, Value>();

  function set(key: Key, value: Value): void {
    if (young.size >= sizeMax / 2 && !young.has(key)) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  }

  function get(key: Key): Value | undefined {
    const value = young.get(key);
    if (value !== undefined) return value;
    const older = old.get(key);
    if (older !== undefined) set(key, older);
    return older;
  }

  return {
    get,
    set,
    delete: (key) => {
      young.delete(key);
      old.delete(key);
    },
  };
}

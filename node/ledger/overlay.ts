/** State during a block: what the block wrote so far over the state before it. Reads see earlier writes. */
import type { StateChanges, StateView } from './types.ts';

export interface Overlay extends StateChanges {
  /** Everything written, the last value for each key; undefined removes it. */
  readonly changes: ReadonlyMap<string, Uint8Array | undefined>;
}

export function createOverlay(base: StateView): Overlay {
  const changes = new Map<string, Uint8Array | undefined>();
  return {
    changes,
    get: (key) => (changes.has(key) ? changes.get(key) : base.get(key)),
    set: (key, value) => {
      changes.set(key, value);
    },
    delete: (key) => {
      changes.set(key, undefined);
    },
  };
}

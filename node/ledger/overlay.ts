/** State during a block: what the block wrote so far over the state before it. Reads see earlier writes. */
import { decode } from '../../shared/codec/dag-cbor.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import type { StateChanges, StateView } from './types.ts';

export interface Overlay extends StateChanges {
  /** Everything written, the last value for each key; undefined removes it. */
  readonly changes: ReadonlyMap<string, Uint8Array | undefined>;
}

/** In place of a record that was looked for and is not there: one look-up tells it from one that nobody asked for. */
const absent = Symbol('absent');

export function createOverlay(base: StateView): Overlay {
  const changes = new Map<string, Uint8Array | undefined>();
  /** While nothing was removed, a key without a value was not written: again one look-up instead of two. */
  let removes = false;
  /** Decoded, or found absent, since they were last written: who decides and who folds read the same records. */
  const records = new Map<string, CborValue | typeof absent>();

  function get(key: string): Uint8Array | undefined {
    const written = changes.get(key);
    if (written !== undefined || (removes && changes.has(key))) return written;
    return base.get(key);
  }

  function record(key: string): CborValue | undefined {
    const known = records.get(key);
    if (known !== undefined) return known === absent ? undefined : known;
    const bytes = get(key);
    const value = bytes === undefined ? undefined : decode(bytes);
    records.set(key, value === undefined ? absent : value);
    return value;
  }

  function write(key: string, value: Uint8Array | undefined): void {
    removes ||= value === undefined;
    changes.set(key, value);
    records.delete(key);
  }

  return { changes, get, record, set: write, delete: (key) => write(key, undefined) };
}

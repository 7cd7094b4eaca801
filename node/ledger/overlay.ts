/** State during a block: what the block wrote so far over the state before it. Reads see earlier writes. */
import { decode } from '../../shared/codec/dag-cbor.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import type { StateChanges, StateView } from './types.ts';

export interface Overlay extends StateChanges {
  /** Everything written, the last value for each key; undefined removes it. */
  readonly changes: ReadonlyMap<string, Uint8Array | undefined>;
}

export function createOverlay(base: StateView): Overlay {
  const changes = new Map<string, Uint8Array | undefined>();
  /** Decoded, or found absent, since they were last written: who decides and who folds read the same records. */
  const records = new Map<string, CborValue | undefined>();

  function get(key: string): Uint8Array | undefined {
    const written = changes.get(key);
    return written === undefined && !changes.has(key) ? base.get(key) : written;
  }

  function record(key: string): CborValue | undefined {
    const known = records.get(key);
    if (known !== undefined || records.has(key)) return known;
    const bytes = get(key);
    const value = bytes === undefined ? undefined : decode(bytes);
    records.set(key, value);
    return value;
  }

  function write(key: string, value: Uint8Array | undefined): void {
    changes.set(key, value);
    records.delete(key);
  }

  return { changes, get, record, set: write, delete: (key) => write(key, undefined) };
}

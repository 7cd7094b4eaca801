/**
 * Values of state as records. State is written by this room only, so decoding trusts its form; bytes that do not
 * decode are damage, which storage is to detect before (design, section 10).
 */
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import type { StateChanges, StateView } from './types.ts';

export function readRecord<Stored extends CborValue>(state: StateView, key: string): Stored | undefined {
  if (state.record !== undefined) return state.record(key) as Stored | undefined;
  const bytes = state.get(key);
  return bytes === undefined ? undefined : (decode(bytes) as Stored);
}

export function writeRecord(state: StateChanges, key: string, value: CborValue): void {
  state.set(key, encode(value));
}

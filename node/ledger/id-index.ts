/** Sorted lists of ids in state, for what is to be enumerated: a view of state finds by name alone. */
import { readRecord, writeRecord } from './records.ts';
import type { StateChanges, StateView } from './types.ts';

export function readIds(state: StateView, key: string): readonly string[] {
  return readRecord<readonly string[]>(state, key) ?? [];
}

export function addId(state: StateChanges, key: string, id: string): void {
  const ids = readIds(state, key);
  if (!ids.includes(id)) writeRecord(state, key, [...ids, id].sort());
}

export function removeId(state: StateChanges, key: string, id: string): void {
  const left = readIds(state, key).filter((one) => one !== id);
  if (left.length > 0) writeRecord(state, key, left);
  else state.delete(key);
}

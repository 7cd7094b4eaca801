/**
 * What is known of the network before a start that damage made impossible. Who the others are, under which keys and
 * where, changes with the ledger: state of the last checkpoint knows it. Genesis is what is left where that cannot be
 * read either.
 */
import type { Height } from '../shared/types/brands.ts';
import { addressBookOf } from './address-book.ts';
import type { Genesis } from './ledger/genesis.ts';
import type { StateView } from './ledger/types.ts';
import type { LogPort } from './runtime/ports.ts';
import { intact } from './storage/errors.ts';
import type { RepairStorage } from './storage/open-for-repair.ts';

export interface KnownState {
  readonly state: StateView;
  /** The state is that after this block. */
  readonly height: Height;
}

export function knownState(
  { state: saved }: Pick<RepairStorage, 'state'>,
  { changes, header }: Genesis,
  log: LogPort,
): KnownState {
  const founded = { state: { get: (key: string) => changes.get(key) }, height: header.height };
  if (saved === undefined) return founded;
  try {
    if (saved instanceof Error) throw saved;
    // Whatever of the book is damaged or gone shows here; of the rest, such as who sent what, less is known.
    addressBookOf(saved, 0);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.write('warn', 'saved-state-unreadable', {
      reason,
      action: 'peers are looked for as genesis names them',
    });
    return founded;
  }
  return { height: saved.height, state: { get: (key) => intact(() => saved.get(key)) } };
}

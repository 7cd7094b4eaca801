/**
 * Validators whose ledger has left the common one: a seal of theirs names another block than the certificate of
 * its height (rule X4 stops them; this tells the others who it is).
 */
import type { BlockHash, Height } from '../../shared/types/brands.ts';
import type { SealMessage } from '../../shared/types/messages.ts';
import { note, type Slot, type Turn } from './state.ts';

/** Compares what is held of this height with its certificate, before its slot is forgotten. */
export function inspectSeals(turn: Turn, slot: Slot | undefined, certified: BlockHash): void {
  for (const seal of slot?.seals.values() ?? []) inspectSeal(turn, seal, certified);
}

/** A seal that comes after its height was certified. */
export function inspectLateSeal(turn: Turn, seal: SealMessage): void {
  const certified = turn.state.certifiedBlocks.get(seal.height);
  if (certified !== undefined) inspectSeal(turn, seal, certified);
}

/** Remembers the block of a certified height, for one window of them. */
export function rememberBlock({ state }: Turn, height: Height, block: BlockHash): void {
  state.certifiedBlocks.set(height, block);
  for (const key of state.certifiedBlocks.keys())
    if (key <= height - state.config.parameters.window) state.certifiedBlocks.delete(key);
}

/** The first one of each validator: what follows from it differs as well. */
function inspectSeal(turn: Turn, seal: SealMessage, certified: BlockHash): void {
  const { strayed } = turn.state;
  const { sender, height, block } = seal;
  if (block === certified || strayed.has(sender)) return;
  strayed.set(sender, { validator: sender, height, block, certified });
  note(turn, 'seal-differs', { rule: 'X4', validator: sender, height, block, certified });
}

/** State from events alone, without deciding again: what `concordat ledger rebuild` does with every block. */
import type { LedgerEvent, Transaction } from '../../shared/types/ledger.ts';
import type { RecoveryCertificate } from '../../shared/types/recovery.ts';
import { type ClosedTransition, closeTransition, openTransition, recordRun } from './state-transition.ts';
import type { BlockMoment, ExecutedTransaction, StateView, TreeView } from './types.ts';

export interface FoldInput extends BlockMoment {
  readonly state: StateView;
  readonly tree: TreeView;
  /** As in `BlockInput`. */
  readonly recovery?: RecoveryCertificate;
  /** Those that ran, in the block's order, each with the events that were decided (none if it failed). */
  readonly ran: readonly (Pick<ExecutedTransaction, 'events'> & {
    readonly transaction: Pick<Transaction, 'id' | 'body'>;
  })[];
}

export interface FoldedBlock extends ClosedTransition {
  readonly opening: readonly LedgerEvent[];
}

/** The same changes, nodes, state root and boundary as execution had. What opens and closes it is decided again. */
export function foldBlock({ state, tree, height, time, ran, recovery }: FoldInput): FoldedBlock {
  const transition = openTransition(state, { height, time }, recovery);
  for (const { transaction, events } of ran) {
    const { sender, nonce, expiresAt } = transaction.body;
    recordRun(transition, { id: transaction.id, sender, nonce, expiresAt }, events);
  }
  return { ...closeTransition(transition, tree), opening: transition.opening };
}

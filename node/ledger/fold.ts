/** State from events alone, without deciding again: what `concordat ledger rebuild` does with every block. */
import type { Transaction } from '../../shared/types/ledger.ts';
import { closeTransition, openTransition, recordRun, type TransitionResult } from './state-transition.ts';
import type { ExecutedTransaction, StateView, TreeView } from './types.ts';

export interface FoldInput {
  readonly state: StateView;
  readonly tree: TreeView;
  /** Block time, milliseconds since 1970. */
  readonly time: number;
  /** Those that ran, in the block's order, each with the events that were decided (none if it failed). */
  readonly ran: readonly (Pick<ExecutedTransaction, 'events'> & {
    readonly transaction: Pick<Transaction, 'id' | 'body'>;
  })[];
}

/** The same changes, nodes and state root as execution had. */
export function foldBlock({ state, tree, time, ran }: FoldInput): TransitionResult {
  const transition = openTransition(state, time);
  for (const { transaction, events } of ran) {
    const { sender, nonce, expiresAt } = transaction.body;
    recordRun(transition, { id: transaction.id, sender, nonce, expiresAt }, events);
  }
  return closeTransition(transition, tree);
}

/** State and tree of a ledger that is walked from genesis, in memory. */
import { emptyTreeRoot, type NodePath, type TreeNode } from '../../../shared/crypto/sparse-merkle-tree.ts';
import type { Digest } from '../../../shared/types/brands.ts';
import type { LedgerEvent } from '../../../shared/types/ledger.ts';
import { evolve } from '../../ledger/modules/all.ts';
import { createOverlay } from '../../ledger/overlay.ts';
import { type TransitionResult, updateState } from '../../ledger/state-transition.ts';
import type { StateView, TreeView } from '../../ledger/types.ts';

export class MemoryState implements StateView, TreeView {
  readonly #values = new Map<string, Uint8Array>();
  readonly #nodes = new Map<NodePath, TreeNode>();
  #root: Digest = emptyTreeRoot;

  get root(): Digest {
    return this.#root;
  }
  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }
  getNode(path: NodePath): TreeNode | undefined {
    return this.#nodes.get(path);
  }

  /** Folds genesis events into empty state. */
  found(events: readonly LedgerEvent[]): void {
    const overlay = createOverlay(this);
    for (const event of events) evolve(overlay, event);
    this.apply(updateState(overlay.changes, this));
  }

  /** Proven entries of a snapshot take the place of everything. */
  load(entries: readonly (readonly [key: string, value: Uint8Array])[]): void {
    this.#values.clear();
    this.#nodes.clear();
    this.apply(updateState(new Map(entries), this));
  }

  apply({ changes, nodes, stateRoot }: TransitionResult): void {
    replace(this.#values, changes);
    replace(this.#nodes, nodes);
    this.#root = stateRoot;
  }
}

function replace<Value>(target: Map<string, Value>, changes: ReadonlyMap<string, Value | undefined>): void {
  for (const [key, value] of changes) {
    if (value === undefined) target.delete(key);
    else target.set(key, value);
  }
}

/**
 * What a block does to state, shared by execution and by folding its events again: end old minutes, decide and fold
 * what opens it, record each run with its events, decide and fold what closes it. The tree gets one change for each key that has a leaf.
 */
import { dataOfOnlyEvent } from '../../shared/codec/ledger.ts';
import {
  keyDigest,
  type NodePath,
  type TreeChange,
  type TreeNode,
  updateTree,
  valueDigest,
} from '../../shared/crypto/sparse-merkle-tree.ts';
import type { Digest } from '../../shared/types/brands.ts';
import type { Boundary } from '../../shared/types/epochs.ts';
import type { LedgerEvent } from '../../shared/types/ledger.ts';
import type { RecoveryCertificate } from '../../shared/types/recovery.ts';
import { closeBlock } from './close-block.ts';
import { evolve } from './modules/all.ts';
import { readBoundary } from './modules/epochs.ts';
import { recoveryEvents } from './modules/recovery.ts';
import { openBlock } from './open-block.ts';
import { createOverlay, type Overlay } from './overlay.ts';
import { openPairs, type Pair, type PairBook } from './pairs.ts';
import { hasLeaf } from './state-keys.ts';
import type { BlockMoment, StateView, TreeView } from './types.ts';

export interface Transition {
  readonly state: Overlay;
  readonly pairs: PairBook;
  readonly moment: BlockMoment;
  readonly opening: readonly LedgerEvent[];
}

export interface TransitionResult {
  /** undefined removes the key. */
  readonly changes: ReadonlyMap<string, Uint8Array | undefined>;
  readonly nodes: ReadonlyMap<NodePath, TreeNode | undefined>;
  readonly stateRoot: Digest;
}

export interface ClosedTransition extends TransitionResult {
  readonly closing: readonly LedgerEvent[];
  readonly boundary: Boundary;
}

/** @param recovery that the block before was the last one of: it comes before anything else */
export function openTransition(
  base: StateView,
  moment: BlockMoment,
  recovery?: RecoveryCertificate,
): Transition {
  const state = createOverlay(base);
  const pairs = openPairs(state, moment.time);
  const recovered = recovery === undefined ? [] : recoveryEvents(state, recovery, moment);
  for (const event of recovered) evolve(state, event);
  const opening = openBlock(state, moment);
  for (const event of opening) evolve(state, event);
  return { state, pairs, moment, opening: [...recovered, ...opening] };
}

/** A transaction ran; a failed one has no events. `eventsBytes` encodes them all, if that was done before. */
export function recordRun(
  { state, pairs }: Transition,
  pair: Pair,
  events: readonly LedgerEvent[],
  eventsBytes?: Uint8Array,
): void {
  pairs.add(pair);
  const [only] = events;
  if (only !== undefined && events.length === 1 && eventsBytes !== undefined)
    evolve(state, only, dataOfOnlyEvent(only, eventsBytes));
  else for (const event of events) evolve(state, event);
}

export function closeTransition({ state, pairs, moment }: Transition, tree: TreeView): ClosedTransition {
  const closing = closeBlock(state, moment);
  for (const event of closing) evolve(state, event);
  pairs.close();
  const boundary = readBoundary(state, moment.height);
  return { ...updateState(state.changes, tree), closing, boundary };
}

/** The tree's nodes and root for changes of state. */
export function updateState(
  changes: ReadonlyMap<string, Uint8Array | undefined>,
  tree: TreeView,
): TransitionResult {
  const leaves: TreeChange[] = [];
  for (const [key, value] of changes) {
    if (hasLeaf(key)) leaves.push([keyDigest(key), value === undefined ? undefined : valueDigest(value)]);
  }
  const { root, nodes } = updateTree((path) => tree.getNode(path), leaves);
  return { changes, nodes, stateRoot: root };
}

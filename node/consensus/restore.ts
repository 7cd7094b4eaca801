/** The state that a vote store and a genesis yield (D2, D3, N6, N7). */
import type { BatchDigest, Epoch, Height, View } from '../../shared/types/brands.ts';
import type { Batch } from '../../shared/types/ledger.ts';
import type { SignedVote } from '../../shared/types/messages.ts';
import { needsCertificate } from './certificate-check.ts';
import { epochFields } from './epoch.ts';
import { voteKey } from './intents.ts';
import { invariant } from './invariant.ts';
import { isValidator } from './membership.ts';
import { planNewView } from './new-view-plan.ts';
import { renewSchedule } from './next-epoch.ts';
import { nullBatch, nullBatchDigest } from './null-batch.ts';
import { type ConsensusState, newSlot, type Slot } from './state.ts';
import type { ConsensusConfig, Now, RestoredVotes } from './types.ts';

/**
 * Throws if `restored` contradicts itself or the configuration, which is a bug here. Records of an earlier epoch say
 * nothing any more (rule E2): its heights are all certified.
 */
export function createConsensus(config: ConsensusConfig, stored: RestoredVotes, now: Now): ConsensusState {
  const { certified } = stored;
  invariant(
    certified.height >= config.firstHeight - 1,
    'the tip lies in the epoch, or is the last block before it',
  );
  invariant(
    certified.certificate !== undefined || !needsCertificate(config, certified.height),
    'a height comes with its certificate',
  );
  invariant(!config.mayVote || isValidator(config, config.self), 'who votes is a validator');
  const restored = ofEpoch(config.epoch, stored);
  const state = freshState(config, restored, now);
  renewSchedule(state, state.horizon);
  for (const vote of restored.votes) restoreVote(state, restored, vote, now);
  for (const certificate of restored.prepared) {
    if (certificate.sequence <= certified.height) continue;
    const slot = slotFor(state, certificate.sequence, now);
    if (slot.prepared === undefined || slot.prepared.view < certificate.view) slot.prepared = certificate;
    restoreBatch(slot, certificate.batch, restored);
  }
  for (const { height, batch } of restored.ordered) {
    if (height <= certified.height) continue;
    const slot = slotFor(state, height, now);
    slot.ordered = batch;
    restoreBatch(slot, batch, restored);
  }
  for (const seal of restored.seals) {
    if (seal.height <= certified.height) continue;
    slotFor(state, seal.height, now).seals.set(seal.sender, seal);
    state.ownSeals.set(seal.height, seal.block);
  }
  return state;
}

/** Of a store that is ahead of its blocks nothing is taken up: it votes for nothing, and blocks come by catch-up. */
function ofEpoch(epoch: Epoch, restored: RestoredVotes): RestoredVotes {
  const isOfEpoch = (signed: { readonly epoch: Epoch }): boolean => signed.epoch === epoch;
  const { viewChange, newView, isAhead, ...rest } = restored;
  return {
    ...rest,
    isAhead,
    votes: restored.votes.filter(isOfEpoch),
    prepared: restored.prepared.filter(isOfEpoch),
    seals: restored.seals.filter(isOfEpoch),
    ordered: isAhead ? [] : restored.ordered,
    ...(viewChange !== undefined && isOfEpoch(viewChange.vote) ? { viewChange } : {}),
    ...(newView !== undefined && isOfEpoch(newView.vote) ? { newView } : {}),
  };
}

function freshState(config: ConsensusConfig, restored: RestoredVotes, now: Now): ConsensusState {
  const view = enteredView(restored);
  const asked = restored.viewChange?.vote.view ?? (0 as View);
  const newView = restored.newView?.vote.view === view ? restored.newView : undefined;
  const { height } = restored.certified;
  const state: ConsensusState = {
    ...epochFields(config, height, now),
    mode: config.mayVote ? 'starting' : 'observing',
    isStoreAhead: restored.isAhead,
    horizon: restored.horizon,
    view,
    installed: view === 0 || newView !== undefined,
    changingTo: asked > view ? asked : undefined,
    asked,
    askedBefore: asked,
    certified: restored.certified,
    executed: height,
    executeEmitted: height,
    certifiedEmitted: height,
    ownNewViewView: restored.newView?.vote.view ?? (0 as View),
    newView,
    newViewPlan: newView === undefined ? undefined : planNewView(newView.body.viewChanges),
    peerHeights: new Map(),
    waiting: new Map(),
    settledOrders: new Map(),
    nextOrder: 0,
    epochEndsToldMs: new Map(),
  };
  if (restored.viewChange !== undefined) {
    state.ownViewChange = restored.viewChange;
    if (asked > view) state.viewChanges.set(config.self, restored.viewChange);
  }
  return state;
}

/**
 * The highest view in which a PREPARE, a COMMIT or a NEW-VIEW of ours proves that we entered it. A PRE-PREPARE
 * alone does not: it may belong to a NEW-VIEW that was never finished.
 */
function enteredView(restored: RestoredVotes): View {
  let view = restored.newView?.vote.view ?? (0 as View);
  for (const vote of restored.votes) if (vote.kind !== 'pre-prepare' && vote.view > view) view = vote.view;
  return view;
}

function restoreVote(state: ConsensusState, restored: RestoredVotes, vote: SignedVote, now: Now): void {
  const { kind, view, sequence } = vote;
  if (sequence <= restored.certified.height) return;
  if (kind !== 'pre-prepare' && kind !== 'prepare' && kind !== 'commit') return;
  const digest = vote.content as BatchDigest;
  const slot = slotFor(state, sequence, now);
  state.ownVotes.set(voteKey(kind, view, sequence), digest);
  const batch = restoreBatch(slot, digest, restored);
  if (kind === 'prepare') remember(slot.prepares, vote, { kind, vote });
  if (kind === 'commit') remember(slot.commits, vote, { kind, vote });
  if (kind === 'pre-prepare' && batch !== undefined) remember(slot.prePrepares, vote, { kind, vote, batch });
}

function remember<Message>(
  votes: Map<SignedVote['sender'], Map<View, Message>>,
  vote: SignedVote,
  message: Message,
): void {
  const byView = votes.get(vote.sender) ?? new Map<View, Message>();
  votes.set(vote.sender, byView.set(vote.view, message));
}

function restoreBatch(slot: Slot, digest: BatchDigest, restored: RestoredVotes): Batch | undefined {
  const batch = digest === nullBatchDigest ? nullBatch : restored.batches.get(digest);
  if (batch === undefined) return undefined;
  slot.batches.set(digest, batch);
  slot.durableBatches.add(digest);
  return batch;
}

/** Restored slots are old: what is in them is due to be sent again. */
function slotFor(state: ConsensusState, sequence: Height, now: Now): Slot {
  const known = state.slots.get(sequence);
  if (known !== undefined) return known;
  const slot = newSlot(sequence, now.monotonicMs - state.config.parameters.heartbeatMs);
  state.slots.set(sequence, slot);
  return slot;
}

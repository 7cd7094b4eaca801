/**
 * The only place that asks for a signature. Intents leave in order of emission, and the runtime persists,
 * signs and sends them in that order, so rules N7 and W1 hold if they hold here.
 */
import type { BatchDigest, BlockHash, Height, View } from '../../shared/types/brands.ts';
import type { Batch } from '../../shared/types/ledger.ts';
import type { NewViewBody, PreparedCertificate, ViewChangeBody } from '../../shared/types/messages.ts';
import { invariant } from './invariant.ts';
import type { ConsensusState, Slot, Turn } from './state.ts';
import type { RestsOn } from './types.ts';

type SlotVoteKind = 'pre-prepare' | 'prepare' | 'commit';

export const voteKey = (kind: SlotVoteKind, view: View, sequence: Height): string =>
  `${kind}/${view}/${sequence}`;

export const sequenceOfKey = (key: string): number => Number(key.slice(key.lastIndexOf('/') + 1));

/** Votes are allowed: registered, answered (D3), and not above the view that they would be for (N7). */
export const mayVoteIn = (state: ConsensusState, view: View): boolean =>
  state.mode === 'voting' && view >= state.asked;

/** Rule M3, own side: one content per slot, for ever. The same one again is the same vote, byte for byte (N6). */
function claim(turn: Turn, kind: SlotVoteKind, view: View, sequence: Height, digest: BatchDigest): void {
  const { state } = turn;
  const key = voteKey(kind, view, sequence);
  invariant(state.mode === 'voting', 'only a voting replica signs votes');
  invariant(view >= state.asked, 'N7: no vote below a view that was asked for');
  invariant(isOfEpoch(state, sequence), 'E1: no vote outside the heights of the epoch');
  invariant((state.ownVotes.get(key) ?? digest) === digest, `one own ${kind} per view and sequence`);
  state.ownVotes.set(key, digest);
}

/** From the first height of the epoch to the last one, as far as that is known (rule E1). */
const isOfEpoch = ({ config, horizon }: ConsensusState, height: Height): boolean =>
  height >= config.firstHeight && (horizon.lastHeight === undefined || height <= horizon.lastHeight);

/** Rule D1: the batch and every body, unless an earlier intent carried them to disk. */
export function restsOnBatch(slot: Slot, digest: BatchDigest, batch: Batch): readonly RestsOn[] {
  if (slot.durableBatches.has(digest)) return [];
  slot.durableBatches.add(digest);
  return [{ kind: 'batch', digest, batch }];
}

export interface OwnProposal {
  readonly view: View;
  readonly sequence: Height;
  readonly digest: BatchDigest;
  readonly batch: Batch;
  readonly restsOn: readonly RestsOn[];
  /** False inside a NEW-VIEW, which carries them (M2). */
  readonly send: boolean;
}

export function emitPrePrepare(turn: Turn, proposal: OwnProposal): void {
  const { view, sequence, digest, batch, restsOn, send } = proposal;
  claim(turn, 'pre-prepare', view, sequence, digest);
  const { epoch } = turn.state.config;
  turn.outputs.push({
    type: 'intent',
    message: { kind: 'pre-prepare', epoch, view, sequence, content: digest, batch },
    restsOn,
    send,
  });
}

export function emitPrepare(turn: Turn, slot: Slot, view: View, digest: BatchDigest, batch: Batch): void {
  claim(turn, 'prepare', view, slot.sequence, digest);
  const { epoch } = turn.state.config;
  turn.outputs.push({
    type: 'intent',
    message: { kind: 'prepare', epoch, view, sequence: slot.sequence, content: digest },
    restsOn: restsOnBatch(slot, digest, batch),
    send: true,
  });
}

/** The own PREPARE carried the batch to disk, unless a restart lies between them and it was for another one. */
export function emitCommit(turn: Turn, slot: Slot, certificate: PreparedCertificate, batch: Batch): void {
  const { view, batch: digest } = certificate;
  claim(turn, 'commit', view, slot.sequence, digest);
  const { epoch } = turn.state.config;
  turn.outputs.push({
    type: 'intent',
    message: { kind: 'commit', epoch, view, sequence: slot.sequence, content: digest },
    restsOn: [...restsOnBatch(slot, digest, batch), { kind: 'prepared', certificate }],
    send: true,
  });
}

export function emitSeal(turn: Turn, slot: Slot, digest: BatchDigest, batch: Batch, block: BlockHash): void {
  const { state } = turn;
  invariant(state.mode === 'voting', 'only a voting replica seals');
  invariant(!state.ownSeals.has(slot.sequence), 'D2: one seal per height, across views');
  invariant(isOfEpoch(state, slot.sequence), 'E1: no seal outside the heights of the epoch');
  state.ownSeals.set(slot.sequence, block);
  turn.outputs.push({
    type: 'intent',
    message: { kind: 'seal', epoch: state.config.epoch, height: slot.sequence, block },
    restsOn: [
      ...restsOnBatch(slot, digest, batch),
      { kind: 'ordered', height: slot.sequence, batch: digest },
    ],
    send: true,
  });
}

export function emitViewChange(turn: Turn, view: View, body: ViewChangeBody): void {
  const { state } = turn;
  invariant(state.mode === 'voting', 'only a voting replica asks for a view');
  invariant(view > state.asked && view > state.view, 'views are asked for in rising order');
  state.asked = view;
  turn.outputs.push({
    type: 'intent',
    message: { kind: 'view-change', epoch: state.config.epoch, view, body },
    restsOn: [],
    send: true,
  });
}

export function emitNewView(turn: Turn, view: View, body: NewViewBody): void {
  const { state } = turn;
  invariant(state.mode === 'voting', 'only a voting replica opens a view');
  invariant(
    view === state.asked && view > state.ownNewViewView,
    'one NEW-VIEW per view, of the view asked for',
  );
  state.ownNewViewView = view;
  turn.outputs.push({
    type: 'intent',
    message: { kind: 'new-view', epoch: state.config.epoch, view, body },
    restsOn: [],
    send: true,
  });
}

/** Rule F3: needs no disk, for it promises nothing. */
export function emitHeartbeat(turn: Turn, view: View): void {
  const { config, certified } = turn.state;
  turn.outputs.push({
    type: 'intent',
    message: {
      kind: 'heartbeat',
      epoch: config.epoch,
      view,
      height: certified.height,
      block: certified.block,
      time: turn.now.wallMs,
    },
    restsOn: [],
    send: true,
  });
}

/**
 * Has this vote store lost votes (rule D3)? Peers keep the newest messages of each validator; before its first
 * vote a starting validator waits for Q−1 answers of peers that stand in its epoch. A signature of ours that the
 * store does not know means a disk that was rolled back: this replica then observes until an activation registers
 * another incarnation of its store.
 */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import type {
  ConsensusMessage,
  HeartbeatMessage,
  PreparedCertificate,
  SealMessage,
  SignedVote,
} from '../../shared/types/messages.ts';
import { restartDeadlines } from './fairness.ts';
import { sequenceOfKey, voteKey } from './intents.ts';
import { isValidator, quorumOf } from './membership.ts';
import { viewsHeld } from './message-log.ts';
import { type ConsensusState, type NewestMessages, note, type Slot, type Turn } from './state.ts';
import type { Input } from './types.ts';
import { windowTop } from './window.ts';

/** Asked again while answers are missing. */
const askRepeatHeartbeats = 4;

export function askOwnNewest(turn: Turn): void {
  const { state, now } = turn;
  if (state.mode !== 'starting' || now.monotonicMs < state.askNewestDueMs) return;
  state.askNewestDueMs = now.monotonicMs + askRepeatHeartbeats * state.config.parameters.heartbeatMs;
  turn.outputs.push({ type: 'ask-own-newest' });
}

/**
 * Votes lie at most a window above the blocks that were durable when they were signed. If they lie higher, or in a
 * later epoch, the blocks were put back to an older copy, and the votes that were pruned with the lost ones are
 * unknown.
 */
export function inspectStore(turn: Turn): void {
  const { state } = turn;
  const top = Math.max(0, ...state.ownSeals.keys(), ...[...state.ownVotes.keys()].map(sequenceOfKey));
  // Who does not vote in this epoch may have voted in the one that the store is ahead in, and is to vote there again.
  const isLost = state.isStoreAhead || (state.mode === 'starting' && top > windowTop(state));
  if (!isLost) return;
  note(turn, 'blocks-lost', { height: state.certified.height, voted: top, laterEpoch: state.isStoreAhead });
  renounce(turn, 'blocks-lost');
}

/** What was signed is not all known: no vote before an activation registers another incarnation. */
function renounce(turn: Turn, reason: 'votes-lost' | 'blocks-lost'): void {
  turn.state.mode = 'observing';
  turn.outputs.push({ type: 'renounce', reason });
}

/** An answer counts from a peer that stands in our epoch: in an earlier one it cannot know what we signed in this. */
export function onOwnNewest(turn: Turn, input: Input & { type: 'own-newest' }): void {
  const { state } = turn;
  const { from, epoch, messages } = input;
  for (const message of messages) inspectOwn(turn, message);
  if (epoch !== state.config.epoch) return;
  if (from !== state.config.self && isValidator(state.config, from)) state.newestAnswers.add(from);
}

/** Any signature in our name, from wherever it comes, nested ones included. */
export function inspectOwn(turn: Turn, message: ConsensusMessage): void {
  const { state } = turn;
  if (state.mode !== 'starting' && state.mode !== 'voting') return;
  if (!isBeyondStore(state, message)) return;
  note(turn, 'votes-lost', { kind: message.kind });
  renounce(turn, 'votes-lost');
}

function isBeyondStore(state: ConsensusState, message: ConsensusMessage): boolean {
  if (message.kind === 'heartbeat') return false;
  if (message.kind === 'seal') return isSealBeyond(state, message);
  return votesIn(message).some((vote) => isVoteBeyond(state, vote));
}

function votesIn(message: Exclude<ConsensusMessage, SealMessage | HeartbeatMessage>): readonly SignedVote[] {
  if (message.kind === 'view-change') return [message.vote, ...message.body.prepared.flatMap(votesOf)];
  if (message.kind === 'new-view')
    return [message.vote, ...message.body.prePrepares, ...message.body.viewChanges.flatMap(votesIn)];
  return [message.vote];
}

const votesOf = ({ prePrepare, prepares }: PreparedCertificate): readonly SignedVote[] => [
  prePrepare,
  ...prepares,
];

/** Of a later epoch nothing is signed before its hand-over is on disk (rule E1): such a disk was rolled back. */
function isSealBeyond(state: ConsensusState, seal: SealMessage): boolean {
  if (seal.sender !== state.config.self || seal.epoch < state.config.epoch) return false;
  if (seal.epoch > state.config.epoch) return true;
  return seal.height > state.storeHeight && state.ownSeals.get(seal.height) !== seal.block;
}

function isVoteBeyond(state: ConsensusState, vote: SignedVote): boolean {
  const { kind, view, sequence, content } = vote;
  if (vote.sender !== state.config.self || vote.epoch < state.config.epoch) return false;
  if (vote.epoch > state.config.epoch) return true;
  if (kind === 'view-change') return view > state.asked;
  if (kind === 'new-view') return view > state.ownNewViewView;
  return sequence > state.storeHeight && state.ownVotes.get(voteKey(kind, view, sequence)) !== content;
}

/** Enough peers answered, and nothing was lost: from now on this replica votes. */
export function beginVoting(turn: Turn): void {
  const { state, now } = turn;
  if (state.mode !== 'starting' || state.newestAnswers.size < quorumOf(state.config) - 1) return;
  state.mode = 'voting';
  state.storeHeight = state.certified.height;
  state.enteredMs = now.monotonicMs;
  state.primaryHeardMs = now.monotonicMs;
  state.heartbeatDueMs = now.monotonicMs;
  restartDeadlines(turn);
  note(turn, 'voting', { view: state.view, height: state.certified.height });
}

/** Remembers the newest of each kind, outside pruning. A sender can only overwrite its own. */
export function rememberNewest(state: ConsensusState, message: ConsensusMessage): void {
  if (message.kind === 'heartbeat') return;
  const sender = message.kind === 'seal' ? message.sender : message.vote.sender;
  const newest = state.newest.get(sender) ?? {};
  state.newest.set(sender, newest);
  switch (message.kind) {
    case 'seal':
      if (message.height > (newest.seal?.height ?? -1)) newest.seal = message;
      return;
    case 'pre-prepare':
      if (isNewer(message.vote, newest.prePrepare?.vote)) newest.prePrepare = message;
      return;
    case 'prepare':
      if (isNewer(message.vote, newest.prepare?.vote)) newest.prepare = message;
      return;
    case 'commit':
      if (isNewer(message.vote, newest.commit?.vote)) newest.commit = message;
      return;
    case 'view-change':
      if (isNewer(message.vote, newest.viewChange?.vote)) newest.viewChange = message;
      return;
    case 'new-view':
      if (isNewer(message.vote, newest.newView?.vote)) newest.newView = message;
      return;
  }
}

const isNewer = (vote: SignedVote, known: SignedVote | undefined): boolean =>
  known === undefined ||
  vote.view > known.view ||
  (vote.view === known.view && vote.sequence > known.sequence);

/** Kinds of the newest, what is held of the next epoch, a VIEW-CHANGE and a NEW-VIEW, seals of two certificates. */
const newestBesideSlots = 6 + 1 + 2 + 2;
/** Of one slot: PREPAREs and COMMITs of a few views, two that a prepared certificate holds, a seal. */
const newestInSlot = 2 * viewsHeld + 2 + 1;
/** Slots reach two windows above h (isHeld in window.ts). */
const windowsHeld = 2;

/** Messages in an answer at most. */
export const ownNewestMax = (window: number): number =>
  newestBesideSlots + windowsHeld * window * newestInSlot;

/**
 * The answer to a peer's question: its newest messages, its votes above h, its seals in the latest certificates. Of
 * what is held for the next epoch one message says enough: the peer was in it.
 */
export function ownNewestFor(state: ConsensusState, validator: ValidatorId): readonly ConsensusMessage[] {
  const newest: NewestMessages = state.newest.get(validator) ?? {};
  const answer: ConsensusMessage[] = Object.values(newest);
  const [held] = state.nextEpoch?.held.get(validator)?.values() ?? [];
  if (held !== undefined) answer.push(held.message);
  for (const slot of state.slots.values()) {
    answer.push(...(slot.prepares.get(validator)?.values() ?? []));
    answer.push(...(slot.commits.get(validator)?.values() ?? []));
    answer.push(...nestedIn(slot, validator));
    const seal = slot.seals.get(validator);
    if (seal !== undefined) answer.push(seal);
  }
  answer.push(...changesIn(state, validator));
  for (const certificate of [state.certified.certificate, state.highestCertificate])
    if (certificate !== undefined) answer.push(...sealIn(certificate, validator));
  return [...new Set(answer)];
}

/**
 * After a restart the votes of others are here only inside what our own rested on (rule D1): if all lose their memory at
 * once, and one its disk as well, nothing else tells it.
 */
function nestedIn(
  { prepared, prepares, prePrepares, batches }: Slot,
  validator: ValidatorId,
): ConsensusMessage[] {
  if (prepared === undefined) return [];
  const { view, prePrepare } = prepared;
  const found: ConsensusMessage[] = [];
  const vote = prepared.prepares.find(({ sender }) => sender === validator);
  if (vote !== undefined && prepares.get(validator)?.has(view) !== true)
    found.push({ kind: 'prepare', vote });
  const batch = batches.get(prepared.batch);
  const isProposer = prePrepare.sender === validator && prePrepares.get(validator)?.has(view) !== true;
  if (isProposer && batch !== undefined) found.push({ kind: 'pre-prepare', vote: prePrepare, batch });
  return found;
}

/** The NEW-VIEW that is held, and the VIEW-CHANGEs in it, which asked for it. */
function changesIn({ newView, newest }: ConsensusState, validator: ValidatorId): ConsensusMessage[] {
  if (newView === undefined) return [];
  const known = newest.get(validator) ?? {};
  const asking = newView.body.viewChanges.filter(({ vote }) => vote.sender === validator);
  const own: ConsensusMessage[] = newView.vote.sender === validator ? [newView, ...asking] : asking;
  const { view } = newView.vote;
  return own.filter((one) => {
    const same = one.kind === 'new-view' ? known.newView : known.viewChange;
    return same?.vote.view !== view;
  });
}

function sealIn(certificate: Certificate, validator: ValidatorId): readonly SealMessage[] {
  const { epoch, height, block } = certificate;
  return certificate.seals
    .filter((seal) => seal.validator === validator)
    .map(({ signature }) => ({ kind: 'seal', epoch, height, block, sender: validator, signature }));
}

/**
 * What a diagnosis needs of the state: which messages are held and which are missing for the next height, what
 * was suspected, what is waited for. A copy with ages instead of clocks, never the state itself.
 */
import type { BlockHash, Height, ValidatorId, View } from '../../shared/types/brands.ts';
import { byId, primaryOf, quorumOf } from './membership.ts';
import type { ConsensusState, Slot, VotesBySender } from './state.ts';
import type { Now } from './types.ts';

/**
 * `other`: it is here, but over another batch or block. `not-due`: nothing is wrong if it is not here, for what
 * it follows from is not here either, or it is not this validator's to send.
 */
export type Held = 'held' | 'missing' | 'other' | 'not-due';

export interface Ballot {
  readonly validator: ValidatorId;
  readonly prePrepare: Held;
  readonly prepare: Held;
  readonly commit: Held;
  readonly seal: Held;
  /** Highest view that it asked for above ours. */
  readonly viewChange?: View;
}

export type SlotPhase = 'none' | 'pre-prepared' | 'prepared' | 'ordered' | 'executed';

export interface Observation {
  readonly mode: ConsensusState['mode'];
  /** While it starts: peers that said what they hold of its own votes, and how many have to (rule D3). */
  readonly answers?: { readonly have: number; readonly needed: number };
  readonly certified: Height;
  /** Highest height that a verified certificate names. */
  readonly knownHeight: Height;
  readonly view: View;
  readonly primary: ValidatorId;
  /** The view that was asked for, while it is not entered, and its primary. */
  readonly changingTo?: View;
  readonly nextPrimary?: ValidatorId;
  /** Since the primary's last sign of life; absent if we are it, or change views. */
  readonly primarySilentMs?: number;
  /** Why the last view was left, whether or not the next one is open. */
  readonly lastViewChange?: {
    readonly from: View;
    readonly to: View;
    /** Who led, or should have opened, the view below `to`. */
    readonly primary: ValidatorId;
    readonly reason: string;
    readonly agoMs: number;
  };
  /** The next height to be certified. */
  readonly sequence: Height;
  readonly phase: SlotPhase;
  /** Since its slot was opened. */
  readonly slotAgeMs?: number;
  /** One for each validator, sorted by id. */
  readonly ballots: readonly Ballot[];
  /** Since the last heartbeat of each other validator: who votes signs them, and nobody else (rule F3). */
  readonly heartbeatAgesMs: ReadonlyMap<ValidatorId, number>;
  /** Transactions that were handed over, and slots above h, which the primary owes (rules F1, F2). */
  readonly owed: number;
  /** Seals over another block than the certified one: these validators' ledgers have left the common one. */
  readonly strayed: readonly Strayed[];
}

export interface Strayed {
  readonly validator: ValidatorId;
  readonly height: Height;
  readonly block: BlockHash;
  readonly certified: BlockHash;
}

export function observe(state: ConsensusState, now: Now): Observation {
  const { config, view, changingTo, lastViewChange } = state;
  const sequence = (state.certified.height + 1) as Height;
  const slot = state.slots.get(sequence);
  const primary = primaryOf(config, view);
  const listens = changingTo === undefined && primary !== config.self && state.mode === 'voting';
  return {
    mode: state.mode,
    ...(state.mode === 'starting' && {
      answers: { have: state.newestAnswers.size, needed: quorumOf(config) - 1 },
    }),
    certified: state.certified.height,
    knownHeight: Math.max(state.certified.height, state.highestCertificate?.height ?? 0) as Height,
    view,
    primary,
    ...(changingTo !== undefined && { changingTo, nextPrimary: primaryOf(config, changingTo) }),
    ...(listens && { primarySilentMs: now.monotonicMs - state.primaryHeardMs }),
    ...(lastViewChange !== undefined && {
      lastViewChange: {
        from: lastViewChange.from,
        to: lastViewChange.to,
        primary: primaryOf(config, (lastViewChange.to - 1) as View),
        reason: lastViewChange.reason,
        agoMs: now.monotonicMs - lastViewChange.atMs,
      },
    }),
    sequence,
    phase: phaseOf(slot),
    ...(slot !== undefined && { slotAgeMs: now.monotonicMs - slot.createdMs }),
    ballots: config.validators.map(({ id }) => ballotOf(state, slot, id)),
    heartbeatAgesMs: new Map(
      [...state.heartbeatAtMs]
        .filter(([id]) => id !== config.self)
        .map(([id, atMs]) => [id, now.monotonicMs - atMs]),
    ),
    owed: state.waiting.size + state.waitingSlots.size,
    strayed: [...state.strayed.values()].sort((a, b) => byId(a.validator, b.validator)),
  };
}

function phaseOf(slot: Slot | undefined): SlotPhase {
  if (slot?.block !== undefined) return 'executed';
  if (slot?.ordered !== undefined) return 'ordered';
  if (slot?.prepared !== undefined) return 'prepared';
  return slot?.proposal === undefined ? 'none' : 'pre-prepared';
}

function ballotOf(state: ConsensusState, slot: Slot | undefined, validator: ValidatorId): Ballot {
  const asked = state.viewChanges.get(validator)?.vote.view;
  const viewChange = asked !== undefined && asked > state.view ? { viewChange: asked } : {};
  if (slot === undefined) {
    const none = 'not-due' as const;
    return { validator, prePrepare: none, prepare: none, commit: none, seal: none, ...viewChange };
  }
  const isPrimary = validator === primaryOf(state.config, state.view);
  return {
    validator,
    prePrepare: isPrimary ? heldProposal(state, slot) : 'not-due',
    prepare: isPrimary ? 'not-due' : heldPrepare(state, slot, validator),
    commit: heldCommit(state, slot, validator),
    seal: heldSeal(state, slot, validator),
    ...viewChange,
  };
}

/** A NEW-VIEW may have named it without a message of its own in the log. */
function heldProposal(state: ConsensusState, slot: Slot): Held {
  if (slot.proposal?.view === state.view) return 'held';
  const logged = slot.prePrepares.get(primaryOf(state.config, state.view))?.has(state.view) === true;
  if (logged) return 'held';
  return isDecided(slot) ? 'not-due' : 'missing';
}

const isDecided = (slot: Slot): boolean => slot.ordered !== undefined || slot.block !== undefined;

function heldPrepare(state: ConsensusState, slot: Slot, validator: ValidatorId): Held {
  const content = slot.proposal?.view === state.view ? slot.proposal.digest : undefined;
  const vote = slot.prepares.get(validator)?.get(state.view)?.vote;
  if (vote !== undefined) return content === undefined || vote.content === content ? 'held' : 'other';
  return content === undefined || isDecided(slot) ? 'not-due' : 'missing';
}

/** COMMITs count in every view (rule N7). Due once the slot is prepared here, or somebody committed. */
function heldCommit(state: ConsensusState, slot: Slot, validator: ValidatorId): Held {
  const content = slot.ordered ?? slot.proposal?.digest ?? slot.prepared?.batch;
  const contents = contentsOf(slot.commits, validator);
  if (contents.length > 0) {
    return content === undefined || contents.includes(content) ? 'held' : 'other';
  }
  const isDue = slot.prepared?.view === state.view || slot.commits.size > 0;
  return isDue && slot.block === undefined ? 'missing' : 'not-due';
}

const contentsOf = (
  votes: VotesBySender<{ readonly vote: { readonly content: string } }>,
  validator: ValidatorId,
): readonly string[] => [...(votes.get(validator)?.values() ?? [])].map(({ vote }) => vote.content);

function heldSeal(state: ConsensusState, slot: Slot, validator: ValidatorId): Held {
  const seal = slot.seals.get(validator);
  const block = slot.block ?? state.certificates.get(slot.sequence)?.block;
  if (seal !== undefined) return block === undefined || seal.block === block ? 'held' : 'other';
  return isDecided(slot) || slot.seals.size > 0 ? 'missing' : 'not-due';
}

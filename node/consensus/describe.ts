/** What a status page and a diagnosis need to know: a copy of the state, never the state itself. */
import type { ValidatorId } from '../../shared/types/brands.ts';
import { byId, primaryOf } from './membership.ts';
import type { ConsensusState, Slot, VotesBySender } from './state.ts';
import type { ConsensusView } from './types.ts';

type SlotView = ConsensusView['slots'][number];

export function describe(state: ConsensusState): ConsensusView {
  const { mode, view, changingTo } = state;
  return {
    mode,
    epoch: state.config.epoch,
    view,
    primary: primaryOf(state.config, view),
    ...(changingTo === undefined ? {} : { changingTo }),
    certified: state.certified.height,
    executed: state.executed,
    slots: [...state.slots.values()].sort((a, b) => a.sequence - b.sequence).flatMap(describeSlot),
    viewChanges: [...state.viewChanges.values()]
      .map(({ vote }) => ({ validator: vote.sender, view: vote.view }))
      .sort((a, b) => byId(a.validator, b.validator)),
  };
}

/** Slots that hold nothing but votes without a proposal say nothing to a reader. */
function describeSlot(slot: Slot): readonly SlotView[] {
  const named = slot.proposal ?? slot.prepared;
  const content = slot.ordered ?? slot.proposal?.digest ?? slot.prepared?.batch;
  if (content === undefined) return [];
  return [
    {
      sequence: slot.sequence,
      view: named?.view ?? (0 as SlotView['view']),
      content,
      phase: phaseOf(slot),
      prepares: sendersFor(slot.prepares, content),
      commits: sendersFor(slot.commits, content),
      seals: [...slot.seals.keys()].sort(byId),
    },
  ];
}

function phaseOf(slot: Slot): SlotView['phase'] {
  if (slot.block !== undefined) return slot.seals.size > 0 ? 'sealed' : 'executed';
  if (slot.ordered !== undefined) return 'committed';
  return slot.prepared === undefined ? 'pre-prepared' : 'prepared';
}

function sendersFor(
  votes: VotesBySender<{ readonly vote: { readonly content: string } }>,
  content: string,
): readonly ValidatorId[] {
  const senders: ValidatorId[] = [];
  for (const [sender, byView] of votes) if (names(byView.values(), content)) senders.push(sender);
  return senders.sort(byId);
}

function names(
  messages: Iterable<{ readonly vote: { readonly content: string } }>,
  content: string,
): boolean {
  for (const { vote } of messages) if (vote.content === content) return true;
  return false;
}

/** What the members accepted and could not carry out yet comes before what a validator wants without ballots. */
import type { ActionKind } from '../../../shared/types/governance.ts';
import type { CommandContext, StateView } from '../types.ts';
import { isReached, recounts, tallyOf } from './consent.ts';
import { planProposal } from './plan.ts';
import { openProposals, type Proposal, readProposal } from './proposals.ts';

/** Those that end in an activation. */
const changesEpoch: ReadonlySet<ActionKind> = new Set<ActionKind>([
  'validators.add',
  'validators.remove',
  'validators.replace-consensus-key',
  'validators.register-incarnation',
  'parameters.set',
  'protocol.raise',
]);

/** Number of the first accepted proposal that waits for room to change the epoch. */
export function waitingProposal(state: StateView, context: CommandContext): number | undefined {
  const waits = recounts(state) ? isHeldUp : isAccepted;
  return openProposals(state, context.time).find(({ number }) => {
    const proposal = readProposal(state, number);
    return (
      proposal?.actions.some(({ kind }) => changesEpoch.has(kind)) === true && waits(proposal, state, context)
    );
  })?.number;
}

const isAccepted = ({ status }: Proposal): boolean => status === 'accepted';

/**
 * From protocol 3 on: it has its ballots now, and nothing keeps it but what is under way, if anything does. One that
 * is refused for good would hold the place until it expires, and only its proposer can withdraw it.
 */
function isHeldUp(proposal: Proposal, state: StateView, context: CommandContext): boolean {
  const { number, member, actions, ballots, status } = proposal;
  if (status !== 'accepted' || !isReached(tallyOf(state, actions, ballots))) return false;
  const plan = planProposal(state, { ...context, proposal: { number, member } }, actions);
  return plan.ok || plan.rejection.code === 'activation-pending';
}

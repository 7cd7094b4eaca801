/** What the members accepted and could not carry out yet comes before what a validator wants without ballots. */
import type { ActionKind } from '../../../shared/types/governance.ts';
import type { StateView } from '../types.ts';
import { openProposals, readProposal } from './proposals.ts';

/** Those that end in an activation. */
const changesEpoch: ReadonlySet<ActionKind> = new Set<ActionKind>([
  'validators.add',
  'validators.remove',
  'validators.replace-consensus-key',
  'validators.register-incarnation',
  'parameters.set',
  'protocol.raise',
]);

/** Number of the first accepted proposal that waits for room to change the epoch. @param time block time */
export function waitingProposal(state: StateView, time: number): number | undefined {
  return openProposals(state, time).find(({ number }) => {
    const proposal = readProposal(state, number);
    return proposal?.status === 'accepted' && proposal.actions.some(({ kind }) => changesEpoch.has(kind));
  })?.number;
}

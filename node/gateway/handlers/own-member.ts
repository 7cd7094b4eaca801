/** What only the member whose node this is may ask of it. */
import { readMembership } from '../../ledger/modules/epochs.ts';
import type { GatewayContext } from '../context.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Caller } from '../sessions/caller.ts';

/** Who left the epoch goes on as its member's node; genesis knows whose it was. @throws ProblemError `not-own-member` */
export function requireOwnMember({ genesis, self, state }: GatewayContext, { member: own }: Caller): void {
  const known = [...readMembership(state).validators, ...genesis.validators];
  const member = known.find(({ id }) => id === self)?.member;
  if (member === own) return;
  throw new ProblemError('not-own-member', `${self} is not a node of ${own}.`, {
    node: self,
    member: member ?? null,
    own,
  });
}

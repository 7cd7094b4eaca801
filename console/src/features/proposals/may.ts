import type { ActivationRowJson, IdentityRowJson, ProposalRowJson } from '../../../../shared/api.ts';

/** Whose key is open: undefined while nobody asked, null if it is nobody's. */
export type Holder = Pick<IdentityRowJson, 'id' | 'member' | 'roles' | 'status'> | null | undefined;
type Standing = Pick<ProposalRowJson, 'status' | 'member' | 'refusal'>;

/** Why this one cannot do it now; undefined if it can. The ledger decides in the end. */
export interface Refusals {
  readonly vote: string | undefined;
  readonly withdraw: string | undefined;
  readonly execute: string | undefined;
}

export function refusalsOf(holder: Holder, { status, member, refusal }: Standing): Refusals {
  const isOver = status !== 'open' && status !== 'accepted' ? `It is ${status}.` : undefined;
  const shut = isOver ?? adminRefusal(holder);
  return {
    vote: shut ?? (status === 'accepted' ? 'It is accepted: no more ballots are taken.' : undefined),
    withdraw: shut ?? (holder?.member === member ? undefined : `Only admins of ${member} may withdraw it.`),
    execute:
      shut ??
      (status === 'open'
        ? 'It is not accepted yet.'
        : refusal === undefined
          ? 'It is carried out with its deciding ballot.'
          : undefined),
  };
}

/** Why this one proposes, votes and decides nothing. */
export function adminRefusal(holder: Holder): string | undefined {
  if (holder === undefined) return 'Open the key of an admin first.';
  if (holder === null) return 'The open key is not registered in this network.';
  if (holder.status !== 'active') return `${holder.id} is not active: ${holder.status}.`;
  return holder.roles.includes('admin') ? undefined : `${holder.id} is no admin: ${holder.roles.join(', ')}.`;
}

export function activationRefusal(
  holder: Holder,
  { status, member }: Pick<ActivationRowJson, 'status' | 'member'>,
): string | undefined {
  if (status !== 'approved' && status !== 'scheduled') return `It is ${status}.`;
  return (
    adminRefusal(holder) ??
    (holder?.member === member ? undefined : `Only admins of ${member} may withdraw it without ballots.`)
  );
}

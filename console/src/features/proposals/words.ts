import type { ActivationRowJson, ChangeJson, ProposalRowJson } from '../../../../shared/api.ts';
import type { StatusKind } from '../../components/Status.tsx';

interface Told {
  readonly kind: StatusKind;
  readonly word: string;
}

export function proposalStatus({ status, refusal }: Pick<ProposalRowJson, 'status' | 'refusal'>): Told {
  switch (status) {
    case 'open':
      return { kind: 'pending', word: 'Open' };
    case 'accepted':
      return refusal === undefined
        ? { kind: 'pending', word: 'Accepted' }
        : { kind: 'failed', word: 'Accepted, not carried out' };
    case 'executed':
      return { kind: 'reported', word: 'Executed' };
    case 'withdrawn':
      return { kind: 'offline', word: 'Withdrawn' };
    case 'expired':
      return { kind: 'unknown', word: 'Expired' };
  }
}

export const activationStatus: { readonly [status in ActivationRowJson['status']]: Told } = {
  approved: { kind: 'pending', word: 'Approved, not armed yet' },
  scheduled: { kind: 'info', word: 'Scheduled' },
  active: { kind: 'reported', word: 'Active' },
  lapsed: { kind: 'failed', word: 'Lapsed' },
  withdrawn: { kind: 'offline', word: 'Withdrawn' },
};

export function changeInWords(change: ChangeJson): string {
  switch (change.kind) {
    case 'add':
      return `${change.validator.id} joins`;
    case 'remove':
      return `${change.id} leaves`;
    case 'consensus-key':
      return `${change.id} gets the key ${change.key.slice(0, 8)}…`;
    case 'incarnation':
      return `${change.id} gets the vote store ${change.incarnation.slice(0, 8)}…`;
    case 'parameters':
      return Object.entries(change.set)
        .map(([name, value]) => `${name} = ${value}`)
        .join(', ');
    case 'protocol':
      return `protocol ${change.version}`;
  }
}

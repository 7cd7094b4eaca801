import type { IdentityRowJson, MemberJson, ThresholdsJson } from '../../../../shared/api.ts';
import { everyMember } from '../../../../shared/types/governance.ts';
import type { StatusKind } from '../../components/Status.tsx';
import { plural } from '../../lib/format.ts';

interface Told {
  readonly kind: StatusKind;
  readonly word: string;
}

export const memberStatus: { readonly [status in MemberJson['status']]: Told } = {
  active: { kind: 'reported', word: 'Active' },
  suspended: { kind: 'failed', word: 'Suspended' },
  removed: { kind: 'offline', word: 'Removed' },
};

export const identityStatus: { readonly [status in IdentityRowJson['status']]: Told } = {
  active: { kind: 'reported', word: 'Active' },
  revoked: { kind: 'offline', word: 'Revoked' },
  'member-suspended': { kind: 'failed', word: 'Its member is suspended' },
  'member-removed': { kind: 'offline', word: 'Its member was removed' },
};

type Share = Pick<ThresholdsJson['recovery'], 'more' | 'needed'>;

/** `more than 2/3: 3 of 4 members`; the largest share there is means all of them, however many. */
export function shareInWords({ more: [part, of], needed }: Share, members: number): string {
  const [allButOne, parts] = everyMember.more;
  const share = part === allButOne && of === parts ? 'all' : `more than ${part}/${of}`;
  return `${share}: ${needed} of ${plural(members, 'member')}`;
}

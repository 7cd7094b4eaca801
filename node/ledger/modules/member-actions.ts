/** Members change by ballots alone. */
import { memberId } from '../common-forms.ts';
import { decided, refused } from '../decision.ts';
import { fields, text, trimmed } from '../form.ts';
import { limits } from '../limits.ts';
import type { CommandContext, Decision, Governed, StateView } from '../types.ts';
import { joiningValidators } from './activation-records.ts';
import { type NewIdentityArgs, newIdentity, newIdentityFields } from './identity-actions.ts';
import {
  activeMembers,
  type MemberChangedData,
  memberAdded,
  memberFault,
  readMember,
  standingMembers,
} from './members.ts';
import { readValidators } from './network.ts';
import { observersOf } from './observers.ts';
import { readThresholds, restoringFault } from './thresholds.ts';

type AddArgs = { readonly id: string; readonly name: string; readonly admin: NewIdentityArgs };
type MemberArgs = { readonly member: string };

const memberForm = fields({ member: memberId });

export const governedMembers = {
  'members.add': {
    form: fields({
      id: memberId,
      name: trimmed(text(1, limits.memberNameBytesMax)),
      admin: fields(newIdentityFields),
    }),
    decide: (state, context, args) => add(state, context, args as AddArgs),
  },
  'members.suspend': {
    form: memberForm,
    decide: (state, _context, args) => suspend(state, args as MemberArgs),
    revisions: [
      { since: 3, decide: (state, _context, args) => suspendWithinReach(state, args as MemberArgs) },
    ],
  },
  'members.restore': {
    form: memberForm,
    decide: (state, _context, args) => restore(state, args as MemberArgs),
  },
  'members.remove': {
    form: memberForm,
    decide: (state, _context, args) => remove(state, args as MemberArgs),
    revisions: [
      { since: 3, decide: (state, _context, args) => removeWithinReach(state, args as MemberArgs) },
    ],
  },
} satisfies { readonly [kind: string]: Governed };

/** With its first admin, who brings in everybody else. */
function add(state: StateView, context: CommandContext, { id, name, admin }: AddArgs): Decision {
  const known = readMember(state, id);
  if (known !== undefined) {
    return refused({ code: 'member-exists', facts: { member: id, status: known.status } });
  }
  const added = newIdentity(state, context, id, admin, ['admin']);
  return 'code' in added ? refused(added) : decided(memberAdded({ id, name }), ...added);
}

/** Its validators go on voting: what they do is decided by changes of the set. */
function suspend(state: StateView, { member }: MemberArgs): Decision {
  const fault = memberFault(state, member);
  if (fault !== undefined) return refused(fault);
  if (isLastMember(state, member)) return refused({ code: 'last-member', facts: { member } });
  return changed('members.suspended', member);
}

/** Suspended members are counted: the others must be enough to restore one. */
function suspendWithinReach(state: StateView, { member }: MemberArgs): Decision {
  const decision = suspend(state, { member });
  return decision.ok ? (withoutOf(state, member, standingMembers(state).length) ?? decision) : decision;
}

function removeWithinReach(state: StateView, { member }: MemberArgs): Decision {
  const decision = remove(state, { member });
  return decision.ok ? (withoutOf(state, member, standingMembers(state).length - 1) ?? decision) : decision;
}

/** Why the member may not be taken from the active ones, of so many that are counted behind it. */
function withoutOf(state: StateView, member: string, members: number): Decision | undefined {
  const active = activeMembers(state).filter(({ id }) => id !== member).length;
  const fault = restoringFault(readThresholds(state)['members.restore'], { active, members });
  return fault && refused(fault);
}

function restore(state: StateView, { member }: MemberArgs): Decision {
  const known = readMember(state, member);
  if (known === undefined) return refused({ code: 'unknown-member', facts: { member } });
  if (known.status !== 'suspended')
    return refused({ code: 'member-not-suspended', facts: { member, status: known.status } });
  return changed('members.restored', member);
}

/** For good, and only when it runs nothing any more; a suspended one may go, too. */
function remove(state: StateView, { member }: MemberArgs): Decision {
  const fault = memberFault(state, member);
  if (fault !== undefined && readMember(state, member)?.status !== 'suspended') return refused(fault);
  const voting = [...readValidators(state), ...joiningValidators(state)];
  const validators = voting.filter((one) => one.member === member);
  const observers = observersOf(state, member);
  if (validators.length + observers.length > 0) {
    const facts = { member, validators: validators.map(({ id }) => id), observers };
    return refused({ code: 'member-has-validators', facts });
  }
  if (isLastMember(state, member)) return refused({ code: 'last-member', facts: { member } });
  return changed('members.removed', member);
}

/** Without an active member nobody could decide anything. */
function isLastMember(state: StateView, member: string): boolean {
  return activeMembers(state).every(({ id }) => id === member);
}

function changed(type: string, member: string): Decision {
  const data: MemberChangedData = { member };
  return decided({ type, data });
}

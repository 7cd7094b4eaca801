/**
 * What stands on the ledger before a change is armed (rule E3). Who joins, or comes back with another vote store,
 * names the block that it has certified (its proof of state), and Q validators say that this is their block, too, and
 * that they reached it. Who gets a key shows that its running process holds it. Who is to follow new rules says that
 * its software knows them. Execution counts; it never looks anywhere.
 */
import { quorum } from '../../../shared/protocol/quorum.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import { heightOf } from '../../../shared/types/brands.ts';
import type { Membership } from '../../../shared/types/epochs.ts';
import type { Activation } from './activation-records.ts';
import { type Change, membershipAfter, subjectOf } from './changes.ts';

/** The epoch that the activation leads to. Of one that is not armed its first height is the lowest possible. */
export function nextMembership(current: Membership, activation: Activation): Membership {
  return membershipAfter(current, activation.changes, activation.at ?? heightOf(current.firstHeight + 1));
}

/** Whether the activation waits for `validator.ready` of this validator. */
export function needsReady({ changes }: Pick<Activation, 'changes'>, id: ValidatorId): boolean {
  return (
    raisesProtocol(changes) || changes.some((change) => subjectOf(change) === id && change.kind !== 'remove')
  );
}

/** Whether validators attest that they reach it: with a new key alone it is the process that they know. */
export function needsReach({ changes }: Pick<Activation, 'changes'>, id: ValidatorId): boolean {
  return changes.some((change) => subjectOf(change) === id && isArrival(change));
}

/** Whether nothing is missing: then the block arms it. */
export function isComplete(current: Membership, activation: Activation): boolean {
  const { changes } = activation;
  return (
    changes.every((change) => isShown(current, activation, change)) &&
    (!raisesProtocol(changes) || knowsRules(current, activation))
  );
}

function isShown(current: Membership, activation: Activation, change: Change): boolean {
  const id = subjectOf(change);
  if (id === undefined || change.kind === 'remove') return true;
  if (!activation.ready.has(id)) return false;
  return !isArrival(change) || (activation.reach.get(id) ?? []).length >= reachNeeded(current, id);
}

/** Nobody attests itself, so that among one or two validators there may be fewer others than Q. */
export function reachNeeded({ validators }: Membership, subject: ValidatorId): number {
  const others = validators.filter(({ id }) => id !== subject).length;
  return Math.min(quorum(validators.length), others);
}

/** A quorum of the epoch that is to follow the new rules said that it can. */
function knowsRules(current: Membership, activation: Activation): boolean {
  const next = nextMembership(current, activation);
  const able = next.validators.filter(({ id }) => activation.ready.has(id));
  return able.length >= quorum(next.validators.length);
}

function raisesProtocol(changes: readonly Change[]): boolean {
  return changes.some(({ kind }) => kind === 'protocol');
}

function isArrival({ kind }: Change): boolean {
  return kind === 'add' || kind === 'incarnation';
}

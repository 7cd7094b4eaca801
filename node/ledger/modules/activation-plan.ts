/**
 * How a change gets into an activation, and out of it. There is room for one activation at a time (rule E1). A
 * rotation, which needs nobody's ballot, must not hold that room for ever: until it is armed, what the members
 * decided displaces it.
 */
import type { KeyClaim } from '../../../shared/codec/key-possession.ts';
import type { LedgerEvent } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { decided, refused } from '../decision.ts';
import type { BlockMoment, CommandContext, Decision, StateView } from '../types.ts';
import {
  type Activation,
  type ActivationApproved,
  type ActivationExtended,
  type ActivationWithdrawn,
  activationCount,
  type Cause,
  pendingActivation,
} from './activation-records.ts';
import { changeProblem } from './change-check.ts';
import { type Change, changeDataOf } from './changes.ts';
import { readMembership } from './epochs.ts';
import { keyRegistered, keyRetired } from './keys.ts';
import { readValidator } from './network.ts';

/** Who asks, whose admins may withdraw it, and when. */
export interface ActivationRequest {
  readonly cause: Cause;
  readonly member: string;
  /** First height of the next epoch at the earliest. */
  readonly notBefore?: number;
  /** Unless it is armed, it lapses so long after its approval. */
  readonly deadlineMs: number;
}

/** Events that bring the change into the activation of this cause, or why it may not come. */
export function approveChange(
  state: StateView,
  context: CommandContext,
  request: ActivationRequest,
  change: Change,
): Decision {
  const pending = pendingActivation(state);
  const own = pending !== undefined && isOf(pending, request.cause) ? pending : undefined;
  const other = own === undefined ? pending : undefined;
  if (other !== undefined && !isDisplaceable(other, request.cause)) {
    const { number, status, at } = other;
    return refused({
      code: 'activation-pending',
      facts: { number, status, ...(at !== undefined && { at }) },
    });
  }
  const problem = changeProblem(state, readMembership(state), own?.changes ?? [], change);
  if (problem !== undefined) return refused(problem);
  return decided(
    ...(other === undefined ? [] : withdrawal(state, context, other, displacedBy(request.cause))),
    own === undefined ? approved(state, context, request, change) : extended(own, context, request, change),
    ...newKeys(state, change).map((claim) => keyRegistered(claim, context.height)),
  );
}

/** The changes of one proposal are one activation: a proposal is executed once. */
function isOf({ cause }: Activation, asked: Cause): boolean {
  return 'proposal' in cause && 'proposal' in asked && cause.proposal === asked.proposal;
}

function isDisplaceable({ status, cause }: Activation, asked: Cause): boolean {
  return status === 'approved' && 'validator' in cause && 'proposal' in asked;
}

function displacedBy(cause: Cause): Withdrawal {
  return { reason: 'displaced', ...('proposal' in cause && { proposal: cause.proposal }) };
}

function approved(
  state: StateView,
  { height, time }: BlockMoment,
  { cause, member, deadlineMs, notBefore = 0 }: ActivationRequest,
  change: Change,
): LedgerEvent {
  const data: ActivationApproved = {
    number: activationCount(state),
    changes: [changeDataOf(change)],
    cause,
    member,
    approvedAt: height,
    deadline: time + deadlineMs,
    notBefore,
  };
  return { type: 'activation.approved', data };
}

/** Of several wishes for one activation the later ones count. */
function extended(
  { number, deadline, notBefore }: Activation,
  { time }: BlockMoment,
  request: ActivationRequest,
  change: Change,
): LedgerEvent {
  const data: ActivationExtended = {
    number,
    change: changeDataOf(change),
    deadline: Math.max(deadline, time + request.deadlineMs),
    notBefore: Math.max(notBefore, request.notBefore ?? 0),
  };
  return { type: 'activation.extended', data };
}

export interface Withdrawal {
  readonly reason: string;
  /** Identity, or the proposal that decided it. */
  readonly by?: string;
  readonly proposal?: number;
}

/** It never becomes active. Its keys stay taken (rule E4). */
export function withdrawal(
  state: StateView,
  { height, time }: BlockMoment,
  activation: Activation,
  words: Withdrawal,
): readonly LedgerEvent[] {
  const data: ActivationWithdrawn = { number: activation.number, end: { height, time, ...words } };
  return [{ type: 'activation.withdrawn', data }, ...retiredNewKeys(state, activation, height)];
}

/** Keys that an activation brought along and that never came into force. */
export function retiredNewKeys(
  state: StateView,
  { changes }: Activation,
  height: number,
): readonly LedgerEvent[] {
  return changes.flatMap((change) => newKeys(state, change).map(({ key }) => keyRetired(key, height)));
}

function newKeys(state: StateView, change: Change): readonly KeyClaim[] {
  if (change.kind === 'add') {
    const { id, member, consensusKey, nodeKey } = change.validator;
    return [
      { key: consensusKey, kind: 'consensus', owner: id, member },
      { key: nodeKey, kind: 'node', owner: id, member },
    ];
  }
  if (change.kind !== 'consensus-key') return [];
  const member = readValidator(state, change.id)?.member;
  assert(member !== undefined, `validator ${change.id} of a change is in state`);
  return [{ key: change.key, kind: 'consensus', owner: change.id, member }];
}

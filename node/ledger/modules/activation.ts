/**
 * Activations on their way: approved → scheduled(a) → active, or lapsed, or withdrawn (rules E1, E3). Who joins and who
 * rotates is decided elsewhere; blocks themselves arm, activate and lapse (close-block.ts, open-block.ts). Here they
 * are folded, and withdrawn: by an admin of the member that caused one, or by ballots, up to and in block a − 1.
 */
import type { CborValue, LedgerEvent } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { decided, refused } from '../decision.ts';
import { argsForm, type FormCheck, fields, integer, text } from '../form.ts';
import { limits } from '../limits.ts';
import { readRecord, writeRecord } from '../records.ts';
import type { DecidedRejection } from '../rejections.ts';
import { stateKeys } from '../state-keys.ts';
import type { CommandContext, Decision, Governed, LedgerModule, StateChanges, StateView } from '../types.ts';
import { type Withdrawal, withdrawal } from './activation-plan.ts';
import {
  type Activation,
  type ActivationActivated,
  type ActivationApproved,
  type ActivationArmed,
  type ActivationAttested,
  type ActivationData,
  type ActivationExtended,
  type ActivationReady,
  type ActivationStatus,
  type ActivationWithdrawn,
  activationCount,
  pendingActivation,
  readActivation,
} from './activation-records.ts';
import { applyChange } from './change-fold.ts';
import { type ChangeData, changeOf } from './changes.ts';
import { unlessSuspected } from './keys.ts';
import { requireAdmin } from './roles.ts';

type WithdrawArgs = { readonly activation: number; readonly reason: string };

const withdrawForm: FormCheck = fields({
  activation: integer(0, Number.MAX_SAFE_INTEGER),
  reason: text(1, limits.reasonBytesMax),
});

const actionForms = { 'activation.withdraw': argsForm(withdrawForm) };

export const activationModule: LedgerModule = {
  name: 'activation',
  actions: actionForms,
  revisions: unlessSuspected(actionForms, decideActivation),
  decide: decideActivation,
  evolve: evolveActivation,
};

export const governedActivation = {
  'activation.withdraw': {
    form: withdrawForm,
    decide: (state, context, args) =>
      withdraw(state, context, args as WithdrawArgs, { proposal: context.proposal.number }),
  },
} satisfies { readonly [kind: string]: Governed };

function decideActivation(
  state: StateView,
  context: CommandContext,
  action: string,
  args: CborValue,
): Decision {
  assert(action === 'activation.withdraw', `activation owns no action ${action}`);
  const missing = requireAdmin(context);
  if (missing !== undefined) return refused(missing);
  const { identity } = context;
  const member = pendingActivation(state)?.member;
  if (member !== undefined && member !== identity.member)
    return refused({ code: 'not-own-member', facts: { member, own: identity.member } });
  return withdraw(state, context, args as WithdrawArgs, { by: identity.id });
}

function withdraw(
  state: StateView,
  context: CommandContext,
  { activation, reason }: WithdrawArgs,
  by: Omit<Withdrawal, 'reason'>,
): Decision {
  const pending = pendingNumbered(state, activation);
  if ('code' in pending) return refused(pending);
  return decided(...withdrawal(state, context, pending, { reason, ...by }));
}

/** The activation if it is the pending one, else what became of it. */
export function pendingNumbered(state: StateView, number: number): Activation | DecidedRejection {
  const pending = pendingActivation(state);
  if (pending?.number === number) return pending;
  const status = readActivation(state, number)?.status ?? 'unknown';
  return { code: 'no-such-activation', facts: { activation: number, status } };
}

const folds: { readonly [type: string]: (state: StateChanges, event: LedgerEvent) => void } = {
  'activation.approved': (state, { data }) => approve(state, data as ActivationApproved),
  'activation.extended': (state, { data }) => {
    const { number, change, deadline, notBefore } = data as ActivationExtended;
    const before = dataOf(state, number);
    write(state, { ...before, changes: [...before.changes, change], deadline, notBefore });
    takeIncarnation(state, change);
  },
  'activation.ready': (state, { data }) => {
    const { number, validator, ready } = data as ActivationReady;
    const before = dataOf(state, number);
    const { [validator]: _, ...reach } = before.reach;
    write(state, { ...before, ready: { ...before.ready, [validator]: ready }, reach });
  },
  'activation.attested': (state, { data }) => {
    const { number, subject, by } = data as ActivationAttested;
    const before = dataOf(state, number);
    const attested = [...(before.reach[subject] ?? []), by].sort();
    write(state, { ...before, reach: { ...before.reach, [subject]: attested } });
  },
  'activation.armed': (state, { data }) => {
    const { number, height, at } = data as ActivationArmed;
    write(state, { ...dataOf(state, number), status: 'scheduled', armedAt: height, at });
  },
  'activation.activated': (state, { data }) => {
    const activation = finish(state, (data as ActivationActivated).number, { status: 'active' });
    const { firstHeight } = data as ActivationActivated;
    for (const change of activation.changes) applyChange(state, changeOf(change), firstHeight);
  },
  'activation.lapsed': (state, { data }) => end(state, data as ActivationWithdrawn, 'lapsed'),
  'activation.withdrawn': (state, { data }) => end(state, data as ActivationWithdrawn, 'withdrawn'),
};

function evolveActivation(state: StateChanges, event: LedgerEvent): void {
  const fold = folds[event.type];
  assert(fold !== undefined, `activation knows no event ${event.type}`);
  fold(state, event);
}

function approve(state: StateChanges, data: ActivationApproved): void {
  const count = activationCount(state);
  assert(data.number === count, `activation ${data.number} is number ${count}`);
  assert(pendingActivation(state) === undefined, 'there is room for one activation');
  write(state, { ...data, status: 'approved', ready: {}, reach: {} });
  writeRecord(state, stateKeys.activationCount, count + 1);
  writeRecord(state, stateKeys.pendingActivation, data.number);
  for (const change of data.changes) takeIncarnation(state, change);
}

/** Taken from here on, whatever becomes of the activation (rule D3). */
function takeIncarnation(state: StateChanges, data: ChangeData): void {
  const change = changeOf(data);
  if (change.kind === 'incarnation') writeRecord(state, stateKeys.incarnation(change.incarnation), change.id);
  if (change.kind === 'add')
    writeRecord(state, stateKeys.incarnation(change.validator.incarnation), change.validator.id);
}

function end(state: StateChanges, data: ActivationWithdrawn, status: ActivationStatus): void {
  finish(state, data.number, { status, end: data.end });
}

/** Makes room for the next one. */
function finish(
  state: StateChanges,
  number: number,
  last: Pick<ActivationData, 'status' | 'end'>,
): ActivationData {
  assert(pendingActivation(state)?.number === number, `activation ${number} is the pending one`);
  const data = { ...dataOf(state, number), ...last };
  write(state, data);
  state.delete(stateKeys.pendingActivation);
  return data;
}

function dataOf(state: StateView, number: number): ActivationData {
  const data = readRecord<ActivationData>(state, stateKeys.activation(number));
  assert(data !== undefined, `activation ${number} is in state`);
  return data;
}

function write(state: StateChanges, data: ActivationData): void {
  writeRecord(state, stateKeys.activation(data.number), data);
}

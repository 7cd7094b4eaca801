/** Activations as answers have them: what changes, what is still waited for, and how many blocks are left. */
import type { ActivationJson, ActivationRowJson, ChangeJson } from '../../../shared/api.ts';
import { quorum } from '../../../shared/protocol/quorum.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { Membership } from '../../../shared/types/epochs.ts';
import type { Activation } from '../../ledger/modules/activation-records.ts';
import { figuresOf } from '../../ledger/modules/change-check.ts';
import { type Change, subjectsOf } from '../../ledger/modules/changes.ts';
import { readMembership } from '../../ledger/modules/epochs.ts';
import { needsReach, needsReady, nextMembership, reachNeeded } from '../../ledger/modules/readiness.ts';
import type { StateView } from '../../ledger/types.ts';

export function activationRow(activation: Activation): ActivationRowJson {
  const { number, status, changes, cause, member, approvedAt, deadline, notBefore } = activation;
  const { armedAt, at, end } = activation;
  return {
    number,
    status,
    changes: changes.map(changeJson),
    cause,
    member,
    approvedAt,
    deadline,
    notBefore,
    ...(armedAt === undefined ? {} : { armedAt }),
    ...(at === undefined ? {} : { at }),
    ...(end === undefined ? {} : { end }),
  };
}

function changeJson(change: Change): ChangeJson {
  switch (change.kind) {
    case 'add':
      return { kind: 'add', validator: { ...change.validator } };
    case 'parameters':
      return { kind: 'parameters', set: { ...change.set } };
    default:
      return { ...change };
  }
}

export function activationDetail(
  state: StateView & { readonly height: number },
  activation: Activation,
): ActivationJson {
  const shared = { ...activationRow(activation), height: state.height };
  const { status, at, changes } = activation;
  if (status !== 'approved' && status !== 'scheduled') return shared;
  const current = readMembership(state);
  const next = nextMembership(current, activation);
  const raises = changes.some(({ kind }) => kind === 'protocol');
  return {
    ...shared,
    before: figuresOf(current),
    after: figuresOf(next),
    waitsFor: asked(activation, next).map((id) => readinessOf(current, activation, id)),
    ...(raises ? { readyNeeded: quorum(next.validators.length) } : {}),
    ...(at === undefined ? {} : { blocksLeft: Math.max(0, at - 1 - state.height) }),
  };
}

/** Who is to say that it is ready: of a new protocol version all that will vote. */
function asked(activation: Activation, next: Membership): readonly ValidatorId[] {
  const ids = new Set([...subjectsOf(activation.changes), ...next.validators.map(({ id }) => id)]);
  return [...ids].filter((id) => needsReady(activation, id)).sort();
}

function readinessOf(
  current: Membership,
  activation: Activation,
  validator: ValidatorId,
): NonNullable<ActivationJson['waitsFor']>[number] {
  const ready = activation.ready.get(validator);
  return {
    validator,
    ...(ready === undefined ? {} : { ready: { ...ready } }),
    attestedBy: [...(activation.reach.get(validator) ?? [])],
    attestationsNeeded: needsReach(activation, validator) ? reachNeeded(current, validator) : 0,
  };
}

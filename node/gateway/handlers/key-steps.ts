/** Who acts next about keys, and how. */
import type { KeyStepJson, KeysPlanJson, PlannedKeyJson } from '../../../shared/api.ts';
import type { PublicKey, ValidatorId } from '../../../shared/types/brands.ts';
import { type Activation, pendingActivation } from '../../ledger/modules/activation-records.ts';
import { subjectsOf } from '../../ledger/modules/changes.ts';
import { readMembership } from '../../ledger/modules/epochs.ts';
import { needsReach, needsReady, nextMembership } from '../../ledger/modules/readiness.ts';
import type { StateView } from '../../ledger/types.ts';

/** A certificate is renewed before it has less than this left. */
const renewBeforeMs = 30 * 24 * 3_600_000;

export interface PlanFacts {
  readonly self: ValidatorId;
  readonly state: StateView;
  readonly keys: readonly PlannedKeyJson[];
  readonly certificates: KeysPlanJson['certificates'];
  readonly nowMs: number;
}

export function nextSteps({ self, state, keys, certificates, nowMs }: PlanFacts): readonly KeyStepJson[] {
  const pending = pendingActivation(state);
  const suspected = keys.filter((key) => key.suspected !== undefined && key.use === 'in-use');
  const unused = keys.filter(({ use }) => use === 'unused');
  const expiring = certificates.filter(({ expiresAt }) => expiresAt - nowMs < renewBeforeMs);
  return [
    ...suspected.map(({ member, key }): KeyStepJson => ({ who: member, what: 'replace-suspected-key', key })),
    ...(pending === undefined ? [] : stepsOf(state, pending)),
    ...unused.map(({ key }): KeyStepJson => ({ who: self, what: 'ask-for-key', key })),
    ...expiring.map(({ name }): KeyStepJson => ({ who: self, what: 'renew-certificate', certificate: name })),
  ];
}

function stepsOf(state: StateView, activation: Activation): KeyStepJson[] {
  const { at, changes, ready } = activation;
  if (at !== undefined) {
    const subjects = subjectsOf(changes);
    return subjects.map((who) => ({ who, what: 'wait-for-height', height: at, ...keyOf(activation, who) }));
  }
  const current = readMembership(state);
  const next = nextMembership(current, activation);
  return next.validators
    .filter(({ id }) => needsReady(activation, id))
    .flatMap(({ id }) =>
      ready.has(id)
        ? missingAttesters(activation, current.validators, id)
        : [{ who: id, what: 'announce-readiness' as const, ...keyOf(activation, id) }],
    );
}

function missingAttesters(
  activation: Activation,
  validators: readonly { readonly id: ValidatorId }[],
  subject: ValidatorId,
): KeyStepJson[] {
  if (!needsReach(activation, subject)) return [];
  const done = activation.reach.get(subject) ?? [];
  return validators
    .filter(({ id }) => id !== subject && !done.includes(id))
    .map(({ id }) => ({ who: id, what: 'attest', subject }));
}

function keyOf({ changes }: Activation, id: ValidatorId): { readonly key?: PublicKey } {
  for (const change of changes) {
    if (change.kind === 'consensus-key' && change.id === id) return { key: change.key };
    if (change.kind === 'add' && change.validator.id === id) return { key: change.validator.consensusKey };
  }
  return {};
}

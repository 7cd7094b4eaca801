/**
 * Every action that needs ballots, and the modules that fold what comes of them. What is not in this table cannot be
 * proposed. Governance does not import `all.ts`, which imports governance.
 */
import type { ActionKind } from '../../../shared/types/governance.ts';
import type { Governed, LedgerModule } from '../types.ts';
import { activationModule, governedActivation } from './activation.ts';
import { governedIdentities, identitiesModule } from './identity-actions.ts';
import { governedKeys, keysModule } from './keys.ts';
import { governedMembers } from './member-actions.ts';
import { membersModule } from './members.ts';
import { governedObservers, observersModule } from './observers.ts';
import { governedParameters } from './parameters.ts';
import { governedPayloads, payloadsModule } from './payloads.ts';
import { governedSchemas, schemasModule } from './schemas.ts';
import { governedThresholds, thresholdsModule } from './thresholds.ts';
import { governedValidators, validatorsModule } from './validators.ts';

export const governedActions: { readonly [kind in ActionKind]?: Governed } = {
  ...governedMembers,
  ...governedIdentities,
  ...governedKeys,
  ...governedObservers,
  ...governedThresholds,
  ...governedSchemas,
  ...governedPayloads,
  ...governedValidators,
  ...governedParameters,
  ...governedActivation,
};

/** How a protocol version decides an action of a kind; undefined if nobody can propose it. */
export function governedRule(protocol: number, kind: ActionKind): Governed['decide'] | undefined {
  const governed: Governed | undefined = governedActions[kind];
  return governed?.revisions?.findLast(({ since }) => since <= protocol)?.decide ?? governed?.decide;
}

export const governedModules: readonly LedgerModule[] = [
  membersModule,
  identitiesModule,
  keysModule,
  observersModule,
  thresholdsModule,
  schemasModule,
  payloadsModule,
  validatorsModule,
  activationModule,
];

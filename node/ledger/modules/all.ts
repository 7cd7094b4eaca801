/** Every module, who decides an action in which protocol version, and who owns an event. */
import { encode } from '../../../shared/codec/dag-cbor.ts';
import type { LedgerEvent } from '../../../shared/types/ledger.ts';
import { actionRules, type RulesOf } from '../action-rules.ts';
import { assert } from '../assert.ts';
import { newestProtocol } from '../protocols.ts';
import type { LedgerModule, StateChanges } from '../types.ts';
import { assetsModule } from './assets.ts';
import { epochsModule } from './epochs.ts';
import { governanceModule } from './governance.ts';
import { governedModules } from './governed.ts';
import { networkModule } from './network.ts';
import { recoveryModule } from './recovery.ts';
import { streamsModule } from './streams.ts';
import { validatorModule } from './validator.ts';

const modules: readonly LedgerModule[] = [
  networkModule,
  epochsModule,
  ...governedModules,
  governanceModule,
  streamsModule,
  assetsModule,
  validatorModule,
  recoveryModule,
];

const byName = new Map(modules.map((module) => [module.name, module]));

/** undefined for an action that this version does not have. */
export const rulesOf: RulesOf = actionRules(modules, newestProtocol);

/** Folds one event into state; `data` is the encoding of `event.data`. */
export function evolve(state: StateChanges, event: LedgerEvent, data = encode(event.data)): void {
  const module = byName.get(event.type.slice(0, event.type.indexOf('.')));
  assert(module !== undefined, `a module owns the event ${event.type}`);
  module.evolve(state, event, data);
}

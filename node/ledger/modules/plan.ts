/**
 * What a list of actions does, all or nothing: each is decided on the state that the ones before it leave. Ballots
 * are cast on this, it is what the deciding ballot executes, and the gateway shows it beforehand: one function.
 */

import { encode } from '../../../shared/codec/dag-cbor.ts';
import type { GovernedAction } from '../../../shared/types/governance.ts';
import type { LedgerEvent, Rejection } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { createOverlay } from '../overlay.ts';
import type { GovernedContext, StateChanges, StateView } from '../types.ts';
import { pendingActivation } from './activation-records.ts';
import { governedModules, governedRule } from './governed.ts';
import { readProtocol } from './network.ts';

export type Plan =
  | {
      readonly ok: true;
      readonly events: readonly LedgerEvent[];
      /** The same, action by action. */
      readonly byAction: readonly (readonly LedgerEvent[])[];
    }
  /** The first action that is refused, and why. */
  | { readonly ok: false; readonly index: number; readonly rejection: Rejection };

const byName = new Map(governedModules.map((module) => [module.name, module]));

/** The actions passed the form of their kinds. Nothing is written to `state`. */
export function planActions(
  state: StateView,
  context: GovernedContext,
  actions: readonly GovernedAction[],
): Plan {
  const planned = createOverlay(state);
  const byAction: (readonly LedgerEvent[])[] = [];
  const protocol = readProtocol(state);
  for (const [index, { kind, args }] of actions.entries()) {
    const decide = governedRule(protocol, kind);
    assert(decide !== undefined, `${kind} can be proposed`);
    const decision = decide(planned, context, args);
    if (!decision.ok) return { ok: false, index, rejection: decision.rejection };
    for (const event of decision.events) fold(planned, event);
    byAction.push(decision.events);
  }
  return { ok: true, events: byAction.flat(), byAction };
}

/**
 * Whether a list of actions may be proposed. A rotation that is scheduled is no reason against it: a validator that
 * rotates without end would leave a single block of each epoch in which members could propose that it goes. The
 * actions are judged as if it gave way; once accepted, the proposal comes before the next rotation (reservation.ts).
 */
export function planProposal(
  state: StateView,
  context: GovernedContext,
  actions: readonly GovernedAction[],
): Plan {
  const plan = planActions(state, context, actions);
  if (plan.ok || plan.rejection.code !== 'activation-pending') return plan;
  const pending = pendingActivation(state);
  if (pending === undefined || !('validator' in pending.cause)) return plan;
  const args = { activation: pending.number, reason: 'gives way' };
  const alone = planActions(state, context, [{ kind: 'activation.withdraw', args }, ...actions]);
  return alone.ok ? alone : { ...alone, index: alone.index - 1 };
}

function fold(state: StateChanges, event: LedgerEvent): void {
  const module = byName.get(event.type.slice(0, event.type.indexOf('.')));
  assert(module !== undefined, `a governed module owns the event ${event.type}`);
  module.evolve(state, event, encode(event.data));
}

/** How many members an action needs. Genesis fixes it; members change it by ballots; that of recovery stays. */
import {
  type ActionKind,
  actionKinds,
  foundationalKinds,
  foundationsSince,
  isAtLeast,
  neededOf,
  type Threshold,
  type Thresholds,
  thresholdPartsMax,
  thresholdsInForce,
} from '../../../shared/types/governance.ts';
import type { CborValue, GenesisDocument, LedgerEvent } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { decided, refused } from '../decision.ts';
import { type FormCheck, fields, integer, list, oneOf } from '../form.ts';
import { readRecord, writeRecord } from '../records.ts';
import type { DecidedRejection } from '../rejections.ts';
import { stateKeys } from '../state-keys.ts';
import type { Decision, Governed, LedgerModule, StateChanges, StateView } from '../types.ts';
import { activeMembers, standingMembers } from './members.ts';

type Share = { readonly more: readonly number[] };
type FoundedData = { readonly thresholds: { readonly [kind: string]: Share }; readonly recovery: Share };
type ChangedData = { readonly kind: string; readonly more: readonly number[] };
type SetArgs = { readonly kind: ActionKind; readonly more: Threshold['more'] };

export const thresholdsModule: LedgerModule = {
  name: 'thresholds',
  actions: {},
  decide: (_state, _context, action) => {
    throw new Error(`Ledger invariant violated: thresholds owns no action, asked for ${action}`);
  },
  evolve: evolveThresholds,
};

export const governedThresholds = {
  'thresholds.set': {
    form: fields({
      kind: oneOf(actionKinds),
      more: belowOne(list(integer(0, thresholdPartsMax), 2, 2)),
    }),
    decide: (state, _context, args) => set(state, args as SetArgs),
    revisions: [
      { since: foundationsSince, decide: (state, _context, args) => setByPower(state, args as SetArgs) },
    ],
  },
} satisfies { readonly [kind: string]: Governed };

function belowOne(parts: FormCheck): FormCheck {
  return (value) => {
    const problem = parts(value);
    if (problem !== undefined) return problem;
    const [part, of] = value as readonly number[];
    return part! < of! ? undefined : { path: '', expected: 'a part of the members below 1, such as [1, 2]' };
  };
}

/** Nothing may be easier to change than what it takes to change it. */
function set(state: StateView, { kind, more }: SetArgs): Decision {
  const after: Thresholds = { ...readThresholds(state), [kind]: { more } };
  const above = aboveOf(after);
  if (above !== undefined) return refused(above);
  const data: ChangedData = { kind, more };
  return decided({ type: 'thresholds.changed', data });
}

/** What changes who is asked follows what changes thresholds; and restoring a member stays within reach. */
function setByPower(state: StateView, { kind, more }: SetArgs): Decision {
  const written: Thresholds = { ...readThresholds(state), [kind]: { more } };
  const after = thresholdsInForce(foundationsSince, written);
  const own = after['thresholds.set'];
  if (foundationalKinds.has(kind))
    return refused({ code: 'threshold-follows', facts: { kind, needs: own.more } });
  const above = aboveOf(after);
  if (above !== undefined) return refused(above);
  const fault = restoringFault(after['members.restore'], {
    active: activeMembers(state).length,
    members: standingMembers(state).length,
  });
  if (fault !== undefined) return refused(fault);
  const data: ChangedData = { kind, more };
  return decided({ type: 'thresholds.changed', data });
}

/** The first kind that would need more than what it takes to change that. */
function aboveOf(after: Thresholds): DecidedRejection | undefined {
  const own = after['thresholds.set'];
  const above = actionKinds.find((one) => !isAtLeast(own, after[one]));
  if (above === undefined) return undefined;
  const facts = { kind: above, needs: after[above].more, change: own.more };
  return { code: 'threshold-above-its-change', facts };
}

/** Suspended members are counted: with too many of them the others could not even restore one. */
export function restoringFault(
  threshold: Threshold,
  { active, members }: { readonly active: number; readonly members: number },
): DecidedRejection | undefined {
  const needed = neededOf(members, threshold);
  return active >= needed
    ? undefined
    : { code: 'restoring-out-of-reach', facts: { active, needed, members } };
}

function evolveThresholds(state: StateChanges, event: LedgerEvent): void {
  if (event.type === 'thresholds.founded') {
    const { thresholds, recovery } = event.data as FoundedData;
    writeRecord(state, stateKeys.thresholds, thresholds);
    writeRecord(state, stateKeys.recoveryThreshold, recovery);
    return;
  }
  assert(event.type === 'thresholds.changed', `thresholds knows no event ${event.type}`);
  const { kind, more } = event.data as ChangedData;
  const before = readRecord<FoundedData['thresholds']>(state, stateKeys.thresholds);
  writeRecord(state, stateKeys.thresholds, { ...before, [kind]: { more } });
}

export function thresholdsFounded({
  governance,
  recovery,
}: Pick<GenesisDocument, 'governance' | 'recovery'>): LedgerEvent {
  const thresholds = Object.fromEntries(
    actionKinds.map((kind) => [kind, shareOf(governance.thresholds[kind])]),
  );
  const data: FoundedData = { thresholds, recovery: shareOf(recovery.threshold) };
  return { type: 'thresholds.founded', data };
}

const shareOf = ({ more }: Threshold): Share => ({ more });

/** Throws on a state without genesis. */
export function readThresholds(state: StateView): Thresholds {
  const thresholds = readRecord<CborValue>(state, stateKeys.thresholds);
  assert(thresholds !== undefined, 'state holds the thresholds');
  return thresholds as unknown as Thresholds;
}

/** Of a recovery after more is lost than the network survives. Throws on a state without genesis. */
export function readRecoveryThreshold(state: StateView): Threshold {
  const share = readRecord<CborValue>(state, stateKeys.recoveryThreshold);
  assert(share !== undefined, 'state holds the threshold of a recovery');
  return share as unknown as Threshold;
}

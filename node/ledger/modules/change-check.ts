/**
 * Whether a change may join an activation (rule E3): asked when a proposal is made, at every plan after that, and
 * when a validator rotates its key. Whoever is refused is told n, f and Q before and after.
 *
 * Changes are checked one after the other. That is the same as checking them at once: whatever order leads to a
 * change that rule E3 allows, each beginning of it is allowed, too (a test counts them out).
 */
import { validatorsMax } from '../../../shared/codec/ids.ts';
import { frameBytesMax } from '../../../shared/codec/limits.ts';
import { messageBytesMax } from '../../../shared/codec/messages.ts';
import { faultsTolerated, quorum } from '../../../shared/protocol/quorum.ts';
import type { Membership } from '../../../shared/types/epochs.ts';
import { readRecord } from '../records.ts';
import type { DecidedRejection } from '../rejections.ts';
import { stateKeys } from '../state-keys.ts';
import type { StateView } from '../types.ts';
import { type Change, membershipAfter, subjectOf, subjectsOf } from './changes.ts';
import { hadValidators } from './epochs.ts';
import { parameterProblem } from './parameter-bounds.ts';

/** Below, no liar is tolerated: a network that had as many never goes under it by an activation. */
const validatorsMin = 4;

/** n, f and Q of a set, as people are shown them. */
export type SetFigures = { readonly n: number; readonly f: number; readonly q: number };

export function figuresOf({ validators }: Pick<Membership, 'validators'>): SetFigures {
  const n = validators.length;
  return { n, f: faultsTolerated(n), q: quorum(n) };
}

/** Rule E3: how many validators one activation may change on the way from n to `nextN`. */
export function changesAllowed(n: number, nextN: number): number {
  return Math.max(1, Math.min(faultsTolerated(n), faultsTolerated(nextN)));
}

/** `changes` are in the activation already; the first reason why `change` may not join them. */
export function changeProblem(
  state: StateView,
  current: Membership,
  changes: readonly Change[],
  change: Change,
): DecidedRejection | undefined {
  const { firstHeight } = current;
  const before = membershipAfter(current, changes, firstHeight);
  const after = membershipAfter(current, [...changes, change], firstHeight);
  return (
    ownProblem(state, current, before, change) ??
    repeatedProblem(changes, change) ??
    setProblem(state, current, after, [...changes, change])
  );
}

/** What is wrong with the change by itself. */
function ownProblem(
  state: StateView,
  current: Membership,
  before: Membership,
  change: Change,
): DecidedRejection | undefined {
  switch (change.kind) {
    case 'add':
      return idProblem(state, before, change.validator.id) ?? incarnationProblem(state, change.validator);
    case 'remove':
    case 'consensus-key':
      return unknownProblem(current, change.id);
    case 'incarnation':
      return unknownProblem(current, change.id) ?? incarnationProblem(state, change);
    case 'parameters':
      return parameterProblem(before.parameters, change.set);
    case 'protocol':
      return change.version === current.protocol + 1
        ? undefined
        : { code: 'protocol-not-next', facts: { version: change.version, current: current.protocol } };
  }
}

/** Ids are never given again: what the ledger says of one would be said of the other. */
function idProblem(state: StateView, before: Membership, id: string): DecidedRejection | undefined {
  if (before.validators.some((validator) => validator.id === id))
    return { code: 'validator-exists', facts: { validator: id } };
  if (state.get(stateKeys.observer(id)) !== undefined)
    return { code: 'observer-exists', facts: { observer: id } };
  if (state.get(stateKeys.former(id)) !== undefined) return { code: 'id-used-before', facts: { id } };
  return undefined;
}

function unknownProblem({ validators }: Membership, id: string): DecidedRejection | undefined {
  if (validators.some((validator) => validator.id === id)) return undefined;
  return { code: 'unknown-validator', facts: { validator: id } };
}

/** Rule D3: a vote store is registered once, or its copy could vote beside it later. */
function incarnationProblem(
  state: StateView,
  { incarnation }: { readonly incarnation: string },
): DecidedRejection | undefined {
  const validator = readRecord<string>(state, stateKeys.incarnation(incarnation));
  if (validator === undefined) return undefined;
  return { code: 'incarnation-in-use', facts: { incarnation, validator } };
}

/** A validator joins, leaves, or gets one key and one incarnation at most; the protocol rises by one. */
function repeatedProblem(changes: readonly Change[], change: Change): DecidedRejection | undefined {
  const subject = subjectOf(change);
  const isRepeated = changes.some((earlier) => {
    if (subjectOf(earlier) !== subject) return false;
    if (subject === undefined) return earlier.kind === 'protocol' && change.kind === 'protocol';
    return earlier.kind === change.kind || isWhole(earlier) || isWhole(change);
  });
  if (!isRepeated) return undefined;
  return { code: 'changed-twice', facts: { kind: change.kind, ...(subject && { validator: subject }) } };
}

/** It says everything there is to say about a validator in this activation. */
function isWhole({ kind }: Change): boolean {
  return kind === 'add' || kind === 'remove';
}

/** What is wrong with the set that would follow. */
function setProblem(
  state: StateView,
  current: Membership,
  after: Membership,
  changes: readonly Change[],
): DecidedRejection | undefined {
  const [n, nextN] = [current.validators.length, after.validators.length];
  const figures = { before: figuresOf(current), after: figuresOf(after) };
  if (nextN > validatorsMax) return { code: 'too-many-validators', facts: { ...figures, validatorsMax } };
  if (nextN < 1 || (nextN < n && nextN < validatorsMin && hadValidators(state, validatorsMin)))
    return {
      code: 'too-few-validators',
      facts: { ...figures, validatorsMin: nextN < 1 ? 1 : validatorsMin },
    };
  const changed = subjectsOf(changes).length;
  const allowed = changesAllowed(n, nextN);
  if (changed > allowed) return { code: 'too-many-changes', facts: { ...figures, changed, allowed } };
  return messagesProblem(current, after);
}

/** Rule M2: a link's frame holds the largest NEW-VIEW of the next epoch, whose first carries a certificate of this. */
function messagesProblem(current: Membership, after: Membership): DecidedRejection | undefined {
  const { window, batchLimit } = after.parameters;
  const bytes = messageBytesMax({
    validators: after.validators.length,
    previousValidators: current.validators.length,
    window,
    batchLimit,
  });
  const bytesMax = frameBytesMax(after.parameters);
  if (bytes <= bytesMax) return undefined;
  const figures = { before: figuresOf(current), after: figuresOf(after) };
  return { code: 'messages-too-large', facts: { ...figures, bytes, bytesMax, window, batchLimit } };
}

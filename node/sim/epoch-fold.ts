/**
 * The epochs of a universe, from the events of its certified blocks alone: folded once more, by arithmetic of its
 * own, so that a header, a set or an arming that the product gets wrong shows in the first block that says it
 * (rules E1–E3).
 */
import { toHex } from '../../shared/codec/hex.ts';
import { validatorSetDigest } from '../../shared/codec/validator-set.ts';
import { faultsTolerated, quorum } from '../../shared/protocol/quorum.ts';
import type { Incarnation, PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { GenesisValidator, LedgerEvent } from '../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import type {
  ActivationApproved,
  ActivationArmed,
  ActivationAttested,
  ActivationExtended,
  ActivationReady,
} from '../ledger/modules/activation-records.ts';
import type { ChangeData } from '../ledger/modules/changes.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import type { Founding } from './founding.ts';

/** One epoch, as far as its blocks are known. */
export interface KnownEpoch {
  readonly epoch: number;
  readonly firstHeight: number;
  /** The block that scheduled it; none did the first epoch. */
  readonly armedAt?: number;
  /** Once the block of that height is certified. */
  lastHeight?: number;
  /** By id, in the order of ids. */
  readonly validators: ReadonlyMap<ValidatorId, GenesisValidator>;
  readonly parameters: NetworkParameters;
}

export interface EpochFold {
  /** Each height once, in order; undefined, or what the block says that it should not. */
  appended(block: ExecutedBlock): string | undefined;
  /** The newest that has begun anywhere. */
  current(): KnownEpoch;
  of(epoch: number): KnownEpoch | undefined;
  /** Whether something waits for its block; `at`: first height of what is scheduled. */
  pending(): { readonly at?: number } | undefined;
}

interface Pending {
  readonly number: number;
  readonly changes: ChangeData[];
  deadline: number;
  notBefore: number;
  armedAt?: number;
  at?: number;
  readonly ready: Set<string>;
  readonly attested: Map<string, Set<string>>;
}

export function createEpochFold({ document, first }: Founding): EpochFold {
  const epochs: KnownEpoch[] = [
    {
      epoch: 0,
      firstHeight: 1,
      validators: byId(document.validators.filter(({ id }) => first.includes(id))),
      parameters: document.parameters,
    },
  ];
  let pending: Pending | undefined;
  const current = (): KnownEpoch => epochs.at(-1)!;

  function appended(block: ExecutedBlock): string | undefined {
    const before = current();
    const fault =
      foldAll(block.opening, block) ??
      overdueFault(block.header.time) ??
      foldAll(
        block.ran.flatMap(({ events }) => events),
        block,
      ) ??
      foldAll(block.closing, block) ??
      endFault(block, before) ??
      headerFault(block, before);
    return fault === undefined ? undefined : `block ${block.height} ${fault}`;
  }

  function foldAll(events: readonly LedgerEvent[], block: ExecutedBlock): string | undefined {
    for (const { type, data } of events) {
      const fault = folds[type]?.(data, block);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  const folds: { readonly [type: string]: (data: unknown, block: ExecutedBlock) => string | undefined } = {
    'activation.approved': (data) => {
      const { number, changes, deadline, notBefore } = data as ActivationApproved;
      if (pending !== undefined) return `approves activation ${number} beside ${pending.number}`;
      pending = {
        number,
        changes: [...changes],
        deadline,
        notBefore,
        ready: new Set(),
        attested: new Map(),
      };
      return tooManyFault(pending);
    },
    'activation.extended': (data) => {
      const { number, change, deadline, notBefore } = data as ActivationExtended;
      if (pending?.number !== number) return `extends activation ${number}, which is not pending`;
      pending.changes.push(change);
      pending.deadline = deadline;
      pending.notBefore = notBefore;
      return tooManyFault(pending);
    },
    'activation.ready': (data) => {
      const { number, validator } = data as ActivationReady;
      if (pending?.number !== number || pending.at !== undefined) return `hears of readiness too late`;
      pending.ready.add(validator);
      pending.attested.set(validator, new Set());
      return undefined;
    },
    'activation.attested': (data) => {
      const { number, subject, by } = data as ActivationAttested;
      if (pending?.number !== number || pending.at !== undefined) return `hears of reach too late`;
      if (subject === by || !current().validators.has(by as ValidatorId))
        return `counts ${by} for ${subject}`;
      pending.attested.get(subject)?.add(by);
      return undefined;
    },
    'activation.armed': (data, block) => arm(data as ActivationArmed, block),
    'activation.activated': (_data, { height }) => {
      if (pending?.at !== height + 1) return 'ends its epoch at another height than was scheduled';
      current().lastHeight = height;
      const { armedAt } = pending;
      epochs.push({
        ...after(current(), pending.changes, height + 1),
        ...(armedAt !== undefined && { armedAt }),
      });
      pending = undefined;
      return undefined;
    },
    'activation.lapsed': (_data, { header }) => {
      if (pending === undefined || pending.at !== undefined || header.time < pending.deadline)
        return 'lets lapse what is not due';
      pending = undefined;
      return undefined;
    },
    'activation.withdrawn': () => {
      pending = undefined;
      return undefined;
    },
  };

  /** Before its transactions, so that none of them wins by its place. */
  function overdueFault(time: number): string | undefined {
    if (pending === undefined || pending.at !== undefined || time < pending.deadline) return undefined;
    return `does not let activation ${pending.number} lapse before its transactions`;
  }

  function arm({ number, at }: ActivationArmed, { height }: ExecutedBlock): string | undefined {
    if (pending?.number !== number) return `arms activation ${number}, which is not pending`;
    const { window } = current().parameters;
    const expected = Math.max(height + window + 1, pending.notBefore);
    if (at !== expected) return `schedules ${at} instead of ${expected} (rule E1)`;
    const missing = pending.changes.find((change) => !isShown(pending!, change));
    if (missing !== undefined) return `arms what has not shown up: ${subjectOf(missing)} (rule E3)`;
    pending.at = at;
    pending.armedAt = height;
    return tooManyFault(pending);
  }

  function isShown({ ready, attested }: Pending, change: ChangeData): boolean {
    const id = subjectOf(change);
    if (id === undefined || change.kind === 'remove') return true;
    const n = current().validators.size;
    const others = n - (current().validators.has(id) ? 1 : 0);
    const needed = change.kind === 'consensus-key' ? 0 : Math.min(quorum(n), others);
    return ready.has(id) && (attested.get(id)?.size ?? 0) >= needed;
  }

  /** Rule E3, counted the obvious way. */
  function tooManyFault({ number, changes }: Pending): string | undefined {
    const subjects = new Set(changes.map(subjectOf).filter((id) => id !== undefined));
    const f = faultsTolerated(current().validators.size);
    const nextF = faultsTolerated(after(current(), changes, 0).validators.size);
    const allowed = Math.max(1, Math.min(f, nextF));
    if (subjects.size <= allowed) return undefined;
    return `lets activation ${number} change ${subjects.size} validators, more than ${allowed} (rule E3)`;
  }

  function endFault({ height }: ExecutedBlock, before: KnownEpoch): string | undefined {
    if (pending?.at !== height + 1 || current() !== before) return undefined;
    return `does not end epoch ${before.epoch}, whose last block it is (rule E1)`;
  }

  function headerFault({ header }: ExecutedBlock, before: KnownEpoch): string | undefined {
    const next = current();
    if (header.epoch !== before.epoch) return `belongs to epoch ${header.epoch} instead of ${before.epoch}`;
    const set = [...next.validators.values()];
    return header.nextEpoch === next.epoch && header.nextValidators === validatorSetDigest(set)
      ? undefined
      : `hands over to another set or epoch than events lead to (rule E2)`;
  }

  return {
    appended,
    current,
    of: (epoch) => epochs[epoch],
    pending: () => pending && (pending.at === undefined ? {} : { at: pending.at }),
  };
}

export const primaryIn = ({ epoch, validators }: KnownEpoch, view: number): ValidatorId =>
  [...validators.keys()][(epoch + view) % validators.size]!;

function subjectOf(change: ChangeData): ValidatorId | undefined {
  if (change.kind === 'add') return change.validator.id as ValidatorId;
  return 'id' in change ? (change.id as ValidatorId) : undefined;
}

function after(before: KnownEpoch, changes: readonly ChangeData[], firstHeight: number): KnownEpoch {
  const validators = new Map(before.validators);
  let { parameters } = before;
  for (const change of changes) {
    const known = validators.get(subjectOf(change) ?? ('' as ValidatorId));
    if (change.kind === 'add') validators.set(change.validator.id as ValidatorId, joining(change.validator));
    if (change.kind === 'remove') validators.delete(change.id as ValidatorId);
    if (change.kind === 'consensus-key' && known !== undefined)
      validators.set(known.id, { ...known, consensusKey: toHex(change.key) as PublicKey });
    if (change.kind === 'incarnation' && known !== undefined)
      validators.set(known.id, { ...known, incarnation: toHex(change.incarnation) as Incarnation });
    if (change.kind === 'parameters') parameters = { ...parameters, ...change.set };
  }
  return {
    epoch: before.epoch + 1,
    firstHeight,
    validators: byId([...validators.values()]),
    parameters,
  };
}

function joining(data: Extract<ChangeData, { kind: 'add' }>['validator']): GenesisValidator {
  const { consensusKey, nodeKey, incarnation } = data;
  return {
    ...data,
    consensusKey: toHex(consensusKey),
    nodeKey: toHex(nodeKey),
    incarnation: toHex(incarnation),
  } as unknown as GenesisValidator;
}

function byId(validators: readonly GenesisValidator[]): ReadonlyMap<ValidatorId, GenesisValidator> {
  const sorted = [...validators].sort((one, other) => (one.id < other.id ? -1 : 1));
  return new Map(sorted.map((validator) => [validator.id, validator]));
}

/**
 * What execution knows of epochs, as little of it as the core needs: transactions that schedule a change of the
 * validators, withdraw it, or approve one that lapses; and the block that hands over. A pure function, so that every
 * replica derives the same boundaries from the same batches.
 */
import type { Epoch, Height, TransactionId, ValidatorId } from '../../../shared/types/brands.ts';
import type { Batch, ValidatorSet } from '../../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../../shared/types/parameters.ts';
import type { BoundaryInput, ConsensusConfig, Horizon } from '../types.ts';
import { configOf, idOf, validatorOf } from './forge.ts';

/** A validator as the ledger registers it for an epoch. */
export interface Seat {
  readonly id: ValidatorId;
  /** Generation of its key. */
  readonly key: number;
  readonly incarnation: number;
}

export interface Era {
  readonly epoch: Epoch;
  readonly firstHeight: Height;
  /** Sorted by id. */
  readonly seats: readonly Seat[];
  readonly parameters: NetworkParameters;
  readonly previous?: { readonly epoch: Epoch; readonly validators: ValidatorSet };
}

export type Command =
  /** Arms at once: effective at height + window + 1, or at `notBefore` if that is later. */
  | { readonly kind: 'arm'; readonly change: Change; readonly notBefore?: number }
  | { readonly kind: 'approve'; readonly deadline: number }
  | { readonly kind: 'withdraw' };

export interface Change {
  readonly join?: ValidatorId;
  readonly leave?: ValidatorId;
  readonly key?: { readonly id: ValidatorId; readonly generation: number };
  readonly incarnation?: { readonly id: ValidatorId; readonly value: number };
  readonly parameters?: Partial<NetworkParameters>;
}

export interface LedgerState {
  readonly era: Era;
  readonly time: number;
  readonly scheduled?: { readonly at: Height; readonly change: Change };
  /** Of an approved activation that is not armed. */
  readonly deadline?: number;
  /** Commands that ran: each runs once. */
  readonly ran: ReadonlySet<TransactionId>;
}

export function genesisLedger(n: number, parameters: Partial<NetworkParameters>): LedgerState {
  const { epoch, firstHeight, parameters: all } = configOf(n, 0, parameters);
  const seats = Array.from({ length: n }, (_, index) => ({ id: idOf(index), key: 0, incarnation: 0 }));
  return { era: { epoch, firstHeight, seats, parameters: all }, time: 0, ran: new Set() };
}

export const validatorsOf = (seats: readonly Seat[]): ValidatorSet =>
  seats.map(({ id, key }) => validatorOf(id, key));

/** Opening, transactions, closing: in this order, so that a withdrawal in the last block still counts. */
export function executeModel(
  before: LedgerState,
  height: Height,
  batch: Batch,
  commands: ReadonlyMap<TransactionId, Command>,
): LedgerState {
  const time = Math.max(before.time, batch.time);
  let after: LedgerState = lapse({ ...before, time });
  for (const id of batch.ids) {
    const command = commands.get(id);
    if (command === undefined || after.ran.has(id)) continue;
    after = { ...obey(after, height, command), ran: new Set([...after.ran, id]) };
  }
  return after.scheduled?.at === height + 1 ? activate(after, after.scheduled) : after;
}

function lapse(state: LedgerState): LedgerState {
  if (state.deadline === undefined || state.time < state.deadline) return state;
  const { deadline: _, ...rest } = state;
  return rest;
}

function obey(state: LedgerState, height: Height, command: Command): LedgerState {
  const { scheduled, deadline, ...rest } = state;
  const isPending = scheduled !== undefined || deadline !== undefined;
  switch (command.kind) {
    case 'withdraw':
      return rest;
    case 'approve':
      return isPending ? state : { ...rest, deadline: command.deadline };
    case 'arm': {
      const earliest = height + state.era.parameters.window + 1;
      const at = Math.max(earliest, command.notBefore ?? 0) as Height;
      return isPending ? state : { ...rest, scheduled: { at, change: command.change } };
    }
  }
}

function activate(state: LedgerState, { at, change }: NonNullable<LedgerState['scheduled']>): LedgerState {
  const { scheduled: _, era, ...rest } = state;
  const next: Era = {
    epoch: (era.epoch + 1) as Epoch,
    firstHeight: at,
    seats: seatsAfter(era.seats, change),
    parameters: { ...era.parameters, ...change.parameters },
    previous: { epoch: era.epoch, validators: validatorsOf(era.seats) },
  };
  return { ...rest, era: next };
}

/** Below this number one liar could no longer be borne, so nobody leaves. */
const seatsMin = 4;

function seatsAfter(seats: readonly Seat[], change: Change): readonly Seat[] {
  const { join } = change;
  const isNew = join !== undefined && !seats.some(({ id }) => id === join);
  const joining = isNew ? [{ id: join, key: 0, incarnation: 0 }] : [];
  const staying = seats.length > seatsMin ? seats.filter(({ id }) => id !== change.leave) : seats;
  return [...staying, ...joining]
    .map((seat) => ({
      ...seat,
      ...(change.key?.id === seat.id ? { key: change.key.generation } : {}),
      ...(change.incarnation?.id === seat.id ? { incarnation: change.incarnation.value } : {}),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function horizonOf(state: LedgerState): Horizon {
  const { era, scheduled, deadline } = state;
  if (scheduled === undefined) return deadline === undefined ? {} : { lapseAt: deadline };
  return {
    lastHeight: (scheduled.at - 1) as Height,
    nextEpoch: (era.epoch + 1) as Epoch,
    nextValidators: validatorsOf(seatsAfter(era.seats, scheduled.change)),
  };
}

/** As the runtime makes it for a replica with this vote store. */
export function configFor(self: ValidatorId, incarnation: number, era: Era): ConsensusConfig {
  const { epoch, firstHeight, seats, parameters, previous } = era;
  return {
    network: configOf(seats.length).network,
    self,
    epoch,
    firstHeight,
    validators: validatorsOf(seats),
    parameters,
    mayVote: seats.find(({ id }) => id === self)?.incarnation === incarnation,
    ...(previous === undefined ? {} : { previous }),
  };
}

/** What the block at `height`, whose execution left `state`, says about the end of its epoch. */
export function boundaryOf(
  state: LedgerState,
  height: Height,
  configOfNext: (era: Era) => ConsensusConfig,
): BoundaryInput {
  return state.era.firstHeight === height + 1 && height > 0
    ? { kind: 'handover', next: configOfNext(state.era) }
    : { kind: 'within', ...horizonOf(state) };
}

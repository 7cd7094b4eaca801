/** Proposals as state has them: what was proposed, who voted how, and what became of it. They are kept for ever. */
import type { GovernedAction } from '../../../shared/types/governance.ts';
import type { LedgerEvent, Rejection } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { readRecord, writeRecord } from '../records.ts';
import { stateKeys } from '../state-keys.ts';
import type { StateChanges, StateView } from '../types.ts';

export type ProposalStatus = 'open' | 'accepted' | 'executed' | 'withdrawn';

/** A member's; `identity` is the admin that cast it. */
export type Ballot = {
  readonly approve: boolean;
  readonly identity: string;
  readonly height: number;
};

/** Which action could not be carried out when it was tried, and why. */
export type Refusal = {
  readonly index: number;
  readonly kind: string;
  readonly code: string;
  readonly facts: Rejection['facts'];
};

export type ProposedData = {
  /** Counts from 0 over the whole ledger. */
  readonly number: number;
  /** Identity id, and its member. */
  readonly proposer: string;
  readonly member: string;
  readonly actions: readonly GovernedAction[];
  readonly reason: string;
  /** Block times, milliseconds since 1970; it can be voted on and executed while block time is below the second. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** What was in force: for readers, so that they see what has changed since. */
  readonly basis: { readonly epoch: number; readonly pending?: number };
};

export type Proposal = ProposedData & {
  /** An expired one stays as it is: expiry is judged by block time. */
  readonly status: ProposalStatus;
  /** By member id; a later ballot of a member replaces its earlier one. */
  readonly ballots: { readonly [member: string]: Ballot };
  /** Of an accepted one that could not be executed yet. */
  readonly refusal?: Refusal;
  /** Of an executed or withdrawn one. */
  readonly end?: ProposalEnd;
};

export type ProposalEnd = {
  readonly height: number;
  /** Block time, milliseconds since 1970. */
  readonly time: number;
  /** Identity: its deciding ballot, or its word. */
  readonly by: string;
  /** Where the change of the epoch goes on, if there is one. */
  readonly activation?: number;
};

export type VotedData = Ballot & { readonly proposal: number; readonly member: string };
export type AcceptedData = {
  readonly proposal: number;
  readonly approvals: number;
  readonly needed: number;
  /** Active ones at that moment. */
  readonly members: number;
};
export type RefusedData = Refusal & { readonly proposal: number };
export type ClosedData = ProposalEnd & { readonly proposal: number };

/** What waits, as the index has it. */
export type OpenProposal = { readonly number: number; readonly member: string; readonly expiresAt: number };

const folds: { readonly [type: string]: (state: StateChanges, event: LedgerEvent) => void } = {
  'governance.proposed': (state, { data }) => propose(state, data as ProposedData),
  'governance.voted': (state, { data }) => {
    const { proposal, member, ...ballot } = data as VotedData;
    const before = known(state, proposal);
    write(state, { ...before, ballots: { ...before.ballots, [member]: ballot } });
  },
  'governance.accepted': (state, { data }) => {
    write(state, { ...known(state, (data as AcceptedData).proposal), status: 'accepted' });
  },
  'governance.refused': (state, { data }) => {
    const { proposal, ...refusal } = data as RefusedData;
    write(state, { ...known(state, proposal), refusal });
  },
  'governance.executed': (state, { data }) => close(state, data as ClosedData, 'executed'),
  'governance.withdrawn': (state, { data }) => close(state, data as ClosedData, 'withdrawn'),
};

export function evolveGovernance(state: StateChanges, event: LedgerEvent): void {
  const fold = folds[event.type];
  assert(fold !== undefined, `governance knows no event ${event.type}`);
  fold(state, event);
}

function propose(state: StateChanges, data: ProposedData): void {
  assert(data.number === proposalCount(state), `proposal ${data.number} is the next one`);
  write(state, { ...data, status: 'open', ballots: {} });
  writeRecord(state, stateKeys.proposalCount, data.number + 1);
  const { number, member, expiresAt } = data;
  writeOpen(state, [...openProposals(state, data.createdAt), { number, member, expiresAt }]);
}

function close(
  state: StateChanges,
  { proposal: number, ...end }: ClosedData,
  status: 'executed' | 'withdrawn',
): void {
  const { refusal: _refusal, ...before } = known(state, number);
  write(state, { ...before, status, end });
  writeOpen(
    state,
    openProposals(state, 0).filter((one) => one.number !== number),
  );
}

function known(state: StateView, number: number): Proposal {
  const proposal = readProposal(state, number);
  assert(proposal !== undefined, `proposal ${number} is in state`);
  return proposal;
}

function write(state: StateChanges, proposal: Proposal): void {
  writeRecord(state, stateKeys.proposal(proposal.number), proposal);
}

function writeOpen(state: StateChanges, open: readonly OpenProposal[]): void {
  writeRecord(state, stateKeys.openProposals, open);
}

/** Made so far, over the whole ledger. */
export function proposalCount(state: StateView): number {
  return readRecord<number>(state, stateKeys.proposalCount) ?? 0;
}

/** `number` counts from 0; undefined from `proposalCount` on. */
export function readProposal(state: StateView, number: number): Proposal | undefined {
  return readRecord<Proposal>(state, stateKeys.proposal(number));
}

/** Those that wait for ballots or for their execution, by number, without those that expire until `time`. */
export function openProposals(state: StateView, time: number): readonly OpenProposal[] {
  const open = readRecord<readonly OpenProposal[]>(state, stateKeys.openProposals) ?? [];
  return open.filter(({ expiresAt }) => expiresAt > time);
}

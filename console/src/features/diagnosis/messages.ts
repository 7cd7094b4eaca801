import type { DiagnosisJson } from '../../../../shared/api.ts';
import { messageNames } from '../../lib/message-names.ts';

type Ballot = DiagnosisJson['current']['ballots'][number];
type Held = Ballot['prepare'];
type Awaited = NonNullable<DiagnosisJson['current']['awaited']>;

/** The columns, in the order in which the protocol sends them. */
export const messageKinds = ['pre-prepare', 'prepare', 'commit', 'seal', 'view-change'] as const;
export type MessageKind = (typeof messageKinds)[number];

export const columnNames: { readonly [kind in MessageKind]: string } = { ...messageNames, seal: 'Seal' };

export interface Cell {
  readonly held: Held;
  readonly word: string;
}

const words: { readonly [held in Held]: string } = {
  held: 'Here',
  missing: 'Missing',
  other: 'Differs',
  'not-due': 'Not due',
};

export function cellOf(
  ballot: Ballot,
  kind: MessageKind,
  { awaited }: Pick<DiagnosisJson['current'], 'awaited'>,
): Cell {
  if (kind === 'view-change') return viewChangeCell(ballot, awaited);
  const held = kind === 'pre-prepare' ? ballot.prePrepare : ballot[kind];
  return { held, word: words[held] };
}

/** It asks for a view above ours, or others wait for it to do so. */
function viewChangeCell({ validator, viewChange }: Ballot, awaited: Awaited | undefined): Cell {
  if (viewChange !== undefined) return { held: 'held', word: `To view ${viewChange}` };
  const isMissing = awaited?.message === 'view-change' && awaited.from.includes(validator);
  return isMissing ? { held: 'missing', word: words.missing } : { held: 'not-due', word: words['not-due'] };
}

export interface Tally {
  readonly held: number;
  readonly needed: number;
}

/** How many are here of how many the next step needs: one proposal, Q−1 PREPAREs of backups, Q of all else. */
export function tallyOf({ current, quorum }: DiagnosisJson, kind: MessageKind): Tally {
  const held = current.ballots.filter((ballot) => cellOf(ballot, kind, current).held === 'held').length;
  const needed = { 'pre-prepare': 1, prepare: quorum.q - 1 }[kind as string] ?? quorum.q;
  return { held, needed };
}

const phases: { readonly [phase in DiagnosisJson['current']['phase']]: string } = {
  none: 'no proposal yet',
  'pre-prepared': 'a batch is proposed',
  prepared: 'a quorum prepared the batch',
  ordered: 'a quorum committed the batch, it is not executed yet',
  executed: 'the batch is executed here',
};

/** What the network waits for now, in one sentence. */
export function waitsFor({ current, waiting }: Pick<DiagnosisJson, 'current' | 'waiting'>): string {
  const { awaited, phase } = current;
  if (awaited !== undefined) {
    const state = phase === 'none' ? '' : `; ${phases[phase]}`;
    return `It waits for the ${messageNames[awaited.message]} of ${listed(awaited.from)}${state}.`;
  }
  if (phase === 'none')
    return waiting.transactions === 0
      ? 'Nothing is under way: no transaction waits to be ordered.'
      : 'No proposal yet.';
  const [first = '', ...rest] = phases[phase];
  return `${first.toUpperCase()}${rest.join('')}; nothing is missing.`;
}

/** `alpha, beta and gamma` */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? 'nobody') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

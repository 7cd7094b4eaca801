/** The report: one row for each scenario and network size, and whether every zero is one. */
import type { Findings, NetworkSize } from './scenario.ts';

export interface Row {
  readonly scenario: string;
  readonly validators: NetworkSize;
  /** Absent if it was skipped or failed. */
  readonly findings?: Findings;
  /** Why this machine cannot run it. */
  readonly skipped?: string;
  /** What ended it before its audit. */
  readonly failure?: string;
  /** A signal ended it before its audit. */
  readonly interrupted?: true;
  /** Seen before it ended without an audit. */
  readonly faults?: readonly string[];
}

export const nameOf = ({ scenario, validators }: Pick<Row, 'scenario' | 'validators'>): string =>
  `${scenario} on ${validators}`;

/** Every reason why this run does not count as clean. */
export function violations(rows: readonly Row[]): readonly string[] {
  return rows.flatMap((row) => {
    const { findings, failure, faults = [] } = row;
    const where = nameOf(row);
    const seen = faults.map((fault) => `${where}: ${fault}`);
    if (failure !== undefined) return [`${where}: ${failure}`, ...seen];
    if (findings === undefined) return seen;
    const zeros = Object.entries(findings.zeros).filter(([, count]) => count !== 0);
    return [
      ...zeros.map(([name, count]) => `${where}: ${name} = ${count}`),
      ...findings.faults.map((fault) => `${where}: ${fault}`),
    ];
  });
}

const headings = [
  'scenario',
  'n',
  'faults',
  'commits',
  'acknowledged',
  'lost',
  'doubled',
  'gap s',
  'recovery s',
  'equivoc.',
];

export function tableText(rows: readonly Row[]): string {
  const cells = [headings, ...rows.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column] ?? 0))),
  );
  const notes = rows.map(noteOf);
  return lines
    .map((row, at) => [row.join('  '), notes[at - 1] ?? ''].filter((part) => part !== '').join('\n    '))
    .join('\n');
}

function cellsOf({ scenario, validators, findings, skipped, interrupted }: Row): readonly string[] {
  const head = [scenario, String(validators)];
  if (interrupted) return [...head, 'cut off'];
  if (findings === undefined) return [...head, skipped === undefined ? 'FAILED' : 'skipped'];
  const { injected, commits, acknowledged, zeros, longestGapMs, worstRecoveryMs } = findings;
  return [
    ...head,
    String(injected),
    String(commits),
    String(acknowledged),
    String(zeros.lost),
    String(zeros.doubled),
    inSeconds(longestGapMs),
    inSeconds(worstRecoveryMs),
    String(zeros.equivocations),
  ];
}

const named = ['lost', 'doubled', 'equivocations'];

function noteOf({ findings, skipped, failure, faults: seen = [] }: Row): string {
  if (skipped !== undefined) return `skipped: ${skipped}`;
  if (findings === undefined)
    return [...(failure === undefined ? [] : [failure]), ...seen.map(faultNote)].join('; ');
  const zeros = Object.entries(findings.zeros)
    .filter(([name]) => !named.includes(name))
    .map(([name, count]) => `${name} ${count}`);
  const faults = findings.faults.map(faultNote);
  return [...zeros, ...findings.notes, ...faults].join('; ');
}

const faultNote = (fault: string): string => `FAULT ${fault}`;
const inSeconds = (ms: number): string => (ms / 1_000).toFixed(1);

/** The worst recovery and whose it was. */
export function worstRecovery(rows: readonly Row[]): { readonly ms: number; readonly where: string } {
  let worst = { ms: 0, where: 'none' };
  for (const row of rows) {
    const ms = row.findings?.worstRecoveryMs ?? 0;
    if (ms > worst.ms) worst = { ms, where: nameOf(row) };
  }
  return worst;
}

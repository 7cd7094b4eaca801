/** What a run of the fuzzer says in the end, or when a signal ends it: for people, or as JSON. */
import { type Interruption, interruptionLine } from '../lib/interruption.ts';
import type { CampaignFigures } from './campaign.ts';
import type { Property } from './target.ts';

/** Of one target. */
export interface Row extends CampaignFigures {
  readonly target: string;
  readonly seconds: number;
  readonly findings: readonly KeptFinding[];
}
export interface KeptFinding {
  readonly property: Property;
  readonly message: string;
  readonly file: string;
}

export interface Report {
  readonly seed: number;
  /** The last one is of the target that was running, if a signal ended the run. */
  readonly rows: readonly Row[];
  readonly interrupted?: Interruption;
}

export const foundIn = (rows: readonly Row[]): number => rows.flatMap(({ findings }) => findings).length;

export const reportJson = ({ seed, rows, interrupted }: Report): string =>
  JSON.stringify({ seed, interrupted, found: foundIn(rows), targets: rows });

export function reportText({ rows, interrupted }: Report): string {
  const runs = rows.reduce((sum, row) => sum + row.runs, 0);
  return [
    table(rows),
    `${runs.toLocaleString('en')} inputs, ${rows.length} targets, ${foundIn(rows)} broken properties`,
    ...(interrupted === undefined ? [] : [interruptionLine(interrupted, 'targets')]),
  ].join('\n');
}

/** Nothing ran yet in no time. */
const rateOf = ({ runs, seconds }: Row): number => (seconds > 0 ? Math.round(runs / seconds) : 0);

function table(rows: readonly Row[]): string {
  const head = ['target', 'inputs', 'per second', 'accepted', 'kept', 'features', 'covered', 'found'];
  const body = rows.map((row) => [
    row.target,
    row.runs.toLocaleString('en'),
    rateOf(row).toLocaleString('en'),
    `${((100 * row.accepted) / Math.max(1, row.runs)).toFixed(1)} %`,
    String(row.kept),
    String(row.features),
    String(row.covered),
    String(row.findings.length),
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...body.map((cells) => cells[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ');
  return [head, ...body].map(line).join('\n');
}

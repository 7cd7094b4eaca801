/** What a run of chaos says in the end, or when a signal ends it: for people, or as JSON. */
import { type Interruption, interruptionLine } from '../lib/interruption.ts';
import { type Row, tableText, violations, worstRecovery } from './table.ts';

export interface Report {
  readonly seed: number;
  readonly rows: readonly Row[];
  /** Of a run that is not whole. */
  readonly interrupted?: Interruption;
}

export const recoveryTargetMs = 20_000;

export function reportJson({ seed, rows, interrupted }: Report): string {
  const { ms, where } = worstRecovery(rows);
  const found = violations(rows);
  const report = { seed, interrupted, worstRecoveryMs: ms, worstRecoveryIn: where, violations: found, rows };
  return JSON.stringify(report, undefined, 2);
}

/** Only a whole run says that every zero is zero. */
export function reportText({ seed, rows, interrupted }: Report): string {
  const found = violations(rows);
  return [
    tableText(rows),
    `\n${[`seed ${seed}`, ...recoveryWords(rows)].join('; ')}`,
    ...(found.length > 0 ? ['NOT ZERO:', ...found.map((one) => `  ${one}`)] : []),
    ...(found.length === 0 && interrupted === undefined ? ['every zero is zero'] : []),
    ...(interrupted === undefined ? [] : [interruptionLine(interrupted, 'scenarios')]),
  ].join('\n');
}

function recoveryWords(rows: readonly Row[]): readonly string[] {
  if (rows.every(({ findings }) => findings === undefined)) return [];
  const { ms, where } = worstRecovery(rows);
  const target = ms <= recoveryTargetMs ? 'within' : 'ABOVE';
  return [
    `worst recovery ${(ms / 1_000).toFixed(1)} s (${where}), ${target} the target of ${recoveryTargetMs / 1_000} s`,
  ];
}

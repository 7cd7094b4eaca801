/** The table of mutants, for people and for machines. */
import type { Verdict } from './trial.ts';
import type { Unwritten } from './types.ts';

/** By invariants that need not wait for progress, as a fork does not either. */
export const wantedBySafety = 18;
export const seedsForSafety = 2_000;

export const isCaught = ({ caught, cleanBreaks }: Verdict): boolean =>
  caught !== undefined && cleanBreaks === undefined;

export const isBySafety = (verdict: Verdict): boolean =>
  isCaught(verdict) && verdict.caught?.family !== 'liveness' && verdict.seeds <= seedsForSafety;

export function lineOf(verdict: Verdict): string {
  const { mutant, seeds, seconds, caught } = verdict;
  const by = caught === undefined ? 'NOT CAUGHT' : `${caught.invariant} (${caught.family})`;
  return [
    isCaught(verdict) ? 'ok ' : 'NO ',
    mutant.name.padEnd(60),
    mutant.rules.join(',').padEnd(9),
    (mutant.profile ?? 'usual').padEnd(16),
    by.padEnd(46),
    String(seeds).padStart(5),
    `${seconds.toFixed(1)} s`.padStart(8),
  ].join(' ');
}

export const header = [
  '   ',
  'mutant'.padEnd(60),
  'rules'.padEnd(9),
  'profile'.padEnd(16),
  'caught by'.padEnd(46),
  'seeds',
  '    time',
].join(' ');

/** What a reader of the table should know besides. */
export function notesOf(verdicts: readonly Verdict[], unwritten: readonly Unwritten[]): readonly string[] {
  return [
    ...verdicts.flatMap(({ mutant, cleanBreaks }) => [
      ...(cleanBreaks === undefined ? [] : [`${mutant.name}: the clean core breaks too, ${cleanBreaks}`]),
      ...(mutant.note === undefined ? [] : [`${mutant.name}: ${mutant.note}`]),
    ]),
    ...unwritten.map(({ name, reason }) => `${name}: not written down, ${reason}`),
  ];
}

export function summaryOf(verdicts: readonly Verdict[], unwritten: readonly Unwritten[]): string {
  const caught = verdicts.filter(isCaught).length;
  const safety = verdicts.filter(isBySafety).length;
  const without = unwritten.length === 0 ? '' : `; ${unwritten.length} cannot be written down yet`;
  return `${caught} of ${verdicts.length} mutants caught, ${safety} of them by safety or bookkeeping${without}`;
}

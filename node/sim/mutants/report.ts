/** The table of mutants, for people and for machines. */
import { type AskedList, asked, inOrderOfAsking, listOf, wordingOf } from './asked.ts';
import type { ForkFound } from './fork.ts';
import type { TrialLimits, Verdict } from './trial.ts';
import type { Mutant } from './types.ts';

/** Of those of one epoch: by invariants that need not wait for progress, as a fork does not either. */
const wantedBySafety = 18;
const seedsForSafety = 2_000;

export const isCaught = ({ caught, cleanBreaks }: Verdict): boolean =>
  caught !== undefined && cleanBreaks === undefined;

const isBySafety = (verdict: Verdict): boolean =>
  isCaught(verdict) &&
  (verdict.caught?.family === 'safety' || verdict.caught?.family === 'bookkeeping') &&
  verdict.seeds <= seedsForSafety;

const columns = {
  mutant: 60,
  asked: 55,
  rules: 9,
  profile: 18,
  by: 52,
  seeds: 5,
  time: 9,
} as const;

const profileOf = (mutant: Mutant): string => ('test' in mutant ? '-' : (mutant.profile ?? 'usual'));

export function lineOf(verdict: Verdict): string {
  const { mutant, seeds, seconds, caught } = verdict;
  const by = caught === undefined ? 'NOT CAUGHT' : `${caught.by} (${caught.family})`;
  const wording = listOf(mutant) === 'further' ? '-' : wordingOf(mutant);
  return [
    isCaught(verdict) ? 'ok ' : 'NO ',
    mutant.name.padEnd(columns.mutant),
    (wording === mutant.name ? '=' : wording).padEnd(columns.asked),
    mutant.rules.join(',').padEnd(columns.rules),
    profileOf(mutant).padEnd(columns.profile),
    by.padEnd(columns.by),
    ('test' in mutant ? '-' : String(seeds)).padStart(columns.seeds),
    `${seconds.toFixed(1)} s`.padStart(columns.time),
  ].join(' ');
}

const header = [
  '   ',
  'mutant'.padEnd(columns.mutant),
  'asked for as'.padEnd(columns.asked),
  'rules'.padEnd(columns.rules),
  'universes'.padEnd(columns.profile),
  'caught by'.padEnd(columns.by),
  'seeds'.padStart(columns.seeds),
  'time'.padStart(columns.time),
].join(' ');

const titles: Readonly<Record<AskedList, string>> = {
  ordering: 'Ordering, view changes, durability, execution',
  epochs: 'Epochs',
  further: 'Further ones',
};

/** The whole table, in the order in which the bugs were asked for, and what a reader should know besides. */
export function pageOf(verdicts: readonly Verdict[]): string {
  const sorted = inOrderOfAsking(verdicts, ({ mutant }) => mutant);
  const lists = (Object.keys(titles) as AskedList[]).flatMap((list) => {
    const rows = sorted.filter(({ mutant }) => listOf(mutant) === list).map(lineOf);
    return rows.length === 0 ? [] : ['', titles[list], ...rows];
  });
  return [header, ...lists, '', ...notesOf(sorted), ...summaryOf(verdicts)].join('\n');
}

function notesOf(verdicts: readonly Verdict[]): readonly string[] {
  return verdicts.flatMap(({ mutant, cleanBreaks }) => [
    ...(cleanBreaks === undefined ? [] : [`  ${mutant.name}: THE CLEAN CORE BREAKS TOO, ${cleanBreaks}`]),
    ...(mutant.note === undefined ? [] : [`  ${mutant.name}: ${mutant.note}`]),
  ]);
}

/** A list counts a wording as caught if every bug that stands for it is. */
function summaryOf(verdicts: readonly Verdict[]): readonly string[] {
  const lists = (['ordering', 'epochs'] as const).flatMap((list) => {
    const tried = asked[list].filter((wording) => ofWording(verdicts, wording).length > 0);
    if (tried.length === 0) return [];
    const caught = tried.filter((wording) => ofWording(verdicts, wording).every(isCaught));
    const safety = tried.filter((wording) => ofWording(verdicts, wording).some(isBySafety));
    return [
      `${titles[list]}: ${caught.length} of ${asked[list].length} that were asked for are caught, ` +
        `${safety.length} of them by safety or bookkeeping within ${seedsForSafety} seeds`,
    ];
  });
  const byTest = verdicts.filter(({ caught }) => caught?.family === 'unit test').length;
  const all = `${verdicts.filter(isCaught).length} of ${verdicts.length} mutants caught, ${byTest} of them by a unit test alone; the clean core passes the same seeds`;
  return [...lists, all];
}

const ofWording = (verdicts: readonly Verdict[], wording: string): readonly Verdict[] =>
  verdicts.filter(({ mutant }) => wordingOf(mutant) === wording);

/** Of a run of the whole table: all are caught, enough of them by safety or bookkeeping. */
export function isGood(verdicts: readonly Verdict[], isWhole: boolean): boolean {
  const safety = verdicts.filter(({ mutant }) => listOf(mutant) === 'ordering').filter(isBySafety).length;
  return verdicts.every(isCaught) && (!isWhole || safety >= wantedBySafety);
}

export interface Fork extends ForkFound {
  readonly replicas: number;
  readonly colluding: number;
}

export function forkLine({ replicas, colluding, seed, stops }: Fork): string {
  const said = seed === undefined ? 'NO FORK REPORTED' : `fork reported at seed ${seed}`;
  const before = stops === 0 ? '' : ` (in ${stops} before it a validator stopped first)`;
  return `${colluding} colluding liars of ${replicas}: ${said}${before}`;
}

/** One object for machines. */
export function jsonOf(verdicts: readonly Verdict[], limits: TrialLimits): object {
  const rows = inOrderOfAsking(verdicts, ({ mutant }) => mutant).map((verdict) => {
    const { mutant, seeds, seconds, caught, cleanBreaks } = verdict;
    const { name, rules, why, note } = mutant;
    const list = listOf(mutant);
    return {
      name,
      list,
      ...(list !== 'further' && { asked: wordingOf(mutant) }),
      rules,
      why,
      universes: profileOf(mutant),
      caught: isCaught(verdict),
      ...(caught && { by: caught.by, family: caught.family, claim: caught.claim }),
      seeds,
      seconds: Math.round(seconds * 10) / 10,
      ...(cleanBreaks !== undefined && { cleanBreaks }),
      ...(note !== undefined && { note }),
    };
  });
  return { limits, mutants: rows, summary: summaryOf(verdicts) };
}

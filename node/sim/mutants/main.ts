/** Hunts every known bug in a copy of the core, and prints what caught it after how many seeds. */
import { hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { installSha256 } from '../../../shared/crypto/sha256.ts';
import { faultsTolerated } from '../../../shared/protocol/quorum.ts';
import { type CleanRuns, createCleanRuns } from './clean-runs.ts';
import { unwrittenMutants } from './epochs.ts';
import { findFork } from './fork.ts';
import { header, isBySafety, isCaught, lineOf, notesOf, summaryOf, wantedBySafety } from './report.ts';
import { mutants } from './table.ts';
import { type TrialLimits, tryMutant, universesOf, type Verdict } from './trial.ts';
import type { Mutant } from './types.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seeds: { type: 'string', default: '2000' },
    steps: { type: 'string', default: '2000' },
    workers: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
    clean: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const usage = `Puts known bugs into a copy of the core, one at a time, and runs universes until each is caught, where the
clean core passes the same seeds. Prints what caught it after how many seeds.

npm run sim:mutants -- [options]
  --only TEXT       only bugs whose name contains this text; several times for several
  --seeds N         give up after so many seeds (2000)
  --steps K         steps before healing in each universe (2000)
  --workers THREADS how many at once (one for each core)
  --clean           the clean core alone, N seeds of every profile that the chosen bugs need
  --json            one JSON object
  --help

Exit code 1 if a bug gets away.
`;

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} must be a positive integer`);
  return value;
}

function chosen(): Mutant[] {
  const { only } = values;
  const selected = mutants.filter(
    ({ name }) => only.length === 0 || only.some((text) => name.includes(text)),
  );
  if (selected.length === 0) throw new Error(`No mutant is named like ${only.join(' or ')}`);
  return selected;
}

interface Round {
  readonly workshop: Workshop;
  readonly clean: CleanRuns;
  readonly limits: TrialLimits;
}

const say = (line: string): void => {
  if (!values.json) process.stdout.write(`${line}\n`);
};

/** As many at a time as there are workers. */
async function forAll<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items];
  async function work(): Promise<void> {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await run(item);
  }
  await Promise.all(Array.from({ length: positive('workers', values.workers) }, work));
}

async function huntAll(round: Round): Promise<boolean> {
  const { workshop, clean, limits } = round;
  const verdicts: Verdict[] = [];
  say(header);
  await forAll(chosen(), async (mutant) => {
    const verdict = await tryMutant(workshop, clean, mutant, limits);
    verdicts.push(verdict);
    say(lineOf(verdict));
  });
  for (const note of notesOf(verdicts, unwrittenMutants)) say(`  ${note}`);
  say(summaryOf(verdicts, unwrittenMutants));
  say(await forkLine(round));
  if (values.json) process.stdout.write(`${JSON.stringify({ verdicts, unwritten: unwrittenMutants })}\n`);
  const safety = verdicts.filter(isBySafety).length;
  return verdicts.every(isCaught) && (values.only.length > 0 || safety >= wantedBySafety);
}

async function forkLine({ workshop, limits }: Round): Promise<string> {
  const told = [4, 7].map(async (replicas) => {
    const { seed, stops } = await findFork(workshop.clean, replicas, limits);
    const said = seed === undefined ? 'NO FORK REPORTED' : `fork reported at seed ${seed}`;
    const before = stops === 0 ? '' : ` (in ${stops} before it a validator stopped first)`;
    return `${faultsTolerated(replicas) + 1} colluding liars of ${replicas}: ${said}${before}`;
  });
  return (await Promise.all(told)).join('; ');
}

async function runClean({ clean, limits }: Round): Promise<boolean> {
  const names = new Map(chosen().map((mutant) => [universesOf(mutant, limits.steps).profile, mutant]));
  let holds = true;
  await forAll([...names.values()], async (mutant) => {
    const universes = universesOf(mutant, limits.steps);
    const broken = await clean.upTo(universes, limits.seeds);
    holds &&= broken === undefined;
    const says = broken === undefined ? 'holds' : `breaks at seed ${broken.seed}: ${broken.claim}`;
    say(`${universes.profile.padEnd(16)} ${limits.seeds} seeds: ${says}`);
  });
  return holds;
}

async function main(): Promise<void> {
  const limits = { seeds: positive('seeds', values.seeds), steps: positive('steps', values.steps) };
  const workshop = await openWorkshop();
  try {
    const round = { workshop, clean: createCleanRuns(workshop.clean), limits };
    const isGood = values.clean ? await runClean(round) : await huntAll(round);
    process.exitCode = isGood ? 0 : 1;
  } finally {
    workshop.close();
  }
}

installSha256((bytes) => new Uint8Array(hash('sha256', bytes, 'buffer')));
if (values.help) process.stdout.write(usage);
else await main();

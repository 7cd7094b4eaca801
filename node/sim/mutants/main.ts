/** Hunts every known bug in a copy of the core, and prints what caught it after how many seeds. */
import { hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { installSha256 } from '../../../shared/crypto/sha256.ts';
import { faultsTolerated } from '../../../shared/protocol/quorum.ts';
import { createCleanRuns } from './clean-runs.ts';
import { findFork } from './fork.ts';
import { type Notebook, openNotebook } from './notebook.ts';
import { describeStanding } from './progress.ts';
import { type Fork, forkLine, isGood, jsonOf, lineOf, pageOf } from './report.ts';
import { digestOfSources, repositoryRoot } from './sources.ts';
import { mutants } from './table.ts';
import { type Court, keyOf, type TrialLimits, tryMutant, universesOf, type Verdict } from './trial.ts';
import type { Mutant, SimulatedMutant } from './types.ts';
import { openWorkshop, requireFitting } from './workshop.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seeds: { type: 'string', default: '2000' },
    steps: { type: 'string', default: '2000' },
    workers: { type: 'string', default: String(availableParallelism()) },
    state: { type: 'string', default: 'data/sim-mutants.json' },
    fresh: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    clean: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const usage = `Puts known bugs into a copy of the core, one at a time, and runs universes until each is caught, where the
clean core passes the same seeds. Prints what caught it after how many seeds. What the simulator does not have is
tried with the unit test that holds it, and the table says so.

npm run sim:mutants -- [options]
  --only TEXT       only bugs whose name contains this text; several times for several
  --seeds N         give up after so many seeds (2000)
  --steps K         steps before healing in each universe (2000)
  --workers THREADS how many at once (one for each core)
  --state FILE      what is found is kept here after every seed (data/sim-mutants.json); a run that was
                    interrupted goes on where it was, as long as no source and no package has changed
  --fresh           do not go on with an interrupted run
  --clean           the clean core alone, N seeds of every profile that the chosen bugs need
  --json            one JSON object; progress goes to the error stream in any case
  --help

Exit code 1 if a bug gets away, or if fewer than 18 of those of one epoch are caught by safety or bookkeeping.
`;

const progressEveryMs = 10_000;

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

const tell = (line: string): boolean => process.stderr.write(`${line}\n`);

/** As many at a time as there are workers. */
async function forAll<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items];
  async function work(): Promise<void> {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await run(item);
  }
  await Promise.all(Array.from({ length: positive('workers', values.workers) }, work));
}

async function huntAll(court: Court, limits: TrialLimits): Promise<boolean> {
  const bugs = chosen();
  const verdicts: Verdict[] = [];
  const stop = tellProgress(court.notebook, bugs, verdicts);
  await forAll(bugs, async (mutant) => {
    const verdict = await tryMutant(court, mutant, limits);
    verdicts.push(verdict);
    tell(lineOf(verdict));
  });
  stop();
  const isWhole = values.only.length === 0;
  const forks = isWhole ? await findForks(court, limits) : [];
  const told = values.json
    ? JSON.stringify({ ...jsonOf(verdicts, limits), forks })
    : [pageOf(verdicts), ...forks.map(forkLine)].join('\n');
  process.stdout.write(`${told}\n`);
  court.notebook.close();
  return isGood(verdicts, isWhole) && forks.every(({ seed }) => seed !== undefined);
}

/** Says now and then how far it is; what an earlier run found counts for nothing in the rate. */
function tellProgress(notebook: Notebook, bugs: readonly Mutant[], verdicts: readonly Verdict[]): () => void {
  const startedMs = performance.now();
  const seedsOf = (mutant: Mutant): number => notebook.of(keyOf(mutant))?.seeds ?? 0;
  const sum = (): number => bugs.reduce((seeds, mutant) => seeds + seedsOf(mutant), 0);
  const seedsBefore = sum();
  const doneBefore = bugs.filter((mutant) => notebook.of(keyOf(mutant))?.isJudged === true).length;
  if (seedsBefore > 0)
    tell(`Goes on with ${values.state}: ${doneBefore} of ${bugs.length} mutants, ${seedsBefore} seeds`);
  const timer = setInterval(() => {
    const isDone = (bug: Mutant): boolean => verdicts.some(({ mutant }) => mutant === bug);
    const underWay = bugs.filter((bug) => !isDone(bug)).slice(0, positive('workers', values.workers));
    tell(
      describeStanding({
        all: bugs.length,
        done: verdicts.length,
        doneBefore,
        seeds: sum() - seedsBefore,
        elapsedMs: performance.now() - startedMs,
        underWay: underWay.map((bug) => ({ name: bug.name, seed: seedsOf(bug) + 1 })),
      }),
    );
  }, progressEveryMs);
  return () => clearInterval(timer);
}

/** More liars than the rules tolerate must fork the ledger, and the checker must say so. */
const findForks = ({ workshop }: Court, limits: TrialLimits): Promise<readonly Fork[]> =>
  Promise.all(
    [4, 7].map(async (replicas) => ({
      replicas,
      colluding: faultsTolerated(replicas) + 1,
      ...(await findFork(workshop.clean, replicas, limits)),
    })),
  );

async function runClean({ clean }: Court, limits: TrialLimits): Promise<boolean> {
  const simulated = chosen().filter((mutant): mutant is SimulatedMutant => !('test' in mutant));
  const names = new Map(simulated.map((mutant) => [universesOf(mutant, limits.steps).profile, mutant]));
  let holds = true;
  await forAll([...names.values()], async (mutant) => {
    const universes = universesOf(mutant, limits.steps);
    const broken = await clean.upTo(universes, limits.seeds);
    holds &&= broken === undefined;
    const says = broken === undefined ? 'holds' : `breaks at seed ${broken.seed}: ${broken.claim}`;
    process.stdout.write(`${universes.profile.padEnd(18)} ${limits.seeds} seeds: ${says}\n`);
  });
  return holds;
}

async function main(): Promise<void> {
  const limits = { seeds: positive('seeds', values.seeds), steps: positive('steps', values.steps) };
  const root = repositoryRoot();
  requireFitting(root, mutants);
  const state = values.clean ? undefined : values.state;
  const of = `1, ${limits.steps} steps, ${digestOfSources(root)}`;
  if (values.fresh) openNotebook(state, of).close();
  const notebook = openNotebook(state, of);
  const workshop = await openWorkshop();
  try {
    const court = { workshop, notebook, clean: createCleanRuns(workshop.clean, notebook) };
    const holds = values.clean ? await runClean(court, limits) : await huntAll(court, limits);
    process.exitCode = holds ? 0 : 1;
  } finally {
    workshop.close();
  }
}

installSha256((bytes) => new Uint8Array(hash('sha256', bytes, 'buffer')));
if (values.help) process.stdout.write(usage);
else await main();

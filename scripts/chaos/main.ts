/**
 * `npm run chaos`: real validators under load, a table of things that go wrong, and an audit from outside, through
 * receipts and `ledger verify`. Ends with an exit code other than 0 if a count that must be zero is not.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { installNativeSha256 } from '../../node/crypto/sha256-install.ts';
import type { Arena } from './arena.ts';
import { help, type Options, readOptions } from './options.ts';
import { createRandom } from './random.ts';
import { type Report, recoveryTargetMs, reportJson, reportText } from './report.ts';
import type { NetworkSize, Scenario } from './scenario.ts';
import { scenarios } from './scenarios/all.ts';
import { nameOf, type Row, violations, worstRecovery } from './table.ts';
import { createUndoList } from './undo-list.ts';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const undoList = createUndoList(say);
/** Of the scenarios that are done. */
const rows: Row[] = [];
/** The scenario that is not, and what it has seen go wrong. */
let running: { readonly head: RowHead; readonly faults: () => readonly string[] } | undefined;

type RowHead = Pick<Row, 'scenario' | 'validators'>;

interface Planned {
  readonly scenario: Scenario;
  readonly size: NetworkSize;
  readonly seconds: number;
}

const planOf = ({ size: only, names, settings }: Options): readonly Planned[] =>
  ([4, 7] as const).flatMap((size) =>
    scenarios
      .filter(({ name }) => names === undefined || names.includes(name))
      .filter(({ sizes }) => (only === undefined ? sizes.includes(size) : size === only))
      .map((scenario) => ({ scenario, size, seconds: scenario.seconds(settings, size) })),
  );

/** Minutes left, by the estimates, corrected by how they have done so far. */
function minutesLeft(plan: readonly Planned[], done: number, elapsedMs: number): number {
  const sum = (some: readonly Planned[]): number => some.reduce((total, { seconds }) => total + seconds, 0);
  const estimated = sum(plan.slice(0, done));
  const correction = estimated === 0 ? 1 : elapsedMs / 1_000 / estimated;
  return Math.ceil((sum(plan.slice(done)) * correction) / 60);
}

async function runTable(options: Options, plan: readonly Planned[], directory: string): Promise<void> {
  const startedMs = performance.now();
  for (const [index, planned] of plan.entries()) {
    const { scenario, size } = planned;
    const left = minutesLeft(plan, index, performance.now() - startedMs);
    say(
      `[${index + 1}/${plan.length}] ${scenario.name} on ${size}: ${scenario.title} (about ${left} min left)`,
    );
    rows.push(await runOne(planned, options, join(directory, `${scenario.name}-${size}`)));
    running = undefined;
  }
}

async function runOne({ scenario, size }: Planned, options: Options, directory: string): Promise<Row> {
  const head: RowHead = { scenario: scenario.name, validators: size };
  let seen = (): readonly string[] => [];
  running = { head, faults: () => seen() };
  const skipped = scenario.impossible?.();
  if (skipped !== undefined) {
    say(`  skipped: ${skipped}`);
    return { ...head, skipped };
  }
  const arena: Arena = {
    settings: options.settings,
    size,
    random: createRandom(options.seed),
    directory,
    say: (line) => say(`  ${line}`),
    atEnd: undoList.add,
    watch: (faults) => {
      seen = faults;
    },
  };
  mkdirSync(directory);
  try {
    const row: Row = { ...head, findings: await scenario.perform(arena) };
    undoList.run();
    if (!options.keep && isUnremarkable(row)) rmSync(directory, { recursive: true, force: true });
    return row;
  } catch (error) {
    // Before anything is undone: logs lie on mounts, too.
    const faults = seen();
    undoList.run();
    const failure = error instanceof Error ? error.message : String(error);
    say(`  FAILED: ${error instanceof Error ? error.stack : failure}`);
    return { ...head, failure, faults };
  }
}

/** The logs of a slow recovery tell what it waited for. */
const isUnremarkable = (row: Row): boolean =>
  violations([row]).length === 0 && worstRecovery([row]).ms <= recoveryTargetMs;

/** The part that a signal leaves of a run. */
function cutOff(signal: string, of: number): Omit<Report, 'seed'> {
  const interrupted = {
    signal,
    done: rows.length,
    of,
    running: running === undefined ? undefined : nameOf(running.head),
  };
  if (running === undefined) return { rows, interrupted };
  const row: Row = { ...running.head, interrupted: true, faults: running.faults() };
  return { rows: [...rows, row], interrupted };
}

async function main(options: Options, plan: readonly Planned[]): Promise<number> {
  installNativeSha256();
  say(`seed ${options.seed}`);
  const directory = mkdtempSync(join(tmpdir(), 'concordat-chaos-'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      const part = cutOff(signal, plan.length);
      // Validators end with this process; what the kernel was told to do stays unless it is undone here.
      undoList.run();
      tell(options, part);
      say(`data kept in ${directory}`);
      process.exit(130);
    });
  }
  await runTable(options, plan, directory);
  tell(options, { rows });
  if (options.keep || !rows.every(isUnremarkable)) say(`data kept in ${directory}`);
  else rmSync(directory, { recursive: true });
  return violations(rows).length === 0 ? 0 : 1;
}

const tell = ({ seed, json }: Options, part: Omit<Report, 'seed'>): void =>
  console.log((json ? reportJson : reportText)({ seed, ...part }));

const options = readOptions(process.argv.slice(2));
if (options === undefined) console.log(help);
else process.exit(await main(options, planOf(options)));

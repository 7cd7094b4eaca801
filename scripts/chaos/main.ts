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
import type { NetworkSize, Scenario } from './scenario.ts';
import { scenarios } from './scenarios/all.ts';
import { type Row, tableText, violations, worstRecovery } from './table.ts';
import { createUndoList } from './undo-list.ts';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const undoList = createUndoList(say);
const recoveryTargetMs = 20_000;
/** Of the scenarios that are done. */
const rows: Row[] = [];

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

async function runTable(options: Options, directory: string): Promise<void> {
  const plan = planOf(options);
  const startedMs = performance.now();
  for (const [index, planned] of plan.entries()) {
    const { scenario, size } = planned;
    const left = minutesLeft(plan, index, performance.now() - startedMs);
    say(
      `[${index + 1}/${plan.length}] ${scenario.name} on ${size}: ${scenario.title} (about ${left} min left)`,
    );
    rows.push(await runOne(planned, options, join(directory, `${scenario.name}-${size}`)));
  }
}

async function runOne({ scenario, size }: Planned, options: Options, directory: string): Promise<Row> {
  const head = { scenario: scenario.name, validators: size };
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
  };
  mkdirSync(directory);
  try {
    const row: Row = { ...head, findings: await scenario.perform(arena) };
    undoList.run();
    if (!options.keep && isUnremarkable(row)) rmSync(directory, { recursive: true, force: true });
    return row;
  } catch (error) {
    undoList.run();
    const failure = error instanceof Error ? error.message : String(error);
    say(`  FAILED: ${error instanceof Error ? error.stack : failure}`);
    return { ...head, failure };
  }
}

/** The logs of a slow recovery tell what it waited for. */
const isUnremarkable = (row: Row): boolean =>
  violations([row]).length === 0 && worstRecovery([row]).ms <= recoveryTargetMs;

function report({ seed, json }: Options): readonly string[] {
  const found = violations(rows);
  const worst = worstRecovery(rows);
  if (json) {
    const { ms, where } = worst;
    console.log(
      JSON.stringify(
        { seed, worstRecoveryMs: ms, worstRecoveryIn: where, violations: found, rows },
        undefined,
        2,
      ),
    );
    return found;
  }
  console.log(tableText(rows));
  const target = worst.ms <= recoveryTargetMs ? 'within' : 'ABOVE';
  console.log(
    `\nseed ${seed}; worst recovery ${(worst.ms / 1_000).toFixed(1)} s (${worst.where}), ${target} the target of ${recoveryTargetMs / 1_000} s`,
  );
  console.log(found.length === 0 ? 'every zero is zero' : ['NOT ZERO:', ...found].join('\n  '));
  return found;
}

async function main(options: Options): Promise<number> {
  installNativeSha256();
  say(`seed ${options.seed}`);
  const directory = mkdtempSync(join(tmpdir(), 'concordat-chaos-'));
  await runTable(options, directory);
  const found = report(options);
  if (options.keep || !rows.every(isUnremarkable)) say(`data kept in ${directory}`);
  else rmSync(directory, { recursive: true });
  return found.length === 0 ? 0 : 1;
}

const options = readOptions(process.argv.slice(2));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // Validators end with this process; what the kernel was told to do stays unless it is undone here.
    undoList.run();
    say(`stopped by ${signal}; ${rows.length} scenarios are done`);
    if (options !== undefined && rows.length > 0) report(options);
    process.exit(130);
  });
}
if (options === undefined) console.log(help);
else process.exit(await main(options));

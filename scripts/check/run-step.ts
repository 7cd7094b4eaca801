/** Runs the steps of the checks: one after another, or beside one another where they leave cores idle. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Outcome, outcomeOfCommand, readOutcome } from './report.ts';
import type { Step } from './steps.ts';

export interface StepEnd {
  readonly step: Step;
  readonly outcome: Outcome;
  readonly seconds: number;
}

/** Neighbours that run at one time; each other step is alone. The order stays. */
export function groupsOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const groups: Step[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (step.beside === true && last?.[0]?.beside === true) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

/**
 * As many at a time as there are cores. What a step says is shown as it says it if it is alone, else whole at its end.
 *
 * @param reports folder for vitest's reports
 * @returns in the order of the steps
 */
export async function runGroup(steps: readonly Step[], reports: string): Promise<readonly StepEnd[]> {
  const isAlone = steps.length === 1;
  const ends = new Map<Step, StepEnd>();
  const waiting = [...steps];
  async function work(): Promise<void> {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const heading = `\n── ${step.name}\n`;
      const said: Uint8Array[] = [];
      if (isAlone) process.stdout.write(heading);
      const started = performance.now();
      const outcome = await runStep(step, reports, isAlone ? undefined : (bytes) => said.push(bytes));
      ends.set(step, { step, outcome, seconds: (performance.now() - started) / 1_000 });
      if (!isAlone) process.stdout.write(Buffer.concat([Buffer.from(heading), ...said]));
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return steps.map((step) => ends.get(step)!);
}

type Listener = (bytes: Uint8Array) => void;

async function runStep(step: Step, reports: string, said: Listener | undefined): Promise<Outcome> {
  if (step.project === undefined) return outcomeOfCommand(step.name, await run(step.command, said));
  const file = join(reports, `${step.project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  return readOutcome(step.name, file, await run([...step.command, ...reporters], said));
}

/** @param said hears both of the command's streams; without it they go where ours go */
function run(command: readonly string[], said: Listener | undefined): Promise<number> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, {
      stdio: said === undefined ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    if (said !== undefined) for (const stream of [child.stdout, child.stderr]) stream?.on('data', said);
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

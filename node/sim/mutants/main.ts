/**
 * `npm run sim:mutants -- [--only TEXT]... [--seeds N] [--steps K] [--workers THREADS] [--json]`: hunts every known
 * bug in a copy of the core, and prints what caught it after how many seeds. Exit code 1 if one gets away.
 */
import { hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { installSha256 } from '../../../shared/crypto/sha256.ts';
import { createCleanRuns } from './clean-runs.ts';
import { unwrittenMutants } from './epochs.ts';
import { header, isCaught, lineOf, notesOf, summaryOf } from './report.ts';
import { mutants } from './table.ts';
import { tryMutant, type Verdict } from './trial.ts';
import type { Mutant } from './types.ts';
import { openWorkshop } from './workshop.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seeds: { type: 'string', default: '2000' },
    steps: { type: 'string', default: '2000' },
    workers: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
  },
});

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

async function main(): Promise<void> {
  const limits = { seeds: positive('seeds', values.seeds), steps: positive('steps', values.steps) };
  const workshop = await openWorkshop();
  const clean = createCleanRuns(workshop.clean);
  const waiting = chosen();
  const verdicts: Verdict[] = [];
  const say = (line: string): void => {
    if (!values.json) process.stdout.write(`${line}\n`);
  };

  async function work(): Promise<void> {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const verdict = await tryMutant(workshop, clean, mutant, limits);
      verdicts.push(verdict);
      say(lineOf(verdict));
    }
  }

  say(header);
  try {
    await Promise.all(Array.from({ length: positive('workers', values.workers) }, work));
  } finally {
    workshop.close();
  }
  for (const note of notesOf(verdicts, unwrittenMutants)) say(`  ${note}`);
  say(summaryOf(verdicts, unwrittenMutants));
  if (values.json) process.stdout.write(`${JSON.stringify({ verdicts, unwritten: unwrittenMutants })}\n`);
  process.exitCode = verdicts.every(isCaught) ? 0 : 1;
}

installSha256((bytes) => new Uint8Array(hash('sha256', bytes, 'buffer')));
await main();

/**
 * `npm run fuzz`: every decoder against inputs made from real encodings. Prints what was found, keeps it beside the
 * tests, and ends with 1 if anything was found.
 */
import { parseArgs } from 'node:util';
import { toHex } from '../../shared/codec/hex.ts';
import type { CampaignFigures, Finding } from './campaign.ts';
import { keepRegression, readRegressions } from './regressions.ts';
import { foundIn, type KeptFinding, type Report, type Row, reportJson, reportText } from './report.ts';
import { createRunningTime } from './running-time.ts';
import { noFigures, Supervisor } from './supervisor.ts';
import type { Target } from './target.ts';
import { targets } from './targets/index.ts';

const help = `usage: npm run fuzz [-- OPTIONS]

  --target NAME  only this one; several times for several (all)
  --minutes M    for each target (10)
  --seconds S    for all targets together, instead of --minutes
  --seed N       of the inputs (1); time decides how many there are
  --json         the report as JSON on standard output
  --list         names of the targets
  --help         this text`;

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    minutes: { type: 'string', default: '10' },
    seconds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Between two words of the worker, which come every half second. */
const gapMaxMs = 10_000;
const ranMs = createRunningTime(gapMaxMs);
const sayEveryMs = 5_000;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function usage(message: string): never {
  say(`${message}\n\n${help}`);
  process.exit(2);
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) usage(`--${name} takes a number above 0, not ${text}.`);
  return number;
}

function chosen(): readonly Target[] {
  const { target: names } = values;
  const unknown = names?.find((name) => !targets.some((target) => target.name === name));
  if (unknown !== undefined) usage(`There is no target ${unknown}. --list names them.`);
  return names === undefined ? targets : targets.filter(({ name }) => names.includes(name));
}

const clockText = (ms: number): string => {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

/** A campaign that is under way. */
interface Running {
  readonly target: Target;
  readonly startedMs: number;
  figures: CampaignFigures;
  readonly findings: KeptFinding[];
}

async function fuzz(campaign: Running, durationMs: number, position: string, leftMs: () => number) {
  const { target, startedMs, findings } = campaign;
  const rate = (figures: CampaignFigures): string =>
    Math.round(figures.runs / ((ranMs() - startedMs) / 1_000)).toLocaleString('en');
  let saidMs = startedMs;
  const order = {
    target: target.name,
    seed: Number(values.seed),
    durationMs,
    regressions: readRegressions()
      .filter((regression) => regression.target === target.name)
      .map(({ input }) => input),
  };
  campaign.figures = await supervisor.run(order, {
    found: (finding) => findings.push(kept(target, finding)),
    progress: (figures) => {
      campaign.figures = figures;
      const nowMs = ranMs();
      if (nowMs - saidMs < sayEveryMs) return;
      saidMs = nowMs;
      const left = clockText(startedMs + durationMs - nowMs);
      say(
        `${position} ${target.name}: ${rate(figures)}/s, ${figures.kept} kept, ${left} left, ${clockText(leftMs())} in all`,
      );
    },
  });
}

const rowOf = ({ target, startedMs, figures, findings }: Running): Row => ({
  target: target.name,
  seconds: (ranMs() - startedMs) / 1_000,
  ...figures,
  findings,
});

/** Beside the tests, at once: whatever becomes of this run. */
function kept(target: Target, finding: Finding): KeptFinding {
  const file = keepRegression(target.name, finding);
  print(target, finding, file);
  return { property: finding.property, message: finding.message, file };
}

function print(target: Target, { property, message, input }: Finding, file: string): void {
  say(`\n${target.name} breaks ${property}`);
  say(`  ${message.split('\n').slice(0, 6).join('\n  ')}`);
  say(`  smallest input, ${input.length} bytes: ${toHex(input).slice(0, 400)}`);
  say(`  as text: ${JSON.stringify(new TextDecoder().decode(input).slice(0, 200))}`);
  say(`  kept as ${file}\n`);
}

if (values.help || values.list) {
  console.log(values.help ? help : targets.map(({ name }) => name).join('\n'));
  process.exit(0);
}
const selected = chosen();
const durationMs =
  values.seconds === undefined
    ? positive('minutes', values.minutes) * 60_000
    : (positive('seconds', values.seconds) * 1_000) / selected.length;
const supervisor = new Supervisor();
const endMs = ranMs() + durationMs * selected.length;
const rows: Row[] = [];
let running: Running | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stopBy(signal));
for (const [index, target] of selected.entries()) {
  running = { target, startedMs: ranMs(), figures: noFigures, findings: [] };
  await fuzz(running, durationMs, `${index + 1}/${selected.length}`, () => endMs - ranMs());
  rows.push(rowOf(running));
  running = undefined;
}
supervisor.close();
tell({ rows });
process.exit(foundIn(rows) === 0 ? 0 : 1);

async function stopBy(signal: string): Promise<void> {
  await supervisor.interrupt();
  const interrupted = { signal, done: rows.length, of: selected.length, running: running?.target.name };
  tell({ rows: running === undefined ? rows : [...rows, rowOf(running)], interrupted });
  process.exit(130);
}

function tell(part: Omit<Report, 'seed'>): void {
  console.log((values.json ? reportJson : reportText)({ seed: Number(values.seed), ...part }));
}

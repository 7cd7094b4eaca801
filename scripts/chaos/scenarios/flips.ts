/**
 * Random bytes of a killed validator's files are changed, one at a time, and it is started among its peers, who
 * stand still meanwhile. What it does is detected, harmless, or wrong; nothing may be wrong.
 */
import { join } from 'node:path';
import { verifiedLedger } from '../../lib/cli.ts';
import type { LocalNetwork } from '../../lib/local-network.ts';
import { type Arena, foundNetwork, underLoad } from '../arena.ts';
import { type Answers, askEverything, compareAnswers, type Questions } from '../machine/answers.ts';
import { copyStores, flipByte, removeStores } from '../machine/stores.ts';
import { logLinesOf } from '../node-logs.ts';
import { createPace } from '../pace.ts';
import type { Scenario } from '../scenario.ts';
import { type Storm, sleep } from '../storm.ts';

const victim = 3;
const patienceMs = 30_000;
const pollMs = 20;
const askedAbout = 40;
/** EX_IOERR of sysexits.h. */
const diskExit = 'exit code 74';
/** A node that says one of these knows of the damage. */
const knowing: ReadonlySet<string> = new Set(['data-damaged', 'votes-lost', 'blocks-lost']);

/** How a damage came out, or why it counts as wrong. */
type Verdict =
  | { readonly kind: 'harmless' }
  | {
      readonly kind: 'detected';
      readonly by: 'stopped' | 'said so and went on' | 'refused to answer' | 'found by ledger verify';
    }
  | { readonly kind: 'wrong'; readonly how: string };

interface Trial {
  readonly storm: Storm;
  readonly network: LocalNetwork;
  /** Stores of the victim as SIGKILL left them. */
  readonly killed: string;
  /** Height at which the peers stand still. */
  readonly height: number;
  readonly questions: Questions;
}

/** A ledger partly in its file and partly in the write-ahead log, with votes in flight, left by SIGKILL. */
async function leaveByKill(storm: Storm, killed: string): Promise<void> {
  const { network } = storm;
  await storm.calm(2_000);
  await network.end(victim);
  network.start(victim);
  await network.ready();
  await storm.calm(2_000);
  await network.kill(victim);
  copyStores(network.dataOf(victim), killed);
  await storm.calm(1_000);
  await storm.hush();
}

/** Starts the victim on its stores as they are. @returns its mode once it is at the height; or how it ended */
async function startAndFollow({ storm, network, height }: Trial): Promise<string> {
  network.start(victim);
  const deadline = performance.now() + patienceMs;
  while (network.isRunning(victim)) {
    const status = await storm.statusOf(victim);
    const settled = status?.mode === 'observing' || (status?.mode === 'voting' && status.ready);
    if (settled && status.height >= height) return status.mode;
    if (performance.now() > deadline) return `it is ${status?.mode ?? 'silent'} at height ${status?.height}`;
    await sleep(pollMs);
  }
  return network.endOf(victim);
}

async function tryOnce(trial: Trial, expected: Answers): Promise<Verdict> {
  const { network } = trial;
  const linesBefore = logLinesOf(network, victim).length;
  const mode = await startAndFollow(trial);
  if (!network.isRunning(victim)) return verdictOfEnd(network, mode);
  if (mode !== 'voting' && mode !== 'observing') return { kind: 'wrong', how: mode };
  const answers = await answersOf(trial);
  if (answers === undefined) return verdictOfEnd(network, await network.endOf(victim));
  const { wrong, damaged } = compareAnswers(expected, answers);
  if (wrong.length > 0) return { kind: 'wrong', how: `${wrong.length} answers differ, such as ${wrong[0]}` };
  if (damaged > 0) return { kind: 'detected', by: 'refused to answer' };
  const said = logLinesOf(network, victim).slice(linesBefore);
  if (said.some(({ code }) => knowing.has(code))) return { kind: 'detected', by: 'said so and went on' };
  if (mode === 'observing') return { kind: 'wrong', how: 'it observes and does not say why' };
  return verdictOfDirectory(network);
}

/** @returns undefined if it ended while it was asked */
async function answersOf({ network, height, questions }: Trial): Promise<Answers | undefined> {
  try {
    return await askEverything(network.gateways[victim]!, network.session, height, questions);
  } catch (error) {
    await Promise.race([network.endOf(victim), sleep(1_000)]);
    if (network.isRunning(victim)) throw error;
    return undefined;
  }
}

function verdictOfEnd(network: LocalNetwork, reason: string): Verdict {
  const isNamed = network.warningsOf(victim).some((line) => line.includes('data-damaged'));
  if (reason === diskExit && isNamed) return { kind: 'detected', by: 'stopped' };
  return { kind: 'wrong', how: `${reason}: ${network.warningsOf(victim)[0] ?? 'without a word'}` };
}

/** What no answer met: damage that lies still. */
async function verdictOfDirectory(network: LocalNetwork): Promise<Verdict> {
  await network.kill(victim);
  try {
    await verifiedLedger(network.dataOf(victim));
    return { kind: 'harmless' };
  } catch (error) {
    const named = String(error).includes('data-damaged') || String(error).includes('"ok":false');
    return named
      ? { kind: 'detected', by: 'found by ledger verify' }
      : { kind: 'wrong', how: String(error).split('\n', 1)[0]! };
  }
}

/** The stores as SIGKILL left them, with or without one byte changed; the victim is down before and after. */
async function trialOf(trial: Trial, damage: (data: string) => void, expected: Answers): Promise<Verdict> {
  const { network, killed } = trial;
  const data = network.dataOf(victim);
  removeStores(data);
  copyStores(killed, data);
  damage(data);
  try {
    return await tryOnce(trial, expected);
  } finally {
    if (network.isRunning(victim)) await network.kill(victim);
  }
}

async function expectedAnswers(trial: Trial): Promise<Answers> {
  const mode = await startAndFollow(trial);
  if (mode !== 'voting') throw new Error(`the undamaged validator: ${mode}`);
  const { network, height, questions } = trial;
  const answers = await askEverything(network.gateways[victim]!, network.session, height, questions);
  await trial.network.kill(victim);
  return answers;
}

/** After so many flips the undamaged files are tried again: they must still be found harmless. */
const controlEvery = 50;

async function flipAll(arena: Arena, trial: Trial, expected: Answers): Promise<void> {
  const { storm } = trial;
  const verdicts: Verdict[] = [];
  const pace = createPace(arena.settings.flips);
  for (let number = 1; number <= arena.settings.flips; number += 1) {
    let where = '';
    const verdict = await trialOf(
      trial,
      (data) => {
        where = flipByte(data, arena.random);
      },
      expected,
    );
    verdicts.push(verdict);
    storm.injected += 1;
    const left = pace.after(number);
    storm.say(`flip ${number} of ${arena.settings.flips}${left}, ${where}: ${wordsOf(verdict)}`);
    if (verdict.kind === 'wrong') storm.faults.push(`${where}: ${verdict.how}`);
    if (number % controlEvery === controlEvery / 2) {
      const control = await trialOf(trial, () => {}, expected);
      if (control.kind !== 'harmless') storm.faults.push(`undamaged files: ${wordsOf(control)}`);
    }
  }
  note(storm, verdicts);
}

const wordsOf = (verdict: Verdict): string => {
  if (verdict.kind === 'harmless') return 'harmless';
  return verdict.kind === 'detected' ? `detected, ${verdict.by}` : `WRONG, ${verdict.how}`;
};

function note(storm: Storm, verdicts: readonly Verdict[]): void {
  const counts = new Map<string, number>();
  for (const verdict of verdicts) {
    const words = verdict.kind === 'wrong' ? 'wrong' : wordsOf(verdict);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  for (const [words, count] of [...counts].sort()) storm.notes.push(`${count} ${words}`);
  storm.mustBeZero('wrong', counts.get('wrong') ?? 0);
}

export const flips: Scenario = {
  name: 'flips',
  title: 'random byte flips over database and write-ahead log files: detected, harmless, never wrong',
  sizes: [4],
  seconds: (settings) => 30 + settings.flips * 2.5,
  async perform(arena) {
    const network = await foundNetwork(arena);
    const killed = join(arena.directory, 'killed');
    return underLoad(arena, network, async (storm) => {
      await leaveByKill(storm, killed);
      const streams = Array.from({ length: 10 }, (_, index) => `load/${index * 5}`);
      const questions = { transactions: storm.someAcknowledged(askedAbout), streams };
      const trial = { storm, network, killed, height: storm.certified, questions };
      await flipAll(arena, trial, await expectedAnswers(trial));
      removeStores(network.dataOf(victim));
      copyStores(killed, network.dataOf(victim));
      network.start(victim);
      await network.ready();
    });
  },
};

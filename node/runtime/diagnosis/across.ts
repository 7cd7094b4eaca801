/**
 * One verdict from the answers of several nodes, from those that did not answer, and from the last words of those
 * that stopped. Pure: the doctor gathers, this judges.
 */
import type { CauseJson, DiagnosisJson } from '../../../shared/api/diagnosis.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import { divergence, split } from './conduct.ts';
import { isHealthy, sortCauses } from './diagnose.ts';
import type { DisputedBlock } from './facts.ts';
import { fullDisk } from './machine.ts';
import { withoutVoters } from './reach.ts';
import { isOfSet, type NetworkStanding, standingOf } from './standing.ts';
import { countOf, countText, durationText, listText } from './words.ts';

export interface NodeAnswer {
  readonly gateway: string;
  readonly diagnosis: DiagnosisJson;
  /** What it serves at the height that all who answered have. */
  readonly tip?: { readonly height: number; readonly block: string; readonly stateRoot: string };
}

export interface NodeSilence {
  readonly validator?: string;
  readonly gateway: string;
  readonly reason: string;
}

/** What a node on this machine left behind. */
export interface LastWords {
  readonly validator: string;
  /** Its process exists. */
  readonly isAlive: boolean;
  readonly code?: string;
  readonly at: number;
  readonly facts: { readonly [name: string]: unknown };
}

export interface NetworkDiagnosis {
  readonly commits: boolean;
  readonly healthy: boolean;
  readonly sentence: string;
  readonly next?: string;
  readonly act: readonly string[];
  readonly causes: readonly (CauseJson & { readonly reportedBy: readonly string[] })[];
}

export interface Gathered {
  readonly answers: readonly NodeAnswer[];
  readonly silent: readonly NodeSilence[];
  readonly lastWords: readonly LastWords[];
  readonly nowMs: number;
}

type Reported = { readonly cause: CauseJson; readonly by: string };

export function diagnoseNetwork(gathered: Gathered): NetworkDiagnosis {
  const { answers } = gathered;
  const broken = [...ledgersDiffer(answers), ...splits(gathered)];
  const standing = standingOf(gathered);
  const commits = broken.length === 0 && standing.commits;
  const reported: Reported[] = [
    ...broken.map((cause) => ({ cause, by: 'doctor' })),
    ...tooFewVoters(standing, answers).map((cause) => ({ cause, by: 'doctor' })),
    ...answers.flatMap((answer) => causesOf(answer, commits)),
    ...lastWordsCauses(gathered).map((cause) => ({ cause, by: 'doctor' })),
    ...gathered.silent.map((silence) => ({ cause: unreachableGateway(silence), by: 'doctor' })),
  ];
  const causes = merged(withoutEchoes(reported));
  const top = causes.find(({ severity }) => severity !== 'notice') ?? causes[0];
  return {
    commits,
    healthy: commits && isHealthy(causes),
    sentence: sentenceOf(gathered, commits, top),
    ...(top !== undefined && { next: top.next }),
    act: top?.act ?? [],
    causes,
  };
}

/** Fewer than a quorum are left, and nobody who answered says so by itself. */
function tooFewVoters({ absence }: NetworkStanding, answers: readonly NodeAnswer[]): CauseJson[] {
  const isTold = answers.some(({ diagnosis }) =>
    diagnosis.causes.some(({ code }) => code === 'quorum-unreachable'),
  );
  return absence === undefined || isTold ? [] : [withoutVoters(absence)];
}

/** What stalls one node is no stall of a network that others see committing. */
function causesOf({ diagnosis }: NodeAnswer, commits: boolean): Reported[] {
  return diagnosis.causes.map((cause) => {
    if (!commits || cause.severity !== 'stall') return { cause, by: diagnosis.node };
    const sentence = `As ${diagnosis.node} sees it: ${cause.sentence}`;
    return { cause: { ...cause, severity: 'impair', sentence }, by: diagnosis.node };
  });
}

/** Two certified blocks at one height: no number of honest validators explains it. */
function ledgersDiffer(answers: readonly NodeAnswer[]): CauseJson[] {
  const tips = answers.flatMap(({ diagnosis, tip }) => (tip ? [{ node: diagnosis.node, ...tip }] : []));
  const height = tips[0]?.height ?? 0;
  const blocks = [...new Set(tips.map(({ block }) => block))].map((block) => ({
    block,
    validators: tips.filter((tip) => tip.block === block).map(({ node }) => node),
  }));
  if (blocks.length < 2) return [];
  return [
    {
      code: 'ledgers-differ',
      severity: 'stall',
      sentence: `At height ${countText(height)} gateways serve different certified blocks: ${blocks.map(({ block, validators }) => `${block.slice(0, 8)} by ${listText(validators)}`).join(', ')}.`,
      next: 'Stop writing. All members keep copies of their data directories and compare certificates: more than f keys signed both.',
      act: tips.map(({ node }) => node),
      facts: { height, blocks },
    },
  ];
}

function splits({ lastWords, answers }: Gathered): CauseJson[] {
  const words = lastWords.filter(({ code }) => code === 'split-execution');
  const [first] = words;
  if (first === undefined) return [];
  const height = heightOf(first);
  const disputed = [...words.map(disputedOf), ...answers.flatMap(({ diagnosis }) => diagnosis.disputed)];
  const validators = words.map(({ validator }) => validator as ValidatorId);
  return [split(validators, height, differingKeys(disputed, height))];
}

const heightOf = ({ facts }: LastWords): number => Number(facts.height ?? 0);
const disputedOf = ({ facts }: LastWords): DisputedBlock | undefined =>
  facts.disputed as DisputedBlock | undefined;

/** Keys whose values differ between any two accounts of one height. */
export function differingKeys(
  accounts: readonly ((Pick<DisputedBlock, 'changes'> & { readonly height: number }) | undefined)[],
  height: number,
): string[] {
  const changes = accounts.filter((one) => one?.height === height).map((one) => one?.changes ?? {});
  const keys = new Set(changes.flatMap((one) => Object.keys(one)));
  return [...keys].filter((key) => new Set(changes.map((one) => one[key])).size > 1).sort(leavesFirst);
}

/** Entries under `bound/` follow from a leaf, which says more. */
function leavesFirst(a: string, b: string): number {
  const isBound = (key: string): number => Number(key.startsWith('bound/'));
  return isBound(a) - isBound(b) || (a < b ? -1 : 1);
}

const storageCodes: ReadonlySet<string> = new Set([
  'data-damaged',
  'disk-error',
  'disk-read-only',
  'file-unopenable',
]);

function lastWordsCauses({ lastWords, silent, answers, nowMs }: Gathered): CauseJson[] {
  const gone = new Set(silent.map(({ validator }) => validator));
  return lastWords
    .filter(({ validator, code }) => gone.has(validator) && code !== 'split-execution')
    .map((words) => lastWordsCause(words, answers, nowMs));
}

function lastWordsCause(words: LastWords, answers: readonly NodeAnswer[], nowMs: number): CauseJson {
  const { code, facts, validator: name } = words;
  const validator = name as ValidatorId;
  const file = typeof facts.file === 'string' ? facts.file : '';
  if (code === 'state-divergence') {
    const height = heightOf(words);
    const accounts = [disputedOf(words), ...answers.flatMap(({ diagnosis }) => diagnosis.disputed)];
    const block = disputedOf(words)?.block;
    const keys = differingKeys(accounts, height);
    return divergence(validator, { height, keys, ...(block !== undefined && { block }) });
  }
  if (code === 'disk-full') return fullDisk(validator, file);
  if (code !== undefined && storageCodes.has(code)) {
    return {
      code: 'disk-failed',
      severity: 'impair',
      sentence: `${validator} stopped because of its disk: ${code}${file === '' ? '' : ` at ${file}`}.`,
      next: `The operator of ${validator} keeps a copy of the directory, checks disk and file system, and starts it again.`,
      act: [validator],
      facts: { validator, reason: code, ...(file !== '' && { file }) },
    };
  }
  return stopped(words, validator, nowMs);
}

function stopped(words: LastWords, validator: ValidatorId, nowMs: number): CauseJson {
  const { code, isAlive, at } = words;
  const reason = stopReason(code, isAlive);
  if (code === 'protocol-unsupported') return outdated(words, validator, reason, nowMs);
  return {
    code: 'validator-stopped',
    severity: 'impair',
    sentence: `${validator} ${reason}${code === undefined ? '' : ` ${durationText(nowMs - at)} ago`}.`,
    next: isAlive
      ? `The operator of ${validator} looks whether the process is held (SIGSTOP, debugger) or starved of processor and disk.`
      : `The operator of ${validator} reads the end of its log and starts it again.`,
    act: [validator],
    facts: { validator, reason: code ?? (isAlive ? 'not-answering' : 'killed'), at },
  };
}

/** Rule E1: it is whole, and goes on where it stopped. */
function outdated(
  { at, facts }: LastWords,
  validator: ValidatorId,
  reason: string,
  nowMs: number,
): CauseJson {
  return {
    code: 'validator-stopped',
    severity: 'impair',
    sentence: `${validator} ${reason} ${durationText(nowMs - at)} ago: its software knows the rules up to protocol ${facts.newest}, and the network follows protocol ${facts.protocol}.`,
    next: `The operator of ${validator} installs a version that knows protocol ${facts.protocol} and starts it on the same directories.`,
    act: [validator],
    facts: { validator, reason: 'protocol-unsupported', at },
  };
}

function stopReason(code: string | undefined, isAlive: boolean): string {
  if (isAlive && code === undefined) return 'has a process that does not answer';
  if (code === undefined) return 'was killed, or its machine lost power: it left no last words';
  return code === 'stopped' ? 'was stopped by its operator' : `stopped with ${code}`;
}

const unreachableGateway = ({ validator, gateway, reason }: NodeSilence): CauseJson => ({
  code: 'gateway-unreachable',
  severity: 'impair',
  sentence: `${validator === undefined ? 'The gateway' : `The gateway of ${validator}`} at ${gateway} did not answer: ${reason}.`,
  next: 'Check that its node runs, and that this machine may reach the address.',
  act: validator === undefined ? [] : [validator],
  facts: { validator: (validator ?? 'unknown') as ValidatorId, gateway, reason },
});

const subjectOf = ({ facts }: CauseJson): string => ('validator' in facts ? facts.validator : '');
const absences: ReadonlySet<string> = new Set(['gateway-unreachable', 'validator-unreachable']);
const ends: ReadonlySet<string> = new Set([
  'validator-stopped',
  'disk-full',
  'disk-failed',
  'state-divergence',
  'split-execution',
]);

/** Why a node does not vote, as it says itself. */
const silences: ReadonlySet<string> = new Set(['votes-lost', 'node-starting', 'signer-unreachable']);

/** Who is known to have stopped, and why, is not told again as being out of reach; nor who says why it does not vote. */
function withoutEchoes(reported: readonly Reported[]): Reported[] {
  const mute = new Set(
    reported
      .filter(({ cause, by }) => silences.has(cause.code) && subjectOf(cause) === by)
      .map(({ by }) => by as string),
  );
  const explained = new Set(
    reported
      .filter(({ cause, by }) => by === 'doctor' && ends.has(cause.code))
      .flatMap(({ cause }) => ('validators' in cause.facts ? cause.facts.validators : [subjectOf(cause)])),
  );
  const unlinked = new Set(
    reported
      .filter(({ cause }) => cause.code === 'validator-unreachable')
      .map(({ cause }) => subjectOf(cause)),
  );
  return reported.filter(({ cause }) => {
    if (cause.code === 'validator-not-voting') return !mute.has(subjectOf(cause));
    if (!absences.has(cause.code)) return true;
    if (explained.has(subjectOf(cause))) return false;
    return cause.code !== 'gateway-unreachable' || !unlinked.has(subjectOf(cause));
  });
}

/** Equal causes of one validator are told once; the account of the doctor, who compared, comes first. */
function merged(reported: readonly Reported[]): NetworkDiagnosis['causes'] {
  const groups = new Map<string, Reported[]>();
  for (const one of reported) {
    const key = `${one.cause.code} ${subjectOf(one.cause)} ${ruleOf(one.cause)}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const causes = [...groups.values()].map((group) => {
    const best = group.find(({ by }) => by === 'doctor') ?? group[0];
    return { ...best!.cause, reportedBy: group.map(({ by }) => by) };
  });
  return sortCauses(causes) as unknown as NetworkDiagnosis['causes'];
}

const ruleOf = (cause: CauseJson): string => (cause.code === 'peer-misbehaved' ? cause.facts.rule : '');

function sentenceOf({ answers, silent }: Gathered, commits: boolean, top: CauseJson | undefined): string {
  const asked = answers.length + silent.length;
  if (answers.length === 0)
    return `No gateway of ${asked} answered${top === undefined ? '' : `: ${top.sentence}`}`;
  if (!commits) return `The network does not commit: ${top?.sentence ?? 'the cause is not known.'}`;
  const height = Math.max(...answers.map(({ diagnosis }) => diagnosis.height));
  const teller = answers.some(({ diagnosis }) => isOfSet(diagnosis))
    ? ''
    : ', as far as those can tell that only follow';
  const verdict = `The network commits${teller}: height ${countText(height)}, ${answers.length} of ${countOf(asked, 'gateway')} answered`;
  if (top === undefined || top.severity === 'notice') return `${verdict}.`;
  return `${verdict}; but ${top.sentence.replace(/^As (?=\S+ sees it: )/, 'as ')}`;
}

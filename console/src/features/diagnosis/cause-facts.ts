import type { CauseJson } from '../../../../shared/api.ts';
import { formatBytes, formatCount, formatDuration, formatWait, plural } from '../../lib/format.ts';

/** How a fact is shown: plain, as a hash to copy, as a moment, or as a height that leads to its block. */
export type FactValue =
  | { readonly as: 'text' | 'hash' | 'code'; readonly value: string }
  | { readonly as: 'time' | 'height'; readonly value: number };

export interface CauseFact {
  readonly name: string;
  readonly values: readonly FactValue[];
}

const names: { readonly [fact: string]: string } = {
  act: 'Has to act',
  asking: 'Ask for it',
  at: 'When',
  block: 'Its block',
  blocks: 'Blocks',
  certified: 'Certified block',
  clockMs: 'Clock',
  commits: 'Commits measured',
  count: 'Refused messages',
  daysLeft: 'Time left',
  driftMs: 'Allowed difference',
  expiresAt: 'Ends',
  file: 'File',
  freeBytes: 'Free',
  from: 'From view',
  gateway: 'Gateway',
  heartbeatMs: 'Since its last heartbeat',
  height: 'Height',
  keys: 'State keys that differ',
  loopDelayMs: 'Event loop late by',
  medianMs: 'Half of the commits take',
  message: 'Message',
  missing: 'Missing',
  name: 'Certificate',
  needed: 'Needed',
  notVoting: 'There, and do not vote',
  offsetMs: 'Clock differs by',
  p99Ms: 'The slowest hundredth takes',
  path: 'Path',
  primary: 'Primary of that view',
  reachable: 'Reachable',
  reason: 'Reason',
  replacedIn: 'Replaced in view',
  rule: 'Rule',
  sequence: 'Height',
  silentMs: 'Last heard',
  target: 'Up to height',
  to: 'To view',
  totalBytes: 'Size',
  validator: 'Validator',
  validators: 'Validators',
  view: 'View',
  views: 'Views',
  voting: 'Voting',
};

const heights = new Set(['height', 'sequence', 'target']);
const moments = new Set(['at', 'expiresAt']);
const hashes = new Set(['block', 'certified']);
const codes = new Set(['path', 'file', 'rule', 'gateway']);

/** The facts of a cause as rows of names and values; what is empty is left out. */
export function factsOf({ facts }: CauseJson): readonly CauseFact[] {
  return Object.entries(facts as { readonly [name: string]: unknown }).flatMap(([fact, value]) => {
    const values = valuesOf(fact, value);
    return values.length === 0 ? [] : [{ name: names[fact] ?? fact, values }];
  });
}

function valuesOf(fact: string, value: unknown): readonly FactValue[] {
  if (Array.isArray(value)) return listOf(fact, value);
  if (typeof value === 'number') return [numberOf(fact, value)];
  if (typeof value !== 'string' || value === '') return [];
  return [{ as: hashes.has(fact) ? 'hash' : codes.has(fact) ? 'code' : 'text', value }];
}

function numberOf(fact: string, value: number): FactValue {
  if (heights.has(fact)) return { as: 'height', value };
  if (moments.has(fact)) return { as: 'time', value };
  return text(wordsOf(fact, value));
}

function wordsOf(fact: string, value: number): string {
  if (fact === 'silentMs') return `${formatDuration(value)} ago`;
  if (fact === 'offsetMs') return `${value < 0 ? '−' : '+'}${formatDuration(Math.abs(value))}`;
  if (fact === 'daysLeft') return value < 0 ? 'none, it has ended' : plural(value, 'day');
  if (fact.endsWith('Ms')) return formatWait(value);
  if (fact.endsWith('Bytes')) return formatBytes(value);
  return formatCount(value);
}

interface Item {
  readonly validator?: string;
  readonly validators?: readonly string[];
  readonly reason?: string;
  readonly silentMs?: number;
  readonly view?: number;
  readonly block?: string;
}

/** Names stand in one line; state keys and small records one below the other. */
function listOf(fact: string, items: readonly unknown[]): readonly FactValue[] {
  const texts = items.filter((item) => typeof item === 'string');
  if (texts.length === 0) return items.map((item) => text(itemText(item as Item)));
  return fact === 'keys' ? texts.map((value) => ({ as: 'code', value })) : [text(texts.join(', '))];
}

function itemText({ validator, validators = [], reason, silentMs, view, block }: Item): string {
  if (block !== undefined) return `${block.slice(0, 8)}… served by ${validators.join(', ')}`;
  if (view !== undefined) return `${validator} in view ${formatCount(view)}`;
  const heard = silentMs === undefined ? '' : `, last heard ${formatDuration(silentMs)} ago`;
  return `${validator}: ${reason}${heard}`;
}

const text = (value: string): FactValue => ({ as: 'text', value });

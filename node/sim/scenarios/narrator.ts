/** Tells what validators say to each other, in the words of the protocol with its rule ids; what repeats is told once. */
import { decodeMessage } from '../../../shared/codec/messages.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { Batch } from '../../../shared/types/ledger.ts';
import type { ConsensusMessage, NewViewMessage, ViewChangeMessage } from '../../../shared/types/messages.ts';
import { nullBatchDigest } from '../../consensus/null-batch.ts';
import type { LinkMessage } from '../../runtime/wire.ts';

export interface Narrator {
  /** One speaker's words to one listener; those at one instant share a line. */
  sent(from: ValidatorId, to: ValidatorId, message: LinkMessage, isLost: boolean): void;
  noted(id: ValidatorId, code: string, facts: { readonly [name: string]: unknown }): void;
  /** A line of its own. */
  tell(text: string): void;
  /** `e1` for the transaction with that id. */
  nameTransaction(id: string, name: string): void;
  text(): string;
}

interface Line {
  readonly atMs: number;
  readonly from: string;
  readonly words: string;
  readonly heard: string[];
  readonly lost: string[];
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const limits = { validators: 16, window: 64, batchLimit: 1_000 };

export function createNarrator(nowMs: () => number): Narrator {
  const lines: Line[] = [];
  const names = new Map<string, string>([[nullBatchDigest, 'the null batch']]);
  const transactions = new Map<string, string>();
  /** Everything that a validator has said before. */
  const said = new Set<string>();
  const repeated = new Set<string>();

  function batchName(digest: string, batch?: Batch): string {
    const known = names.get(digest) ?? `batch ${letters[names.size - 1] ?? names.size}`;
    names.set(digest, known);
    if (batch === undefined || digest === nullBatchDigest) return known;
    return `${known} [${batch.ids.map((id) => transactions.get(id) ?? id.slice(0, 6)).join(' ')}]`;
  }

  function line(from: string, words: string): Line {
    const atMs = nowMs();
    const open = lines.findLast((one) => one.from === from && one.words === words);
    if (open?.atMs === atMs) return open;
    const next = { atMs, from, words, heard: [], lost: [] };
    lines.push(next);
    return next;
  }

  function sent(from: ValidatorId, to: ValidatorId, message: LinkMessage, isLost: boolean): void {
    for (const words of wordsOf(from, message))
      (isLost ? line(from, words).lost : line(from, words).heard).push(to);
  }

  function wordsOf(from: ValidatorId, message: LinkMessage): string[] {
    switch (message.type) {
      case 'consensus':
        return message.messages.flatMap((bytes) => repeatedOrNew(from, decodeMessage(bytes, limits)));
      case 'get-blocks':
        return [`asks for the blocks from ${message.from} on (C1)`];
      case 'blocks':
        return message.blocks.length === 0
          ? []
          : [`${message.blocks.length} blocks from ${message.from} on (C1)`];
      default:
        return [];
    }
  }

  /** Rule V6 has them say the same again and again: the second time is told, the rest is not. */
  function repeatedOrNew(from: ValidatorId, message: ConsensusMessage): string[] {
    const words = wordsOfMessage(from, message);
    if (words === undefined) return [];
    const key = `${from} ${words}`;
    const isNow = lines.some((one) => one.atMs === nowMs() && one.from === from && one.words === words);
    if (!said.has(key) || isNow) {
      said.add(key);
      return [words];
    }
    const again = `again: ${words.replace(/ \([A-Z0-9, ]+\)$/, '')} (V6)`;
    const isAgainNow = lines.some((one) => one.atMs === nowMs() && one.from === from && one.words === again);
    if (repeated.has(key) && !isAgainNow) return [];
    repeated.add(key);
    return [again];
  }

  /** undefined: heartbeats are not told. */
  function wordsOfMessage(from: ValidatorId, message: ConsensusMessage): string | undefined {
    if (message.kind === 'heartbeat') return undefined;
    if (message.kind === 'seal') return `SEAL of block ${message.height}${by(from, message.sender)} (D1)`;
    const { view, sequence, content, sender } = message.vote;
    switch (message.kind) {
      case 'pre-prepare':
        return `PRE-PREPARE in view ${view}: height ${sequence} is ${batchName(content, message.batch)}${by(from, sender)} (N1)`;
      case 'prepare':
        return `PREPARE in view ${view}: height ${sequence}, ${batchName(content)}${by(from, sender)} (N3)`;
      case 'commit':
        return `COMMIT in view ${view}: height ${sequence}, ${batchName(content)}${by(from, sender)} (N4)`;
      case 'view-change':
        return `${viewChangeWords(message)}${by(from, sender)} (V2)`;
      case 'new-view':
        return `${newViewWords(message)}${by(from, sender)} (V3)`;
    }
  }

  const by = (from: ValidatorId, sender: ValidatorId): string =>
    from === sender ? '' : `, signed by ${sender}`;

  function viewChangeWords({ vote, body }: ViewChangeMessage): string {
    const prepared = body.prepared.map(
      ({ sequence, batch, view }) => `height ${sequence} prepared ${batchName(batch)} in view ${view}`,
    );
    const proven = body.height === 0 ? 'nothing certified' : `certified up to ${body.height}`;
    return `VIEW-CHANGE to ${vote.view}: ${[proven, ...prepared].join('; ')}`;
  }

  function newViewWords({ vote, body }: NewViewMessage): string {
    const senders = body.viewChanges.map((one) => one.vote.sender).join(' ');
    const orders = body.prePrepares.map(
      ({ sequence, content }) => `height ${sequence} is ${batchName(content)}`,
    );
    return `NEW-VIEW ${vote.view} on the word of ${senders}: ${orders.join(', ') || 'nothing to carry over'}`;
  }

  function noted(id: ValidatorId, code: string, facts: { readonly [name: string]: unknown }): void {
    const words = wordsOfNote(code, facts);
    if (words !== undefined) tell(`${id} ${words}`);
  }

  function tell(text: string): void {
    lines.push({ atMs: nowMs(), from: '', words: text, heard: [], lost: [] });
  }

  return {
    sent,
    noted,
    tell,
    nameTransaction: (id, name) => transactions.set(id, name),
    text: () => lines.flatMap(print).join('\n'),
  };
}

function wordsOfNote(code: string, facts: { readonly [name: string]: unknown }): string | undefined {
  switch (code) {
    case 'voting':
      return undefined;
    case 'primary-suspected':
      return `suspects ${facts.primary}: ${facts.reason} (V1)`;
    case 'view-change-started':
      return startOfViewChange(facts);
    case 'view-entered':
      return `enters view ${facts.view} (V3)`;
    case 'behind':
      return `knows that ${facts.known} is certified and has ${facts.certified} (C1)`;
    case 'evidence':
      return `holds two ${String(facts.kind).toUpperCase()}s of ${facts.validator} that contradict each other (W1)`;
    case 'evidence-submitted':
      return 'submits a transaction with its evidence (W1)';
    case 'evidence-recorded':
      return `sees that evidence against ${facts.validator} is on the ledger (W1)`;
    default:
      return `notes: ${code}`;
  }
}

function startOfViewChange({ to, reason }: { readonly [name: string]: unknown }): string | undefined {
  if (reason === 'joined') return `joins f+1 others and asks for view ${to} (V5)`;
  if (reason === 'view-timeout') return `waited too long for a NEW-VIEW and asks for view ${to} (V4)`;
  return `asks for view ${to}`;
}

function print({ atMs, from, words, heard, lost }: Line): string[] {
  const time = `${atMs.toFixed(1).padStart(8)} ms  `;
  if (from === '') return [`${time}${words}`];
  const all = [
    ...(heard.length === 0 ? [] : [`${time}${from} → ${heard.join(' ')}  ${words}`]),
    ...(lost.length === 0 ? [] : [`${time}${from} ⇥ ${lost.join(' ')}  lost: ${words}`]),
  ];
  return all;
}

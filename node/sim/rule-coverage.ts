/** Which rules of the protocol a run has met: counted from what is signed, heard, logged and appended. */

import type { ValidatorId } from '../../shared/types/brands.ts';
import type { SlotContent } from '../../shared/types/messages.ts';
import { nullBatchDigest } from '../consensus/null-batch.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import type { Reader } from '../runtime/reader.ts';
import type { LinkMessage } from '../runtime/wire.ts';

/** All of them, in the order of docs/protocol.md. */
export const protocolRules: readonly string[] = [
  ...['M1', 'M2', 'M3', 'M4', 'N1', 'N2', 'N3', 'N4', 'N5', 'N6', 'N7', 'D1', 'D2', 'D3'],
  ...['V1', 'V2', 'V3', 'V4', 'V5', 'V6', 'F1', 'F2', 'F3', 'X1', 'X2', 'X3', 'X4'],
  ...['E1', 'E2', 'E3', 'E4', 'C1', 'C2', 'C3', 'W1'],
];

/** Rule id and what was met → how often. */
export type RuleCounts = { readonly [path: string]: number };

export interface RuleCoverage {
  signed(id: ValidatorId, content: SlotContent): void;
  /** Signed outside all slots. */
  heartbeat(): void;
  /** The message that is being signed, and all it rests on, is durable there. */
  durable(): void;
  /** Counts the frames that this reader takes apart. */
  reading(reader: Reader): Reader;
  logged(code: string, facts: { readonly [name: string]: unknown }): void;
  appended(block: ExecutedBlock): void;
  counts(): RuleCounts;
}

/** Notes of the core and the runtime, by the rule whose path they tell of. */
const ruleOfCode: { readonly [code: string]: string } = {
  'primary-suspected': 'V1',
  'view-change-started': 'V1',
  'view-entered': 'V3',
  'batch-late': 'N1',
  'proposal-dropped': 'N7',
  'decided-otherwise': 'N7',
  'votes-lost': 'D3',
  'epoch-entered': 'E1',
  'vote-store-renounced': 'D3',
  'blocks-lost': 'D3',
  voting: 'D3',
  behind: 'C1',
  'catch-up-peer-put-aside': 'C3',
  evidence: 'W1',
  'frame-dropped': 'M1',
  'transaction-dropped': 'N2',
  'proposed-body-invalid': 'N2',
};

const ruleOfKind: { readonly [kind: string]: string } = {
  'pre-prepare': 'N1',
  prepare: 'N3',
  commit: 'N4',
  seal: 'D2',
  'view-change': 'V2',
  'new-view': 'V3',
};

/** Messages of the links that a rule asks for. */
const pathOfFrame: { readonly [type in LinkMessage['type']]?: string } = {
  'get-bodies': 'N3 bodies asked for',
  'get-batch': 'N3 batch asked for',
  'ask-newest': 'D3 newest messages asked for',
  status: 'V6 status heard',
  'hand-over': 'F1 transactions handed over',
  'pass-on': 'F1 transactions passed on',
  'get-blocks': 'C1 blocks asked for',
  'get-snapshots': 'C2 snapshots asked for',
  evidence: 'W1 evidence heard',
};

const refusedByE3: ReadonlySet<string> = new Set(['too-many-changes', 'plan-refused']);

export function createRuleCoverage(): RuleCoverage {
  const counts: { [path: string]: number } = {};
  const count = (path: string): void => {
    counts[path] = (counts[path] ?? 0) + 1;
  };
  const seen = new Set<number>();
  /** By signer: highest height that it sealed. */
  const sealed = new Map<ValidatorId, number>();
  /** By slot without the view: highest view in which it was prepared. */
  const preparedIn = new Map<string, number>();
  const proposed = new Set<string>();

  function signed(id: ValidatorId, content: SlotContent): void {
    const { kind } = content;
    count(`${ruleOfKind[kind]} ${kind} signed`);
    if (kind === 'seal') sealed.set(id, Math.max(sealed.get(id) ?? 0, content.height));
    else if (kind === 'prepare') prepared(id, content.epoch, content.view, content.sequence);
    else if (kind === 'pre-prepare') proposedBy(`${id} ${content.epoch} ${content.view} ${content.sequence}`);
  }

  /** Voting once more, in a higher view, for what it has executed. */
  function prepared(id: ValidatorId, epoch: number, view: number, sequence: number): void {
    const slot = `${id} ${epoch} ${sequence}`;
    const before = preparedIn.get(slot);
    preparedIn.set(slot, Math.max(view, before ?? 0));
    const isExecuted = (sealed.get(id) ?? 0) >= sequence;
    if (isExecuted && before !== undefined && view > before) count('N5 prepare of what was executed');
  }

  function proposedBy(slot: string): void {
    if (proposed.has(slot)) count('N6 pre-prepare signed again');
    proposed.add(slot);
  }

  function reading(reader: Reader): Reader {
    return {
      ...reader,
      frame: (bytes, parameters) => {
        const message = reader.frame(bytes, parameters);
        const path = pathOfFrame[message.type];
        if (path !== undefined) count(path);
        return message;
      },
    };
  }

  function logged(code: string, facts: { readonly [name: string]: unknown }): void {
    if (code === 'message-rejected' || code === 'message-dropped') count(`M4 ${code}`);
    if (code === 'primary-suspected' && facts.reason === 'waiting') count('F1 deadline passed');
    if (code === 'message-rejected') count(`${facts.rule} rejected: ${facts.reason}`);
    else if (code === 'view-change-started' || code === 'primary-suspected')
      count(`${ruleOfReason(code, String(facts.reason))} ${code}: ${facts.reason}`);
    else if (code === 'message-dropped')
      // What makes a message unreadable has too many names to be a path each.
      count(facts.rule === 'M2' ? 'M2 dropped' : `${facts.rule} dropped: ${facts.reason}`);
    else if (code in ruleOfCode) count(`${ruleOfCode[code]} ${code}`);
  }

  function appended(block: ExecutedBlock): void {
    const { height, header, ran, skipped, opening, closing } = block;
    if (seen.has(height)) return;
    seen.add(height);
    if (header.batch === nullBatchDigest) count('X1 null batch yields an empty block');
    else if (ran.length === 0) count('F2 empty block');
    else count('X2 block with transactions that ran');
    if (skipped.length > 0) count('X2 transaction skipped');
    if (ran.some(({ outcome }) => outcome.status === 'failed')) count('X3 failed with its reason');
    for (const { type } of [...opening, ...ran.flatMap(({ events }) => events), ...closing])
      if (type.startsWith('activation.')) count(`E3 ${type}`);
    for (const { outcome } of ran)
      if (outcome.status === 'failed' && refusedByE3.has(outcome.rejection.code))
        count(`E3 refused: ${outcome.rejection.facts.reason ?? outcome.rejection.code}`);
  }

  return {
    signed,
    heartbeat: () => count('F3 heartbeat signed'),
    durable: () => count('D1 signed what is durable'),
    reading,
    logged,
    appended,
    counts: () => counts,
  };
}

/** A view change starts by suspicion (V1), by joining others (V5) or by a timer that ran out (V4). */
function ruleOfReason(code: string, reason: string): string {
  if (code === 'primary-suspected') return 'V1';
  if (reason === 'joined') return 'V5';
  return reason === 'view-timeout' ? 'V4' : 'V1';
}

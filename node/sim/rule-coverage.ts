/** Which rules of the protocol a run has met: counted from what is signed, logged and appended. */

import type { SlotContent } from '../../shared/types/messages.ts';
import { nullBatchDigest } from '../consensus/null-batch.ts';
import type { ExecutedBlock } from '../ledger/types.ts';

/** Rule id and what was met → how often. */
export type RuleCounts = { readonly [path: string]: number };

export interface RuleCoverage {
  signed(content: SlotContent): void;
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
  'message-dropped': 'M1',
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

const refusedByE3: ReadonlySet<string> = new Set(['too-many-changes', 'plan-refused']);

export function createRuleCoverage(): RuleCoverage {
  const counts: { [path: string]: number } = {};
  const count = (path: string): void => {
    counts[path] = (counts[path] ?? 0) + 1;
  };
  const seen = new Set<number>();

  function logged(code: string, facts: { readonly [name: string]: unknown }): void {
    if (code === 'message-rejected') count(`${facts.rule} rejected: ${facts.reason}`);
    else if (code === 'view-change-started' || code === 'primary-suspected')
      count(`${ruleOfReason(code, String(facts.reason))} ${code}: ${facts.reason}`);
    else if (code === 'message-dropped' && facts.rule !== 'M2')
      count(`${facts.rule} dropped: ${facts.reason}`);
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
    signed: ({ kind }) => count(`${ruleOfKind[kind]} ${kind} signed`),
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

import type { TransactionStatusJson } from '../../../../shared/api.ts';
import type { StatusKind } from '../../components/Status.tsx';
import { formatCount } from '../../lib/format.ts';

/** What this browser found out about the certified transaction. */
export type Proof = 'running' | 'verified' | { readonly failed: string };

export interface Progress {
  readonly accepted: boolean;
  readonly fate: TransactionStatusJson | undefined;
  readonly proof: Proof | undefined;
}

export interface Stage {
  readonly name: string;
  readonly kind: StatusKind;
  readonly text: string;
}

/**
 * The way of a transaction. A node tells of ordering, execution and sealing by serving the certified block:
 * it shows nothing earlier, because nothing earlier is final.
 */
export function stagesOf({ accepted, fate, proof }: Progress): readonly Stage[] {
  const submitted: Stage = accepted
    ? { name: 'Submitted', kind: 'reported', text: 'The node keeps it on disk and tries until it expires.' }
    : { name: 'Submitted', kind: 'pending', text: 'Sending' };
  if (fate?.status === 'expired' || fate?.status === 'superseded') {
    const text =
      fate.status === 'expired' ? 'It expired and can never run.' : 'Another one ran in its place.';
    return [submitted, { name: 'Ordered', kind: 'failed', text }];
  }
  if (fate?.status !== 'certified') {
    return [
      submitted,
      {
        name: 'Ordered',
        kind: accepted ? 'pending' : 'unknown',
        text: accepted ? 'Waiting for a batch' : '',
      },
      ...['Executed', 'Certified', 'Verified'].map((name): Stage => ({ name, kind: 'unknown', text: '' })),
    ];
  }
  const { height, index, outcome } = fate;
  const succeeded = outcome.status === 'succeeded';
  return [
    submitted,
    {
      name: 'Ordered',
      kind: 'reported',
      text: `Place ${formatCount(index)} of block ${formatCount(height)}`,
    },
    {
      name: 'Executed',
      kind: succeeded ? 'reported' : 'failed',
      text: succeeded ? 'Succeeded' : `Refused by the ledger: ${outcome.code}. The refusal is on the record.`,
    },
    { name: 'Certified', kind: 'reported', text: 'Sealed by a quorum, says the node' },
    proofStage(proof),
  ];
}

function proofStage(proof: Proof | undefined): Stage {
  if (proof === 'verified') {
    return { name: 'Verified', kind: 'verified', text: 'All six checks passed in this browser' };
  }
  if (typeof proof === 'object') return { name: 'Verified', kind: 'failed', text: proof.failed };
  return { name: 'Verified', kind: 'pending', text: 'Checking in this browser' };
}

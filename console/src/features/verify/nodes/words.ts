import type { StatusKind } from '../../../components/Status.tsx';
import { formatCount, shortenHash } from '../../../lib/format.ts';
import type { Comparison } from './compare.ts';

export interface ComparisonWords {
  readonly kind: StatusKind;
  readonly title: string;
  readonly text: string;
}

/** A verdict and what to do about it. */
export function wordsOfComparison(comparison: Comparison): ComparisonWords {
  switch (comparison.kind) {
    case 'agree':
      return {
        kind: 'verified',
        title: `${comparison.nodes.join(' and ')} agree up to block ${formatCount(comparison.height)}`,
        text: `Both show block ${shortenHash(comparison.block)} there, and both certificates were verified in this browser. Its history covers every block below.`,
      };
    case 'other-network':
      return {
        kind: 'failed',
        title: `${comparison.node} claims another network`,
        text: `It says ${shortenHash(comparison.network)}, which is not the one that this browser trusts. Nothing that it shows can be checked; ask its operator.`,
      };
    case 'unproven':
      return {
        kind: 'failed',
        title: `${comparison.node} cannot prove its block ${formatCount(comparison.height)}`,
        text: `${comparison.why}. Do not rely on this node, and tell the other members.`,
      };
    case 'contradiction':
      return {
        kind: 'failed',
        title: `Two sealed blocks at height ${formatCount(comparison.height)}`,
        text: `${comparison.nodes[0]} shows ${shortenHash(comparison.blocks[0])} and ${comparison.nodes[1]} shows ${shortenHash(comparison.blocks[1])}; a quorum sealed both, so that more validators lie than the network can bear. Stop, keep both blocks, and call the members together.`,
      };
  }
}

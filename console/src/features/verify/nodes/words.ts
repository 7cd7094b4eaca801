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
    case 'behind': {
      const [slow, fast] = comparison.nodes;
      const [least, most] = comparison.heights;
      return {
        kind: 'lagging',
        title: `${slow} is ${formatCount(most - least)} blocks behind ${fast}`,
        text: `Both show the same block ${formatCount(comparison.height)}, and ${fast} proves block ${formatCount(most)}. Either ${slow} cannot keep up, or it keeps quiet about what is newer: rely on ${fast} for that, and ask the operator of ${slow}.`,
      };
    }
    case 'silent':
      return {
        kind: 'offline',
        title: `${comparison.node} does not answer`,
        text: 'Nothing is compared until it does; it is asked again every few seconds.',
      };
    case 'closed':
      return {
        kind: 'unknown',
        title: comparison.wasOpen
          ? 'The session at the second node has ended'
          : 'Nobody is signed in at the second node',
        text: comparison.wasOpen
          ? 'It started anew, or it does not answer this reader any more. Nothing is compared until you sign in there again.'
          : 'It answers those who sign in there with a key; this browser keeps that session only as long as the page.',
      };
    case 'refused':
      return {
        kind: 'offline',
        title: `${comparison.node} does not say what it has`,
        text: `${comparison.why}. Nothing is compared until it does; it is asked again every few seconds.`,
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

/** What every page says of a comparison; undefined while the nodes agree, or before anything was compared. */
export function alertOf({
  data,
  error,
}: {
  readonly data: Comparison | undefined;
  readonly error: Error | null;
}): ComparisonWords | undefined {
  if (error !== null) {
    const text = `${error.message.replace(/\.$/, '')}. What was compared before says nothing of what is newer.`;
    return { kind: 'unknown', title: 'The two nodes could not be compared', text };
  }
  if (data === undefined || data.kind === 'agree') return undefined;
  // Whoever has not signed in there has never been told that they agree.
  if (data.kind === 'closed' && !data.wasOpen) return undefined;
  return wordsOfComparison(data);
}

import type { StatusJson } from '../../../../shared/api.ts';
import type { StatusKind } from '../../components/Status.tsx';
import { formatCount, formatDuration, plural } from '../../lib/format.ts';

export interface Verdict {
  readonly kind: StatusKind;
  /** One or two words, then the sentence. */
  readonly word: string;
  readonly sentence: string;
  /** What to do, if anything. */
  readonly next?: string;
}

/** Waiting longer than this with something in the pool is not normal (default deadline of rule F1). */
const slowMs = 4_000;
/** A block this recent means that the network is at work. */
const recentMs = 5_000;

/**
 * Whether the network commits, in one sentence, from what one node reports.
 * @param sinceAnswerMs age of `status` itself.
 */
export function verdictOf(status: StatusJson, sinceAnswerMs: number): Verdict {
  const { mode, quorum, pool } = status;
  const blockAgeMs = status.nowMs + sinceAnswerMs - status.time;
  const last =
    status.certifiedHeight === 0
      ? `founded ${formatDuration(blockAgeMs)} ago, nothing written yet`
      : `block ${formatCount(status.certifiedHeight)} certified ${formatDuration(blockAgeMs)} ago`;
  if (mode === 'halted') {
    return {
      kind: 'failed',
      word: 'Halted',
      sentence: `${status.node} has stopped${reason(status)}.`,
      next: 'Read its log; other members may be committing without it.',
    };
  }
  if (quorum.reachable < quorum.q) {
    return {
      kind: 'failed',
      word: 'Cannot commit',
      sentence: `${quorum.reachable} of ${quorum.n} validators can be reached, ${quorum.q} are needed; ${last}.`,
      next: 'Nothing is lost: it goes on by itself once enough of them are back.',
    };
  }
  const { voting = quorum.reachable } = quorum;
  if (voting < quorum.q) {
    return {
      kind: 'failed',
      word: 'Cannot commit',
      sentence: `${voting} of ${quorum.n} validators ${voting === 1 ? 'votes' : 'vote'}, ${quorum.q} are needed; ${last}.`,
      next: 'Nothing is lost: it goes on by itself once enough of them vote again.',
    };
  }
  if (status.changingTo !== undefined) {
    return {
      kind: 'info',
      word: 'Changing the primary',
      sentence: `${status.primary} is being replaced: view ${status.view} to ${status.changingTo}.`,
    };
  }
  if (mode === 'starting') {
    return { kind: 'pending', word: 'Starting', sentence: `${status.node} is catching up${reason(status)}.` };
  }
  const members = `${voting} of ${quorum.n} validators`;
  const manner = quorum.voting === undefined ? 'reachable' : 'voting';
  if (blockAgeMs > slowMs && pool.transactions > 0) {
    return {
      kind: 'pending',
      word: `No commit for ${formatDuration(blockAgeMs)}`,
      sentence: `${plural(pool.transactions, 'transaction')} wait, ${members} ${manner}.`,
      next: 'A silent primary is replaced after a few seconds.',
    };
  }
  if (blockAgeMs <= recentMs && status.certifiedHeight > 0)
    return { kind: 'reported', word: 'Committing', sentence: `${last}, ${members}.` };
  return { kind: 'reported', word: 'Ready', sentence: `nothing waits; ${last}, ${members}.` };
}

function reason({ notReadyReason }: StatusJson): string {
  return notReadyReason === undefined ? '' : `: ${notReadyReason}`;
}

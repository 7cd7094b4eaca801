/**
 * How full each buffer of the core is, beside the most that it may ever hold (rule M3): what a peer can make grow is
 * bounded by validators × window × a few views, and whoever looks can see it.
 */
import { proposalViewsHeld, viewsHeld } from './message-log.ts';
import { heldCount, heldPerSenderMax } from './next-epoch.ts';
import type { ConsensusState, Slot, VotesBySender } from './state.ts';

export interface BufferFigure {
  readonly name: string;
  readonly size: number;
  readonly bound: number;
}

/** Kinds of messages that can conflict. */
const evidenceKinds = 6;
/** Slots reach two windows above h (isHeld in window.ts). */
const windowsHeld = 2;

export function bufferFigures(state: ConsensusState): readonly BufferFigure[] {
  const { parameters, validators } = state.config;
  const { nextEpoch } = state;
  const n = validators.length;
  const heights = windowsHeld * parameters.window;
  const held = heldInSlots(state.slots.values());
  return [
    { name: 'slots', size: state.slots.size, bound: heights },
    { name: 'PRE-PREPAREs', size: held.prePrepares, bound: heights * n * proposalViewsHeld },
    { name: 'PREPAREs', size: held.prepares, bound: heights * n * viewsHeld },
    { name: 'COMMITs', size: held.commits, bound: heights * n * viewsHeld },
    { name: 'seals', size: held.seals, bound: heights * n },
    { name: 'VIEW-CHANGEs', size: state.viewChanges.size, bound: n },
    { name: 'certificates', size: state.certificates.size, bound: heights },
    { name: 'certified batches', size: state.certifiedBatches.size, bound: parameters.window },
    { name: 'newest messages', size: state.newest.size, bound: n },
    { name: 'heights of peers', size: state.peerHeights.size, bound: n },
    { name: 'waiting transactions', size: state.waiting.size, bound: n * n * parameters.waitingPerPeer },
    { name: 'waiting slots', size: state.waitingSlots.size, bound: heights },
    {
      name: 'next epoch',
      size: heldCount(nextEpoch),
      bound: (nextEpoch?.validators.length ?? 0) * heldPerSenderMax(parameters.window),
    },
    { name: 'ends of epochs told', size: state.epochEndsToldMs.size, bound: 2 * n },
    { name: 'evidence', size: state.evidenceReported.size, bound: n * evidenceKinds },
  ];
}

function heldInSlots(slots: Iterable<Slot>) {
  const held = { prePrepares: 0, prepares: 0, commits: 0, seals: 0 };
  for (const { prePrepares, prepares, commits, seals } of slots) {
    held.prePrepares += votesIn(prePrepares);
    held.prepares += votesIn(prepares);
    held.commits += votesIn(commits);
    held.seals += seals.size;
  }
  return held;
}

function votesIn(votes: VotesBySender<unknown>): number {
  let count = 0;
  for (const byView of votes.values()) count += byView.size;
  return count;
}

/**
 * What this node says by itself while an activation waits for it (rule E3): that it is ready, and whom it reached.
 * Looked at with every block, and in between for as long as something is pending, since links open and turns come.
 */
import type { Incarnation } from '../../../shared/types/brands.ts';
import { pendingActivation } from '../../ledger/modules/activation-records.ts';
import type { RuntimeContext } from '../context.ts';
import type { Submission } from '../submission.ts';
import { createAnnouncer } from './announce.ts';
import { type Attester, createAttester } from './attest.ts';
import { createWords } from './words.ts';

export interface Agents extends Pick<Attester, 'asked' | 'answered'> {
  start(): void;
  /** A block is durable. */
  certified(): void;
}

export interface AgentSources {
  /** Only who votes speaks for others: whose votes are lost signs nothing but that it is there (rule D3). */
  isVoting(): boolean;
  /** Of the vote store; absent while that is being renounced. */
  incarnation(): Incarnation | undefined;
  /** Blocks are missing here that peers have certified. */
  isBehind(): boolean;
  /** max(own clock, certified time) in milliseconds since 1970 (rule F2). */
  nowMs(): number;
}

/** How often what is pending is looked at beside its blocks. */
const reviewMs = 1_000;

export function createAgents(
  context: RuntimeContext,
  submission: Pick<Submission, 'submit'>,
  sources: AgentSources,
): Agents {
  const { clock, state, timers } = context.ports;
  const words = createWords(context, submission, sources.nowMs);
  const announcer = createAnnouncer(context, { ...sources, words });
  const attester = createAttester(context, { ...sources, words });
  let pending: { readonly number: number; readonly sinceMs: number } | undefined;
  let isReviewing = false;

  function certified(): void {
    const activation = pendingActivation(state);
    if (activation === undefined || activation.at !== undefined) {
      if (pending !== undefined) rest();
      return;
    }
    if (pending?.number !== activation.number)
      pending = { number: activation.number, sinceMs: clock.monotonicMs() };
    announcer.consider(activation, clock.monotonicMs() - pending.sinceMs);
    attester.consider(activation);
    review();
  }

  function rest(): void {
    pending = undefined;
    attester.rest();
    words.forget();
  }

  function review(): void {
    if (isReviewing) return;
    isReviewing = true;
    timers.after(reviewMs, () => {
      isReviewing = false;
      certified();
    });
  }

  return { start: certified, certified, asked: attester.asked, answered: attester.answered };
}

/**
 * Refuses clients' transactions at the door when more wait than the network certifies in a few seconds. Refused
 * early, they cost little and are sent again; taken in, they would wait past their deadlines, and an overload
 * would cost view changes on top.
 */

import type { Rejection } from '../../shared/types/ledger.ts';
import { rejection } from '../ledger/rejections.ts';
import { type RuntimeContext, validatorsOf } from './context.ts';

export interface Backlog {
  /** A certified block with so many transactions that ran. */
  certified(ran: number): void;
  /** Whether clients may add to `waiting` transactions, of which this node accepted `own`. */
  refusal(waiting: number, own: number): Rejection | undefined;
}

/** Non-empty blocks over which the rate is taken: a few seconds under load. */
const blocksForRate = 16;

export function createBacklog(context: RuntimeContext): Backlog {
  const {
    ports: { clock },
    tuning,
  } = context;
  let recent: { readonly atMs: number; readonly ran: number }[] = [];

  function certified(ran: number): void {
    if (ran === 0) return;
    recent = [...recent.slice(1 - blocksForRate), { atMs: clock.monotonicMs(), ran }];
  }

  /** From the first of the recent blocks to the last: while nothing commits, the last known rate holds. */
  function ratePerSecond(): number {
    const [first, ...later] = recent;
    const last = later.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
    const ran = later.reduce((sum, block) => sum + block.ran, 0);
    return (ran * 1_000) / (last.atMs - first.atMs);
  }

  function refusal(waiting: number, own: number): Rejection | undefined {
    if (waiting < tuning.backlogCountMin) return undefined;
    const certifiedPerSecond = Math.round(ratePerSecond());
    const waitingMax = Math.max(tuning.backlogCountMin, (certifiedPerSecond * tuning.backlogMs) / 1_000);
    // What peers spread cannot shut this node's clients out: a fair share of the backlog is theirs.
    if (waiting < waitingMax || own < waitingMax / validatorsOf(context).length) return undefined;
    return rejection({
      code: 'backlog-full',
      facts: { waiting, waitingMax: Math.round(waitingMax), certifiedPerSecond },
    });
  }

  return { certified, refusal };
}

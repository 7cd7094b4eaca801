/** Figures of a running validator, gathered from what consensus puts out: for metrics, never for decisions. */
import type { Height } from '../../../shared/types/brands.ts';
import type { Output } from '../../consensus/types.ts';
import type { ExecutedBlock } from '../../ledger/types.ts';
import type { ClockPort } from '../ports.ts';
import { createHistogram, type Histogram, type HistogramSnapshot, latencyBounds } from './histogram.ts';

/** From one milestone of a height to the next, on this node. */
export const stages = ['prepare', 'commit', 'execute', 'seal', 'persist'] as const;
export type Stage = (typeof stages)[number];

export interface TelemetrySnapshot {
  /** Votes and seals that this validator signed, by kind. */
  readonly votes: Readonly<Record<string, number>>;
  readonly blocks: number;
  readonly transactions: {
    readonly succeeded: number;
    readonly failed: number;
    readonly skipped: number;
  };
  readonly viewChanges: number;
  readonly evidence: number;
  /** Transactions in ordered batches. */
  readonly batchSizes: HistogramSnapshot;
  /** Seconds. */
  readonly stages: Readonly<Record<Stage, HistogramSnapshot>>;
}

export interface Telemetry {
  output(output: Output): void;
  durable(block: ExecutedBlock): void;
  snapshot(): TelemetrySnapshot;
}

const batchBounds = [0, 1, 10, 50, 100, 250, 500, 1_000] as const;
/** Heights in flight; far above any window. */
const heightsMax = 1_024;

export function createTelemetry(clock: ClockPort): Telemetry {
  const votes = new Map<string, number>();
  const batchSizes = createHistogram(batchBounds);
  const latencies = new Map<Stage, Histogram>(stages.map((stage) => [stage, createHistogram(latencyBounds)]));
  /** When the last milestone of a height was reached, and which stage ends with the next one. */
  const milestones = new Map<Height, { atMs: number; next: number }>();
  const counts = { blocks: 0, succeeded: 0, failed: 0, skipped: 0, viewChanges: 0, evidence: 0 };

  function output(put: Output): void {
    switch (put.type) {
      case 'intent':
        if (put.message.kind !== 'heartbeat') signed(put.message);
        return;
      case 'check-batch':
        begin(put.sequence);
        return;
      case 'execute':
        batchSizes.observe(put.batch.ids.length);
        reached(put.height, 'commit');
        return;
      case 'certified':
        reached(put.certificate.height, 'seal');
        return;
      case 'prune':
        end(put.height);
        return;
      case 'evidence':
        counts.evidence += 1;
        return;
    }
  }

  function signed(message: Extract<Output, { type: 'intent' }>['message']): void {
    votes.set(message.kind, (votes.get(message.kind) ?? 0) + 1);
    if (message.kind === 'pre-prepare') begin(message.sequence);
    else if (message.kind === 'commit') reached(message.sequence, 'prepare');
    else if (message.kind === 'seal') reached(message.height, 'execute');
    else if (message.kind === 'view-change') counts.viewChanges += 1;
  }

  function begin(height: Height): void {
    if (milestones.has(height) || milestones.size >= heightsMax) return;
    milestones.set(height, { atMs: clock.monotonicMs(), next: 0 });
  }

  /** What came by another way, such as catch-up or a new view, has no stage: only what follows in order counts. */
  function reached(height: Height, stage: Stage): void {
    const milestone = milestones.get(height);
    const at = stages.indexOf(stage);
    if (milestone === undefined || at < milestone.next) return;
    const nowMs = clock.monotonicMs();
    if (at === milestone.next) latencies.get(stage)?.observe((nowMs - milestone.atMs) / 1_000);
    milestones.set(height, { atMs: nowMs, next: at + 1 });
  }

  function end(height: Height): void {
    for (const known of milestones.keys()) {
      if (known > height) continue;
      reached(known, 'persist');
      milestones.delete(known);
    }
  }

  function durable(block: ExecutedBlock): void {
    counts.blocks += 1;
    counts.skipped += block.skipped.length;
    for (const { outcome } of block.ran) counts[outcome.status] += 1;
  }

  function snapshot(): TelemetrySnapshot {
    const { blocks, viewChanges, evidence, ...transactions } = counts;
    const byStage = Object.fromEntries(
      [...latencies].map(([stage, histogram]) => [stage, histogram.snapshot()]),
    ) as Record<Stage, HistogramSnapshot>;
    return {
      votes: Object.fromEntries(votes),
      blocks,
      transactions,
      viewChanges,
      evidence,
      batchSizes: batchSizes.snapshot(),
      stages: byStage,
    };
  }

  return { output, durable, snapshot };
}

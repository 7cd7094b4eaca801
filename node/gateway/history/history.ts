/**
 * What this node did lately: a sample every few seconds for an hour, one a minute for a day, and every change of
 * view. In memory, bounded; it begins anew when the node starts.
 */
import type { MetricSampleJson, ViewChangeJson } from '../../../shared/api.ts';
import type { HistogramSnapshot } from '../../runtime/telemetry/histogram.ts';
import { percentilesBetween } from './percentiles.ts';

/** Where the node stands at one moment; counts since it started. */
export interface Reading {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Milliseconds; never steps back. */
  readonly monotonicMs: number;
  readonly blocks: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Seconds from arrival in the pool until certified and durable. */
  readonly waits: HistogramSnapshot;
  readonly pool: number;
  readonly height: number;
  readonly epoch: number;
  readonly view: number;
  readonly primary: string;
  /** Validators heard from lately, this one included. */
  readonly reachable: number;
}

export const spans = {
  hour: { stepMs: 5_000, samplesMax: 720 },
  day: { stepMs: 60_000, samplesMax: 1_440 },
} as const;
export type Span = keyof typeof spans;
const viewChangesMax = 500;

export class History {
  readonly #series = { hour: new Series(spans.hour), day: new Series(spans.day) };
  readonly #viewChanges: ViewChangeJson[] = [];
  #last: Reading | undefined;

  /** To be called more often than samples are taken: a view that lasts shorter than that is not seen. */
  read(reading: Reading): void {
    this.#noteView(reading);
    this.#last = reading;
    for (const series of Object.values(this.#series)) series.read(reading);
  }

  /** Oldest first, taken after this moment (milliseconds since 1970). */
  samples(span: Span, sinceMs = 0): readonly MetricSampleJson[] {
    return this.#series[span].samples.filter(({ at }) => at > sinceMs);
  }

  viewChanges(sinceMs = 0): readonly ViewChangeJson[] {
    return this.#viewChanges.filter(({ at }) => at > sinceMs);
  }

  #noteView({ atMs, epoch, view, primary }: Reading): void {
    const last = this.#last;
    if (last === undefined || (last.view === view && last.epoch === epoch)) return;
    this.#viewChanges.push({ at: atMs, epoch, from: last.view, to: view, primary });
    if (this.#viewChanges.length > viewChangesMax) this.#viewChanges.shift();
  }
}

/** Samples at one pace; the oldest leaves when there are too many. */
class Series {
  readonly samples: MetricSampleJson[] = [];
  readonly #stepMs: number;
  readonly #samplesMax: number;
  #from: Reading | undefined;

  constructor({ stepMs, samplesMax }: { readonly stepMs: number; readonly samplesMax: number }) {
    this.#stepMs = stepMs;
    this.#samplesMax = samplesMax;
  }

  read(reading: Reading): void {
    const from = this.#from;
    if (from !== undefined && reading.monotonicMs - from.monotonicMs < this.#stepMs) return;
    this.#from = reading;
    if (from === undefined) return;
    this.samples.push(sampleBetween(from, reading));
    if (this.samples.length > this.#samplesMax) this.samples.shift();
  }
}

function sampleBetween(from: Reading, to: Reading): MetricSampleJson {
  const waits = percentilesBetween(from.waits, to.waits);
  return {
    at: Math.round(to.atMs),
    overMs: Math.round(to.monotonicMs - from.monotonicMs),
    blocks: to.blocks - from.blocks,
    succeeded: to.succeeded - from.succeeded,
    failed: to.failed - from.failed,
    ...(waits !== undefined && {
      wait: { count: waits.count, p50Ms: ms(waits.p50), p95Ms: ms(waits.p95), p99Ms: ms(waits.p99) },
    }),
    pool: to.pool,
    height: to.height,
    view: to.view,
    reachable: to.reachable,
  };
}

const ms = (seconds: number): number => Math.round(seconds * 10_000) / 10;

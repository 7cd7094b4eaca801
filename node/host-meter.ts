/** What this machine does to the node: event loop, durable commits, free disk, certificates. Measured, not judged. */
import { X509Certificate } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { HostFacts } from './runtime/diagnosis/facts.ts';
import { createHistogram, type HistogramSnapshot, latencyBounds } from './runtime/telemetry/histogram.ts';

export interface HostMeter {
  committed(file: 'votes' | 'ledger', durationMs: number): void;
  facts(): HostFacts;
  /** Seconds. */
  commits(): { readonly votes: HistogramSnapshot; readonly ledger: HistogramSnapshot };
  stop(): void;
}

export interface HostMeterOptions {
  /** Whose file system is watched. */
  readonly directory: string;
  /** PEM. */
  readonly gatewayCertificate?: string;
  /** Milliseconds; never steps back. */
  readonly monotonicMs: () => number;
}

const loopResolutionMs = 20;
const loopWindowMs = 15_000;
const commitsKept = 128;
const commitsWithinMs = 600_000;

export function createHostMeter(options: HostMeterOptions): HostMeter {
  const loop = createLoopMeter();
  const histograms = { votes: createHistogram(latencyBounds), ledger: createHistogram(latencyBounds) };
  let recent: { readonly atMs: number; readonly durationMs: number }[] = [];
  const certificates = options.gatewayCertificate === undefined ? [] : [expiryOf(options.gatewayCertificate)];

  function committed(file: 'votes' | 'ledger', durationMs: number): void {
    histograms[file].observe(durationMs / 1_000);
    recent.push({ atMs: options.monotonicMs(), durationMs });
    if (recent.length > 2 * commitsKept) recent = recent.slice(-commitsKept);
  }

  function commitFacts(): HostFacts['commit'] {
    const since = options.monotonicMs() - commitsWithinMs;
    const durations = recent
      .slice(-commitsKept)
      .filter(({ atMs }) => atMs >= since)
      .map(({ durationMs }) => durationMs)
      .sort((a, b) => a - b);
    if (durations.length === 0) return undefined;
    const at = (share: number): number => durations[Math.floor(share * (durations.length - 1))] ?? 0;
    return { commits: durations.length, medianMs: rounded(at(0.5)), p99Ms: rounded(at(0.99)) };
  }

  function facts(): HostFacts {
    const commit = commitFacts();
    const disk = freeDisk(options.directory);
    return {
      loopDelayMs: loop.delayMs(),
      ...(commit !== undefined && { commit }),
      ...(disk !== undefined && { disk }),
      certificates,
    };
  }

  return {
    committed,
    facts,
    commits: () => ({ votes: histograms.votes.snapshot(), ledger: histograms.ledger.snapshot() }),
    stop: loop.stop,
  };
}

/** The 99th percentile of the last whole window, so that a hiccup at the start is soon forgotten. */
function createLoopMeter(): { delayMs(): number; stop(): void } {
  const histogram = monitorEventLoopDelay({ resolution: loopResolutionMs });
  let last = 0;
  const current = (): number => Math.max(0, histogram.percentile(99) / 1e6 - loopResolutionMs);
  histogram.enable();
  const timer = setInterval(() => {
    last = current();
    histogram.reset();
  }, loopWindowMs);
  timer.unref();
  return {
    delayMs: () => rounded(last),
    stop: () => {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

/** undefined where the file system does not tell. */
function freeDisk(directory: string): HostFacts['disk'] {
  try {
    const { bavail, blocks, bsize } = statfsSync(directory);
    return { path: directory, freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined;
  }
}

const expiryOf = (pem: string): { readonly name: string; readonly expiresAt: number } => ({
  name: 'gateway certificate',
  expiresAt: Date.parse(new X509Certificate(pem).validTo),
});

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** Reads the node once a second into its history. */
import type { GatewayNode } from '../ports.ts';
import { History, type Reading } from './history.ts';

const readEveryMs = 1_000;

export interface Recorder {
  readonly history: History;
  /** Reads now; the timer does it by itself. */
  read(): void;
  close(): void;
}

export interface RecorderSources {
  readonly wallMs: () => number;
  /** Milliseconds; never steps back. */
  readonly monotonicMs: () => number;
  /** Validators that are reachable from here. */
  readonly reachable: () => number;
}

export function startRecorder(
  node: Pick<GatewayNode, 'status' | 'telemetry'>,
  { wallMs, monotonicMs, reachable }: RecorderSources,
): Recorder {
  const history = new History();
  function read(): void {
    const reading = readingOf(node, reachable(), wallMs(), monotonicMs());
    if (reading !== undefined) history.read(reading);
  }
  read();
  const timer = setInterval(read, readEveryMs);
  timer.unref();
  return { history, read, close: () => clearInterval(timer) };
}

/** Undefined while the node starts. */
function readingOf(
  node: Pick<GatewayNode, 'status' | 'telemetry'>,
  reachable: number,
  atMs: number,
  monotonicMs: number,
): Reading | undefined {
  const telemetry = node.telemetry();
  if (telemetry === undefined) return undefined;
  const { consensus, pool } = node.status();
  const { blocks, transactions, waits } = telemetry;
  return {
    atMs,
    monotonicMs,
    blocks,
    succeeded: transactions.succeeded,
    failed: transactions.failed,
    waits,
    pool: pool.transactions,
    height: consensus.certified,
    epoch: consensus.epoch,
    view: consensus.view,
    primary: consensus.primary,
    reachable,
  };
}

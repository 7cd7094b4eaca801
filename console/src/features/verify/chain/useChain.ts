import { useCallback, useEffect, useRef, useState } from 'react';
import { breaksAt } from '../../../../../shared/protocol/chain-break.ts';
import { gatewayOrigin } from '../../../lib/gateway.ts';
import { bearerOf } from '../../../lib/session-tokens.ts';
import { refuseContradiction } from '../contradiction.ts';
import { rememberProven, seen } from '../seen.ts';
import { readCheckpoint, removeCheckpoint } from './checkpoints.ts';
import type { ChainCall, ChainEvent, ChainFailure, ChainProgress, Checkpoint } from './protocol.ts';

export interface ChainState {
  readonly phase: 'reading' | 'idle' | 'running' | 'stopping' | 'paused' | 'verified' | 'failed';
  readonly progress?: ChainProgress;
  readonly failure?: ChainFailure;
  /** What kept the checks from being made: not a failed check. */
  readonly error?: Error;
}

export interface Chain extends ChainState {
  /** Goes on from what is kept, up to this height at least. */
  readonly run: (target: number) => void;
  readonly pause: () => void;
  /** Forgets what was verified. */
  readonly startOver: () => void;
}

/** One chain, verified in a worker for as long as the page is open; what is done is kept for the next time. */
export function useChain(network: string): Chain {
  const [state, setState] = useState<ChainState>({ phase: 'reading' });
  const worker = useRef<Worker | undefined>(undefined);

  useEffect(() => {
    let left = false;
    readCheckpoint(network)
      // Nothing is kept where nothing can be read: the run says so itself.
      .catch(() => undefined)
      .then((kept) => {
        if (!left) setState(kept === undefined ? { phase: 'idle' } : pausedAt(kept));
      });
    return () => {
      left = true;
      stop(worker.current);
      worker.current = undefined;
    };
  }, [network]);

  const run = useCallback(
    (target: number) => {
      const started = startWorker();
      worker.current = started;
      setState(({ progress }) => ({ phase: 'running', ...(progress === undefined ? {} : { progress }) }));
      const show = (change: (before: ChainState) => ChainState) => {
        if (worker.current === started) setState(change);
      };
      started.onmessage = ({ data }: MessageEvent<ChainEvent>) =>
        show((before) => after(before, data, network));
      started.onerror = ({ message }) =>
        show((before) => interrupted(before, message || 'The verification worker could not be started.'));
      const gateway = gatewayOrigin();
      const known = seen.get();
      const call: ChainCall = {
        type: 'start',
        network,
        gateway,
        target,
        ...bearerOf(gateway),
        ...(known?.network === network && { seen: { height: known.height, block: known.block } }),
      };
      started.postMessage(call);
    },
    [network],
  );

  const pause = useCallback(() => {
    stop(worker.current);
    setState((before) => (before.phase === 'running' ? { ...before, phase: 'stopping' } : before));
  }, []);

  const startOver = useCallback(() => {
    removeCheckpoint(network).then(
      () => setState({ phase: 'idle' }),
      (error: unknown) => setState((before) => interrupted(before, String(error))),
    );
  }, [network]);

  return { ...state, run, pause, startOver };
}

const startWorker = (): Worker =>
  new Worker(new URL('../../../workers/chain.worker.ts', import.meta.url), { type: 'module' });

const stop = (worker: Worker | undefined): void => worker?.postMessage({ type: 'stop' } satisfies ChainCall);

function pausedAt({ point, seals, startedAt, savedAt }: Checkpoint): ChainState {
  const { height, block, epochs } = point;
  const { epoch } = epochs.trusted;
  const run = { at: savedAt, runBlocks: 0, runMs: 0, kept: true, breaks: breaksAt(point) };
  return { phase: 'paused', progress: { height, block, epoch, seals, startedAt, ...run } };
}

function after(before: ChainState, event: ChainEvent, network: string): ChainState {
  switch (event.type) {
    case 'progress':
      return { ...before, progress: event.progress };
    case 'stopped':
      return { phase: 'paused', progress: event.progress };
    case 'verified':
      return verifiedUpTo(event.progress, network);
    case 'failed':
      return { phase: 'failed', failure: event.failure, ...(event.progress && { progress: event.progress }) };
    case 'crashed':
      return interrupted(before, event.message);
  }
}

/** The tip is sealed like any other block, and yet this browser may have seen another one there. */
function verifiedUpTo(progress: ChainProgress, network: string): ChainState {
  const proven = { network, height: progress.height, block: progress.block, time: 0 };
  try {
    refuseContradiction(seen.get(), proven);
  } catch (error) {
    return { phase: 'paused', progress, error: error as Error };
  }
  rememberProven(proven);
  return { phase: 'verified', progress };
}

const interrupted = (before: ChainState, message: string): ChainState => ({
  ...before,
  phase: before.progress === undefined ? 'idle' : 'paused',
  error: new Error(message),
});

import type { BlockSummaryJson } from '../../../shared/api.ts';
import { mergeBlocks } from './merge-blocks.ts';
import { createStore, useSelected, useStore } from './store.ts';
import { subscribe } from './subscription.ts';

/** Blocks as the node pushes them. */
export interface Live {
  readonly connection: 'connecting' | 'open' | 'closed';
  readonly paused: boolean;
  /** When this browser last heard from the node; 0 before the first message. */
  readonly heardAt: number;
  /** Newest first; at most `kept`. */
  readonly blocks: readonly BlockSummaryJson[];
  /** Height to go on from after a pause. */
  readonly next: number | undefined;
}

const kept = 1000;
/** Pushed blocks are shown in bunches: at hundreds of blocks a second a render each would freeze the page. */
const flushMs = 200;

export const live = createStore<Live>({
  connection: 'connecting',
  paused: false,
  heardAt: 0,
  blocks: [],
  next: undefined,
});

export const useLive = (): Live => useStore(live);
/** For who need not be rendered with every message. */
export const useLiveBlocks = (): Live['blocks'] => useSelected(live, ({ blocks }) => blocks);
export const useLivePaused = (): boolean => useSelected(live, ({ paused }) => paused);

let stop: (() => void) | undefined;
let waiting: BlockSummaryJson[] = [];
let flushTimer: ReturnType<typeof setTimeout> | undefined;

const change = (part: Partial<Live>) => live.set({ ...live.get(), ...part });

/** Starts to follow the blocks from `from` on, or from where it stood. */
export function startLive(from?: number): void {
  stop?.();
  stop = subscribe(
    { type: 'subscribe', topic: 'blocks', from: from ?? live.get().next ?? 'now' },
    {
      onState: (connection) => change({ connection }),
      onMessage: (message) => {
        if (message.type === 'block') waiting.push(message.block);
        change({ heardAt: Date.now(), ...('next' in message ? { next: message.next } : {}) });
        if (flushTimer === undefined) flushTimer = setTimeout(flush, flushMs);
      },
    },
  );
}

/** Forgets everything: for another gateway. */
export function resetLive(): void {
  stop?.();
  waiting = [];
  change({ connection: 'connecting', heardAt: 0, blocks: [], next: undefined });
  startLive();
}

export function setPaused(paused: boolean): void {
  change({ paused });
  stop?.();
  stop = undefined;
  if (!paused) startLive();
}

function flush(): void {
  flushTimer = undefined;
  if (waiting.length === 0) return;
  const blocks = mergeBlocks(live.get().blocks, waiting).slice(0, kept);
  waiting = [];
  change({ blocks });
}

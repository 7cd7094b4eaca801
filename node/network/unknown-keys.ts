/**
 * Refusals of node keys that the book does not name. While this node fetches blocks that its peers have, such as when it
 * joins with the state of genesis, its book is older than the consortium: that who joined since is refused is no news,
 * and is said once. A node that has just started does not know yet whether it is behind, and waits with its word.
 */
import type { LogPort } from '../runtime/ports.ts';

export interface UnknownKeysOptions {
  readonly isBookOld: () => boolean;
  /** From the start on; whether one is behind is known as soon as peers say where they stand. */
  readonly graceMs: number;
  readonly log: LogPort;
}

export interface UnknownKeys {
  /** `tell` says so by name, unless the book is to blame. */
  refused(tell: () => void): void;
  start(): void;
  stop(): void;
}

/** What is kept of a crowd that calls at the start. */
const heldMax = 64;

export function createUnknownKeys({ isBookOld, graceMs, log }: UnknownKeysOptions): UnknownKeys {
  let held: (() => void)[] | undefined = [];
  let isTold = false;
  let timer: NodeJS.Timeout | undefined;

  function refused(tell: () => void): void {
    if (isBookOld()) tellOnce();
    else if (held !== undefined) {
      if (held.length < heldMax) held.push(tell);
    } else {
      isTold = false;
      tell();
    }
  }

  function tellOnce(): void {
    if (isTold) return;
    isTold = true;
    log.write('info', 'link-book-old', {
      rule: 'C1',
      reason: 'blocks are missing here, and with them the keys of who joined or changed its key since',
      nextStep: 'nothing: they are let in as soon as the blocks are here that name them',
    });
  }

  function graceOver(): void {
    const before = held ?? [];
    held = undefined;
    if (isBookOld()) {
      if (before.length > 0) tellOnce();
    } else for (const tell of before) tell();
  }

  return {
    refused,
    start: () => {
      timer = setTimeout(graceOver, graceMs);
      timer.unref();
    },
    stop: () => clearTimeout(timer),
  };
}

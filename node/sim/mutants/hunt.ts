/** Hunts in a copy of the core, in a thread of its own: a bug may also make the core spin or eat memory. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { HuntNews, HuntOrder } from './hunt-thread.ts';

/** Of the last seed that was run; no claim: everything held. */
export type HuntResult = HuntNews;

/** A universe takes a tenth of a second. */
const seedLimitMs = 60_000;
const memoryLimitMb = 1_024;

/** @param held told of every seed in which everything held, in order */
export function hunt(
  directory: string,
  order: HuntOrder,
  held: (seed: number) => void = () => {},
): Promise<HuntResult> {
  return new Promise((resolve) => {
    const entry = pathToFileURL(join(directory, 'node/sim/mutants/hunt-thread.js'));
    const limits = { maxOldGenerationSizeMb: memoryLimitMb };
    const worker = new Worker(entry, { workerData: order, resourceLimits: limits });
    let last: HuntResult = { seed: order.fromSeed - 1 };
    let timer = startTimer();
    let isOver = false;

    function startTimer(): NodeJS.Timeout {
      return setTimeout(() => fail(`a universe does not end within ${seedLimitMs} ms`), seedLimitMs);
    }

    function end(result: HuntResult): void {
      isOver = true;
      clearTimeout(timer);
      resolve(result);
      void worker.terminate();
    }

    function fail(claim: string): void {
      if (!isOver) end({ seed: last.seed + 1, claim });
    }

    worker.on('message', (news: HuntNews) => {
      if (isOver) return;
      clearTimeout(timer);
      last = news;
      if (news.claim === undefined) held(news.seed);
      if (news.claim !== undefined || news.seed === order.toSeed) end(news);
      else timer = startTimer();
    });
    worker.once('error', (error) => fail(`the thread ends: ${error.message}`));
  });
}

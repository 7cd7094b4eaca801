/** Runs campaigns in a worker and watches from outside: what never answers or eats the heap is found too. */
import { Worker } from 'node:worker_threads';
import type { CampaignFigures, Finding } from './campaign.ts';
import type { CampaignOrder, WorkerReport } from './campaign-worker.ts';
import { createRunningTime } from './running-time.ts';

export interface CampaignEvents {
  progress(figures: CampaignFigures): void;
  /** Each once, as soon as it is known. */
  found(finding: Finding): void;
}

/** An input that runs for so long is stuck. */
const hangMs = 10_000;
const watchMs = 500;
/** Between two looks: after a longer pause this process was stopped, and the worker with it. */
const gapMaxMs = 4 * watchMs;
const heapMegabytes = 512;
const currentBytes = 1024 * 1024;
export const noFigures: CampaignFigures = { runs: 0, accepted: 0, kept: 0, features: 0, covered: 0 };

/** @param current where the worker writes how many inputs it has begun, and the last of them */
const startCampaignWorker = (current: SharedArrayBuffer): Worker =>
  new Worker(new URL('./campaign-worker.js', import.meta.url), {
    workerData: current,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
  });

export class Supervisor {
  readonly #current = new SharedArrayBuffer(8 + currentBytes);
  readonly #words = new Int32Array(this.#current, 0, 2);
  readonly #startWorker: typeof startCampaignWorker;
  #worker: Worker | undefined;
  /** Watches the campaign no more, and hands over what the worker still makes smaller. */
  #end = (): void => undefined;

  constructor(startWorker = startCampaignWorker) {
    this.#startWorker = startWorker;
  }

  /** One campaign at a time. Rejects if the campaign itself fails, such as for a target that does not open. */
  run(order: CampaignOrder, { progress, found }: CampaignEvents): Promise<CampaignFigures> {
    const worker = this.#started();
    return new Promise((resolve, reject) => {
      let figures = noFigures;
      let large: Finding | undefined;
      const end = (): void => {
        clearInterval(watch);
        worker.off('message', onMessage);
        worker.off('error', onError);
        if (large !== undefined) found(large);
        large = undefined;
      };
      this.#end = end;
      const stuck = (property: Finding['property'], message: string): void => {
        end();
        this.close();
        found({ property, message, input: this.#input() });
        resolve(figures);
      };
      const watch = this.#watch(() => stuck('hang', `no answer in ${hangMs} ms`));
      const onMessage = (report: WorkerReport): void => {
        switch (report.type) {
          case 'progress':
            figures = report.figures;
            progress(figures);
            return;
          case 'broke':
            large = report.finding;
            return;
          case 'found':
            large = undefined;
            if (report.finding !== undefined) found(report.finding);
            return;
          case 'done':
            end();
            resolve(report.figures);
            return;
          case 'failed':
            end();
            reject(new Error(report.reason));
        }
      };
      const died = (error: Error & { code?: string }): void => {
        if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
          stuck('memory', `more than ${heapMegabytes} MiB of heap`);
        else stuck('named-error', error.stack ?? error.message);
      };
      // What it told before is handed over until it has left, and not only until it fails.
      const onError = (error: Error): void => void worker.once('exit', () => died(error));
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.postMessage(order);
    });
  }

  /** Ends the campaign that runs; when it resolves, all that the worker had told is handed over. */
  async interrupt(): Promise<void> {
    await this.#worker?.terminate();
    this.#end();
  }

  close(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
  }

  #started(): Worker {
    this.#worker ??= this.#startWorker(this.#current);
    return this.#worker;
  }

  #input(): Uint8Array {
    return new Uint8Array(this.#current.slice(8, 8 + Atomics.load(this.#words, 1)));
  }

  /** Nothing was begun since the campaign started: the worker still loads. */
  #watch(stuck: () => void): NodeJS.Timeout {
    const first = Atomics.load(this.#words, 0);
    const ranMs = createRunningTime(gapMaxMs);
    let seen = first;
    let sinceMs = 0;
    return setInterval(() => {
      const nowMs = ranMs();
      const begun = Atomics.load(this.#words, 0);
      if (begun !== seen) {
        seen = begun;
        sinceMs = nowMs;
      } else if (begun !== first && nowMs - sinceMs > hangMs) stuck();
    }, watchMs);
  }
}

/** Runs campaigns in a worker and watches from outside: what never answers or eats the heap is found too. */
import { Worker } from 'node:worker_threads';
import type { CampaignFigures, CampaignResult, Finding } from './campaign.ts';
import type { CampaignOrder, WorkerReport } from './campaign-worker.ts';
import { createRunningTime } from './running-time.ts';

/** An input that runs for so long is stuck. */
const hangMs = 10_000;
const watchMs = 500;
/** Between two looks: after a longer pause this process was stopped, and the worker with it. */
const gapMaxMs = 4 * watchMs;
const heapMegabytes = 512;
const currentBytes = 1024 * 1024;
const nothing: CampaignFigures = { runs: 0, accepted: 0, kept: 0, features: 0, covered: 0 };

export class Supervisor {
  readonly #current = new SharedArrayBuffer(8 + currentBytes);
  readonly #words = new Int32Array(this.#current, 0, 2);
  #worker: Worker | undefined;

  /** One campaign at a time. Rejects if the campaign itself fails, such as for a target that does not open. */
  run(order: CampaignOrder, progress: (figures: CampaignFigures) => void): Promise<CampaignResult> {
    const worker = this.#started();
    return new Promise((resolve, reject) => {
      let figures = nothing;
      const end = (): void => {
        clearInterval(watch);
        worker.off('message', onMessage);
        worker.off('error', onError);
      };
      const stuck = (property: Finding['property'], message: string): void => {
        end();
        this.close();
        resolve({ figures, findings: [{ property, message, input: this.#input() }] });
      };
      const watch = this.#watch(() => stuck('hang', `no answer in ${hangMs} ms`));
      const onMessage = (report: WorkerReport): void => {
        if (report.type === 'progress') {
          figures = report.figures;
          progress(figures);
          return;
        }
        end();
        if (report.type === 'done') resolve(report.result);
        else reject(new Error(report.reason));
      };
      const onError = (error: Error & { code?: string }): void => {
        if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
          stuck('memory', `more than ${heapMegabytes} MiB of heap`);
        else stuck('named-error', error.stack ?? error.message);
      };
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.postMessage(order);
    });
  }

  close(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
  }

  #started(): Worker {
    this.#worker ??= new Worker(new URL('./campaign-worker.js', import.meta.url), {
      workerData: this.#current,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
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

/** Campaigns in a thread of their own, which the main thread can end when an input never answers. */
import { parentPort, workerData } from 'node:worker_threads';
import { installNativeSha256 } from '../../node/crypto/sha256-install.ts';
import { type CampaignFigures, type Finding, runCampaign } from './campaign.ts';
import { createRunningTime } from './running-time.ts';
import { targets } from './targets/index.ts';

export interface CampaignOrder {
  readonly target: string;
  readonly seed: number;
  readonly durationMs: number;
  readonly regressions: readonly Uint8Array[];
}
export type WorkerReport =
  | { readonly type: 'progress'; readonly figures: CampaignFigures }
  | { readonly type: 'broke'; readonly finding: Finding }
  | { readonly type: 'found'; readonly finding: Finding | undefined }
  | { readonly type: 'done'; readonly figures: CampaignFigures }
  | { readonly type: 'failed'; readonly reason: string };

const progressMs = 500;
/** Between two inputs: one that takes longer is stuck, and whoever watches ends this thread. */
const gapMaxMs = 10_000;

if (parentPort !== null) {
  const port = parentPort;
  // Two words, the number of inputs begun and the length of the current one, then its bytes.
  const current = workerData as SharedArrayBuffer;
  const words = new Int32Array(current, 0, 2);
  const bytes = new Uint8Array(current, 8);
  const report = (message: WorkerReport): void => port.postMessage(message);
  installNativeSha256();
  const about = (input: Uint8Array): void => {
    bytes.set(input.subarray(0, bytes.length));
    Atomics.store(words, 1, Math.min(input.length, bytes.length));
    Atomics.add(words, 0, 1);
  };
  port.on('message', (order: CampaignOrder) => {
    runOrder(order, about, report)
      .then((figures) => report({ type: 'done', figures }))
      .catch((error: unknown) =>
        report({
          type: 'failed',
          reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
      );
  });
}

function runOrder(
  order: CampaignOrder,
  about: (input: Uint8Array) => void,
  report: (message: WorkerReport) => void,
): Promise<CampaignFigures> {
  const target = targets.find(({ name }) => name === order.target);
  if (target === undefined) throw new Error(`no target ${order.target}`);
  const ranMs = createRunningTime(gapMaxMs);
  let reportedMs = 0;
  return runCampaign(target, {
    seed: order.seed,
    regressions: order.regressions,
    over: () => ranMs() >= order.durationMs,
    about: (input) => {
      ranMs();
      about(input);
    },
    progress: (figures) => {
      if (performance.now() - reportedMs < progressMs) return;
      reportedMs = performance.now();
      report({ type: 'progress', figures });
    },
    broke: (finding) => report({ type: 'broke', finding }),
    found: (finding) => report({ type: 'found', finding }),
  });
}

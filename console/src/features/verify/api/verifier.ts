import type { VerificationReport } from '../checks.ts';
import type { Subject, VerifyReply, VerifyRequest } from '../subjects.ts';

interface Waiting {
  readonly resolve: (report: VerificationReport) => void;
  readonly reject: (error: Error) => void;
}

let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, Waiting>();

/**
 * Verifies in the Web Worker. A failed check is a result, not an error.
 * @param network the pinned network id
 */
export function verify(subject: Subject, network: string): Promise<VerificationReport> {
  worker ??= startWorker();
  const request: VerifyRequest = { id: ++lastId, subject, network };
  const target = worker;
  return new Promise((resolve, reject) => {
    waiting.set(request.id, { resolve, reject });
    target.postMessage(request);
  });
}

function startWorker(): Worker {
  const started = new Worker(new URL('../../../workers/verify.worker.ts', import.meta.url), {
    type: 'module',
  });
  started.onmessage = ({ data }: MessageEvent<VerifyReply>) => receive(data);
  started.onerror = ({ message }) => abandon(message || 'The verification worker could not be started.');
  return started;
}

function receive(reply: VerifyReply): void {
  const entry = waiting.get(reply.id);
  waiting.delete(reply.id);
  if (reply.type === 'crashed') entry?.reject(new Error(reply.message));
  else entry?.resolve(reply.report);
}

function abandon(message: string): void {
  for (const { reject } of waiting.values()) reject(new Error(message));
  waiting.clear();
  worker?.terminate();
  worker = undefined;
}

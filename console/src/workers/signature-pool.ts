/**
 * Verification spread over several workers. Browsers verify a signature on the thread that asks: a chain, which is
 * mostly signatures, would take one core and leave the others idle.
 */
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import { packBatch, type SignatureBatch, type SignatureToVerify } from './signature-batch.ts';

/** 0 or 1 for each signature of a batch, in order; or why there is no answer. */
export type BatchReply =
  | { readonly ok: true; readonly valid: Uint8Array }
  | { readonly ok: false; readonly message: string };

/** What the pool needs of a worker, which answers batches in the order in which it got them. */
export interface BatchWorker {
  postMessage(batch: SignatureBatch, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<BatchReply>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

/** Enough that a message is cheap beside what it carries, and few enough that all workers get some soon. */
const batchSize = 192;

interface Asked extends SignatureToVerify {
  readonly resolve: (valid: boolean) => void;
  readonly reject: (error: Error) => void;
}

/** @param workers at least one */
export function signaturePool(workers: readonly BatchWorker[]): VerifySignature {
  const sent = workers.map((worker) => followed(worker));
  let queue: Asked[] = [];
  let turn = 0;

  function flush(): void {
    if (queue.length === 0) return;
    const batch = queue;
    queue = [];
    const at = turn++ % workers.length;
    sent[at]?.push(batch);
    const packed = packBatch(batch);
    workers[at]?.postMessage(packed, [packed.lengths.buffer, packed.bytes.buffer]);
  }

  return (publicKey, message, signature) =>
    new Promise((resolve, reject) => {
      if (queue.length === 0) queueMicrotask(flush);
      queue.push({ publicKey, message, signature, resolve, reject });
      if (queue.length >= batchSize) flush();
    });
}

/** The batches that a worker has still to answer. */
function followed(worker: BatchWorker): Asked[][] {
  const batches: Asked[][] = [];
  worker.onmessage = ({ data }) => {
    const batch = batches.shift() ?? [];
    if (data.ok) for (const [at, { resolve }] of batch.entries()) resolve(data.valid[at] === 1);
    else for (const { reject } of batch) reject(new Error(data.message));
  };
  worker.onerror = ({ message }) => {
    const error = new Error(message || 'A verification worker could not be started.');
    for (const { reject } of batches.splice(0).flat()) reject(error);
  };
  return batches;
}

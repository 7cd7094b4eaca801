/**
 * Signature verification off the main thread. Bulk goes in packs to workers, round robin. A few items per turn
 * of the event loop are verified at once on the calling thread: a vote would otherwise wait behind the
 * thousand transactions that are ahead of it in a worker's queue (52 µs each). Even past an idle worker the hop
 * costs half as much again: three votes took 0.22 ms here and 0.34 ms there.
 */
import { Worker } from 'node:worker_threads';
import type { VerificationItem, VerifierPort } from '../runtime/ports.ts';
import { verifyWithSodium } from './sodium.ts';
import { isPackable, packItems } from './verification-pack.ts';

export interface VerifierPoolOptions {
  /** Threads; 0 verifies everything on the calling thread. */
  readonly workers: number;
  /** Items that one turn of the event loop may verify on the calling thread. */
  readonly inlineItemsMax?: number;
  /** Compiled worker script; the one beside this module unless given. */
  readonly workerScript?: URL;
  /** A worker died: verification can not go on, the node must stop. */
  readonly onFatal: (error: Error) => void;
}

export interface VerifierPool extends VerifierPort {
  /** Ends the threads. Answers that are still out never come. */
  close(): Promise<void>;
}

/** A pack's items per worker message: long enough to amortise the hop, short enough to share among workers. */
const packItemsMax = 256;
const inlineItemsMaxDefault = 16;

interface Thread {
  readonly worker: Worker;
  /** Oldest first: a worker answers in order. */
  readonly waiting: ((answers: Uint8Array) => void)[];
}

export function createVerifierPool(options: VerifierPoolOptions): VerifierPool {
  const script = options.workerScript ?? new URL('./verifier-worker.js', import.meta.url);
  const inlineItemsMax = options.inlineItemsMax ?? inlineItemsMaxDefault;
  let closing = false;
  const threads = Array.from({ length: options.workers }, () => startThread(script, fail));
  let next = 0;
  let inlineThisTurn = 0;

  function fail(error: Error): void {
    if (!closing) options.onFatal(error);
  }
  function takesInline(count: number): boolean {
    if (threads.length === 0) return true;
    if (inlineThisTurn + count > inlineItemsMax) return false;
    if (inlineThisTurn === 0) {
      setImmediate(() => {
        inlineThisTurn = 0;
      });
    }
    inlineThisTurn += count;
    return true;
  }
  function submit(items: readonly VerificationItem[], answered: (answers: Uint8Array) => void): void {
    const thread = threads[next++ % threads.length]!;
    const pack = packItems(items);
    thread.waiting.push(answered);
    thread.worker.postMessage(pack, [pack]);
  }

  return {
    verify(items, done) {
      if (takesInline(items.length)) {
        const valid = items.map(verifyInline);
        queueMicrotask(() => done(valid));
        return;
      }
      verifyInPacks(items, submit, done);
    },
    verifyNow: verifyWithSodium,
    async close() {
      closing = true;
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}

function startThread(script: URL, fail: (error: Error) => void): Thread {
  const worker = new Worker(script);
  const thread: Thread = { worker, waiting: [] };
  worker.on('message', (answers: ArrayBuffer) => thread.waiting.shift()?.(new Uint8Array(answers)));
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`verifier worker ended with code ${code}`)));
  return thread;
}

function verifyInline({ key, message, signature }: VerificationItem): boolean {
  return verifyWithSodium(Buffer.from(key, 'hex'), message, signature);
}

function verifyInPacks(
  items: readonly VerificationItem[],
  submit: (items: readonly VerificationItem[], answered: (answers: Uint8Array) => void) => void,
  done: (valid: readonly boolean[]) => void,
): void {
  const valid = new Array<boolean>(items.length).fill(false);
  const indexes = [...items.keys()].filter((index) => isPackable(items[index]!));
  let outstanding = Math.ceil(indexes.length / packItemsMax);
  if (outstanding === 0) queueMicrotask(() => done(valid));
  for (let start = 0; start < indexes.length; start += packItemsMax) {
    const part = indexes.slice(start, start + packItemsMax);
    submit(
      part.map((index) => items[index]!),
      (answers) => {
        part.forEach((index, position) => {
          valid[index] = answers[position] === 1;
        });
        if (--outstanding === 0) done(valid);
      },
    );
  }
}

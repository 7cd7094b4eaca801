/** Verifies batches of signatures, under the one rule that everything here follows. */
import { type SignatureBatch, unpackBatch } from './signature-batch.ts';
import type { BatchReply } from './signature-pool.ts';
import { signatureVerifier } from './signature-verifier.ts';

/** Answers leave in the order of the questions. */
let last: Promise<void> = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<SignatureBatch>) => {
  last = last.then(async () => self.postMessage(await answer(data)));
};

async function answer(batch: SignatureBatch): Promise<BatchReply> {
  try {
    const verify = await signatureVerifier();
    const valid = await Promise.all(
      unpackBatch(batch).map(({ publicKey, message, signature }) => verify(publicKey, message, signature)),
    );
    return { ok: true, valid: Uint8Array.from(valid, Number) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

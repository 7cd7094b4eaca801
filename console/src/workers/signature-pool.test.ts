import { expect, test } from 'vitest';
import { type SignatureBatch, unpackBatch } from './signature-batch.ts';
import { type BatchReply, type BatchWorker, signaturePool } from './signature-pool.ts';

const bytesOf = (...values: number[]) => Uint8Array.from(values);

/** Says valid where the signature repeats the message, in its own time. */
function workerOf(delayMs: number, log: number[], broken = false): BatchWorker {
  const worker: BatchWorker = {
    onmessage: null,
    onerror: null,
    postMessage(batch: SignatureBatch) {
      const items = unpackBatch(batch);
      log.push(items.length);
      const valid = Uint8Array.from(items, ({ message, signature }) =>
        Number(`${message}` === `${signature}`),
      );
      const reply: BatchReply = broken ? { ok: false, message: 'no crypto here' } : { ok: true, valid };
      setTimeout(() => worker.onmessage?.({ data: reply } as MessageEvent<BatchReply>), delayMs);
    },
  };
  return worker;
}

test('each answer is that of its own signature, whichever worker is faster', async () => {
  const logs: number[][] = [[], []];
  const verify = signaturePool([workerOf(20, logs[0]!), workerOf(1, logs[1]!)]);
  const asked = Array.from({ length: 1000 }, (_, at) => at);
  const answers = await Promise.all(
    asked.map((at) => verify(bytesOf(1), bytesOf(at % 256, 7), bytesOf(at % 3 === 0 ? 0 : at % 256, 7))),
  );
  expect(answers).toEqual(asked.map((at) => at % 3 !== 0 || at % 256 === 0));
  expect(logs.flat().reduce((sum, count) => sum + count)).toBe(1000);
  for (const log of logs) expect(log.length).toBeGreaterThan(1);
});

test('a lone signature does not wait for others, and lengths of any kind survive', async () => {
  const log: number[] = [];
  const verify = signaturePool([workerOf(0, log)]);
  expect(await verify(bytesOf(), bytesOf(), bytesOf())).toBe(true);
  expect(await verify(bytesOf(1, 2), bytesOf(3), bytesOf(3, 4))).toBe(false);
  expect(log).toEqual([1, 1]);
});

test('a worker that cannot answer, or cannot be started, fails what it was asked', async () => {
  await expect(signaturePool([workerOf(0, [], true)])(bytesOf(), bytesOf(), bytesOf())).rejects.toThrow(
    'no crypto here',
  );
  const dead: BatchWorker = {
    onmessage: null,
    onerror: null,
    postMessage: () => setTimeout(() => dead.onerror?.({ message: '' } as ErrorEvent), 0),
  };
  await expect(signaturePool([dead])(bytesOf(), bytesOf(), bytesOf())).rejects.toThrow(
    'could not be started',
  );
});

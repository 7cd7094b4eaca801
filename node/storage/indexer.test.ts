import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { appendOf, startTime, transactionOf } from '../ledger/test-support.ts';
import { exampleGenesis, openExample, runBlock, temporaryDirectory } from './test-support.ts';

test('transactions are found before, between and after the slices in which they are indexed, and after a restart', async () => {
  const { path, remove } = temporaryDirectory();
  let storage = openExample(path);
  const blocks = Array.from({ length: 9 }, (_, block) =>
    Array.from({ length: 150 }, (_, index) =>
      transactionOf(exampleGenesis, 'streams.append', appendOf(`s${index % 40}`, `${block}-${index}`)),
    ),
  );
  const all = blocks.flat();
  const expectAll = (transactions: typeof all) => {
    for (const { id, body } of transactions) {
      expect(storage.queries.transaction(id)?.id).toBe(id);
      expect(storage.queries.pairRan(body.sender, body.nonce)).toBe(id);
    }
  };
  for (const [index, transactions] of blocks.entries()) {
    await runBlock(storage, transactions, startTime + 1 + index);
    expectAll(transactions);
  }
  while (storage.queries.indexedHeight() < blocks.length) {
    expectAll(all.filter((_, index) => index % 97 === 0));
    await delay(1);
  }
  expectAll(all);
  storage.close();

  storage = openExample(path);
  expectAll(all);
  for (let stream = 0; stream < 40; stream++) {
    const expected = all.filter((_, index) => (index % 150) % 40 === stream).length;
    expect(storage.queries.streamLength(`s${stream}`)).toBe(expected);
    expect(storage.queries.streamEvents(`s${stream}`, { from: 0, limit: 500 })).toHaveLength(expected);
  }
  storage.close();
  remove();
}, 60_000);

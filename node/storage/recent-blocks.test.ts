import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Height, heightOf } from '../../shared/types/brands.ts';
import { appendOf, startTime, transactionOf } from '../ledger/test-support.ts';
import type { Storage } from './storage.ts';
import {
  exampleGenesis,
  openExample,
  runBlock,
  type TemporaryDirectory,
  temporaryDirectory,
} from './test-support.ts';

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

const blockCount = 70;

function answers({ queries }: Storage) {
  return Array.from({ length: blockCount + 2 }, (_, at) => {
    const height: Height = heightOf(at);
    const block = queries.block(height);
    return { block, byHash: block && queries.block(block.hash), ids: queries.blockTransactionIds(height) };
  });
}

it('answers about the newest blocks from memory exactly as from disk', async () => {
  const written = openExample(directory.path);
  for (let height = 1; height <= blockCount; height++) {
    // The second append of a block is refused: failed transactions are counted alike.
    const append = (number: number) => {
      const revision = number === 0 ? 'any' : 7;
      const args = appendOf(`s${number}`, `${height}/${number}`, revision);
      return transactionOf(exampleGenesis, 'streams.append', args);
    };
    await runBlock(written, height % 9 === 0 ? [] : [append(0), append(1)], startTime + height * 500);
  }
  const fromMemory = answers(written);
  written.close();
  const reopened = openExample(directory.path);
  expect(fromMemory).toEqual(answers(reopened));
  expect(fromMemory.at(-2)?.block?.failedCount).toBe(1);
  reopened.close();
});

/**
 * A process that was killed while it committed leaves frames in the write-ahead log that the kernel has and the disk
 * may not have. The next process reads them as committed and sends what they say (rule N6), so they must be durable
 * before anyone sees them (rule D1). What a power failure leaves in the worst case is the file without its log.
 */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Digest, epochOf, heightOf, type ValidatorId, viewOf } from '../../shared/types/brands.ts';
import type { VoteRecord } from '../runtime/ports.ts';
import { openExample, type TemporaryDirectory, temporaryDirectory } from './test-support.ts';

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

const files = ['votes.db', 'ledger.db'];

function copyOf(name: string, endings: readonly string[]): string {
  const copy = join(directory.path, name);
  mkdirSync(copy);
  for (const file of files)
    for (const ending of endings) {
      const from = join(directory.path, 'node', file + ending);
      if (existsSync(from)) copyFileSync(from, join(copy, file + ending));
    }
  return copy;
}

it('what a killed process wrote is in the files, not in their logs alone, once they are open again', async () => {
  const record: VoteRecord = {
    kind: 'vote',
    vote: {
      kind: 'prepare',
      epoch: epochOf(0),
      view: viewOf(0),
      sequence: heightOf(1),
      content: 'c'.repeat(64) as Digest,
      sender: 'v1' as ValidatorId,
    },
  };
  const killed = openExample(join(directory.path, 'node'));
  await new Promise<void>((done) => killed.votes.persist([record], done));
  const left = copyOf('left', ['', '-wal']);
  killed.close();

  const reopened = openExample(left);
  expect(reopened.votes.load().records).toEqual([record]);
  const afterPowerFailure = join(directory.path, 'after');
  mkdirSync(afterPowerFailure);
  for (const file of files) copyFileSync(join(left, file), join(afterPowerFailure, file));
  reopened.close();

  const last = openExample(afterPowerFailure);
  expect(last.votes.load().records).toEqual([record]);
  last.close();
});

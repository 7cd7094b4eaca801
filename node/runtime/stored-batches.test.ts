import { expect, it } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import { epochOf, heightOf, viewOf } from '../../shared/types/brands.ts';
import type { Vote } from '../../shared/types/messages.ts';
import type { VoteRecord } from './ports.ts';
import { holdStoredBatches } from './stored-batches.ts';
import { ids, startMs, transactionOf } from './test-support.ts';

it('a batch is held for the greatest height that a vote names, in whatever order they are stored', () => {
  const all = [0, 1, 2].map((nth) => {
    const transaction = transactionOf();
    const batch = { time: startMs + nth, proposer: ids[1]!, ids: [transaction.id] };
    return { digest: batchDigest(batch), batch, transaction };
  });
  const vote = (nth: number, sequence: number): VoteRecord => ({
    kind: 'vote',
    vote: {
      kind: 'prepare',
      epoch: epochOf(0),
      view: viewOf(0),
      sequence: heightOf(sequence),
      content: all[nth]!.digest,
      sender: ids[0]!,
    } as Vote,
  });
  const records: VoteRecord[] = [
    ...all.map(({ digest, batch, transaction }) => ({
      kind: 'batch' as const,
      digest,
      batch,
      envelopes: [transaction.envelope],
    })),
    vote(0, 3),
    vote(0, 12),
    vote(0, 7),
    vote(1, 9),
    { kind: 'ordered', height: heightOf(4), batch: all[1]!.digest },
  ];
  const held: unknown[] = [];
  const hold = (digest: string, sequence: number): unknown => held.push([digest, sequence]);
  holdStoredBatches(records, { hold }, heightOf(20));
  expect(held).toEqual(all.map(({ digest }, nth) => [digest, [12, 9, 20][nth]]));
});

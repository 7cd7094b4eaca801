import { describe, expect, it } from 'vitest';
import { type BatchDigest, epochOf, heightOf, type ValidatorId, viewOf } from '../../shared/types/brands.ts';
import type { Vote } from '../../shared/types/messages.ts';
import type { RestoredVotes } from '../consensus/types.ts';
import type { VoteRecord } from './ports.ts';
import { restoreVotes } from './restore.ts';
import { createTestPorts, genesis, ids, keyOf } from './test-support.ts';

const self = ids[0] as ValidatorId;

function voteIn(epoch: number): Vote {
  const view = viewOf(0);
  return {
    kind: 'prepare',
    epoch: epochOf(epoch),
    view,
    sequence: heightOf(1),
    content: genesis.network,
    sender: self,
  };
}

function restored(records: readonly VoteRecord[], epoch: number): RestoredVotes {
  const { ports, completeAll } = createTestPorts(self);
  const signers = { setOf: () => ({ network: genesis.network, keys: new Map([[self, keyOf(self)]]) }) };
  const known = { network: genesis.network, self, tip: ports.blocks.tip(), horizon: {}, signers };
  let answer: RestoredVotes | undefined;
  restoreVotes(ports, { ...known, epoch: epochOf(epoch), records }, (votes) => {
    answer = votes;
  });
  completeAll();
  return answer!;
}

describe('what a vote store yields at a start (rule D2)', () => {
  const records = [0, 1].map((epoch): VoteRecord => ({ kind: 'vote', vote: voteIn(epoch) }));

  it('is signed anew of the epoch alone', () => {
    expect(restored(records, 1)).toMatchObject({ votes: [{ epoch: 1 }], isAhead: false });
  });

  it('says so if it holds records of a later epoch than the blocks (rule D3)', () => {
    expect(restored(records, 0)).toMatchObject({ votes: [{ epoch: 0 }], isAhead: true });
    expect(restored(records.slice(0, 1), 0).isAhead).toBe(false);
  });

  it('takes for ordered what a seal of the epoch vouches for: what a recovery gave up is not executed again', () => {
    const [first, second] = ['aa', 'bb'].map((byte) => byte.repeat(32)) as unknown as [
      BatchDigest,
      BatchDigest,
    ];
    const sealed = (epoch: number, height: number, batch: BatchDigest): VoteRecord[] => [
      { kind: 'ordered', height: heightOf(height), batch },
      { kind: 'seal', epoch, height: heightOf(height), block: genesis.hash },
    ];
    const stored = sealed(0, 1, first);
    expect(restored(stored, 0).ordered).toEqual([{ height: 1, batch: first }]);
    expect(restored(stored, 1).ordered).toEqual([]);
    expect(restored([...stored, ...sealed(1, 1, second)], 1).ordered).toEqual([{ height: 1, batch: second }]);
    expect(restored([...stored, ...sealed(1, 2, second)], 1).ordered).toEqual([{ height: 2, batch: second }]);
  });

  it('is not signed by who has no key of the epoch: it observes', () => {
    const { ports, asked } = createTestPorts(self);
    const signers = { setOf: () => ({ network: genesis.network, keys: new Map([[self, keyOf('lost')]]) }) };
    const known = { network: genesis.network, self, tip: ports.blocks.tip(), horizon: {}, signers };
    const answers: RestoredVotes[] = [];
    restoreVotes(ports, { ...known, epoch: epochOf(0), records }, (votes) => answers.push(votes));
    expect(answers).toMatchObject([{ votes: [], isAhead: true }]);
    expect(asked).toEqual([]);
  });
});

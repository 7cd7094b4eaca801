import { expect, test } from 'vitest';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import { epochOf, type Height, heightOf } from '../../shared/types/brands.ts';
import type { Batch, Certificate, Transaction } from '../../shared/types/ledger.ts';
import { executeBatch } from './execute-batch.ts';
import { createChain } from './execution.ts';
import type { AcceptedRecovery, Recoveries } from './recoveries.ts';
import { createTestContext, createTestPorts, genesis, ids, startMs, transactionOf } from './test-support.ts';

const [v1, v2] = ids as [(typeof ids)[0], (typeof ids)[0]];

interface Ordered {
  readonly certificate: Certificate;
  readonly held: { readonly batch: Batch; readonly transactions: readonly Transaction[] };
}

function orderedBlocks(count: number): Ordered[] {
  const { state } = createTestPorts(v2).ports;
  let parent = { height: heightOf(0), hash: genesis.hash, time: genesis.header.time };
  return Array.from({ length: count }, (_, index) => {
    const transactions = [decodeEnvelope(transactionOf().envelope)];
    const batch = { time: startMs + index, proposer: v2, ids: transactions.map(({ id }) => id) };
    const block = executeBatch({ genesis, state }, parent, batch, transactions);
    parent = { height: block.height, hash: block.hash, time: block.header.time };
    const certificate = { epoch: block.header.epoch, height: block.height, block: block.hash, seals: [] };
    return { certificate, held: { batch, transactions } };
  });
}

test('a height that consensus orders while its block is told to be durable is executed in its turn', () => {
  const { context, fed, completeAll } = createTestContext(v1);
  const blocks = orderedBlocks(2);
  const order = (height: Height): void => chain.execute(height, blocks[height - 1]!.held);
  const chain = createChain(
    context,
    { genesis, state: context.ports.state },
    {
      // What settles a transaction may let the core order both heights, before it hears that the first is certified.
      durable: ({ block }) => {
        if (block.height === 1) for (const height of [1, 2]) order(heightOf(height));
      },
      bounded: () => ({ kind: 'within' }),
      diverged: () => {},
      unsupported: () => {},
      unfit: () => {},
    },
  );
  for (const { certificate, held } of blocks) chain.take(certificate, held);
  completeAll();
  expect(fed.map((input) => ('height' in input ? `${input.type} ${input.height}` : input.type))).toEqual([
    'executed 1',
    'executed 2',
    'certified-durable 1',
    'certified-durable 2',
  ]);
});

test('a recovery whose set does not fit the state that a lagging node comes to ends it by name', () => {
  const { context, fed, completeAll, stored } = createTestContext(v1);
  const blocks = orderedBlocks(2);
  const content = { epoch: epochOf(7), validators: [] };
  const accepted = { certificate: { content } } as unknown as AcceptedRecovery;
  const recoveries: Recoveries = {
    all: [accepted],
    behind: (height) => (height === 2 ? accepted : undefined),
    ending: () => undefined,
    kept: () => undefined,
  };
  const unfit: string[] = [];
  const chain = createChain(
    context,
    { genesis, state: context.ports.state, recoveries },
    {
      durable: () => {},
      bounded: () => ({ kind: 'within' }),
      diverged: () => {},
      unsupported: () => {},
      unfit: (height, problem) => unfit.push(`${height} ${problem}`),
    },
  );
  for (const { certificate, held } of blocks) chain.take(certificate, held);
  completeAll();
  expect(unfit).toEqual(['2 epoch 7 does not follow epoch 0']);
  // It is not kept either: the next start comes to it again, and says the same.
  expect(stored).toHaveLength(1);
  expect(fed.some((input) => 'height' in input && input.height === 2)).toBe(false);
});

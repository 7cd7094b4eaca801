import { expect, test } from 'vitest';
import { type IndexableBlock, waitingBlocks } from './waiting-blocks.ts';

const blockOf = (height: number, ...names: string[]): IndexableBlock =>
  ({
    height,
    hash: `${height}`,
    header: {},
    ran: names.map((id) => ({ transaction: { id, body: { sender: `s${id}`, nonce: `n${id}` } } })),
  }) as never;

test('blocks wait in order, by slices of so many transactions, and are found until they are written', () => {
  const waiting = waitingBlocks();
  expect(waiting.slice(10)).toEqual([]);
  waiting.add(blockOf(1, 'a', 'b'), 7);
  waiting.add(blockOf(2), 9);
  waiting.add(blockOf(3, 'c'), 9);
  expect([waiting.blocks, waiting.transactions]).toEqual([3, 3]);
  expect(waiting.slice(1).map(({ block }) => block.height)).toEqual([1]);
  expect(waiting.slice(2).map(({ block }) => block.height)).toEqual([1, 2]);
  expect(waiting.slice(3).map(({ first }) => first)).toEqual([7, 9, 9]);
  const found = (id: string) => [waiting.numberOf(id as never), waiting.ranAs(`s${id}`, `n${id}`)];
  expect(found('b')).toEqual([8, 'b']);
  expect(found('c')).toEqual([9, 'c']);
  expect(found('d')).toEqual([undefined, undefined]);
  waiting.drop(2);
  expect([waiting.blocks, waiting.transactions]).toEqual([1, 1]);
  expect(found('b')).toEqual([undefined, undefined]);
  waiting.add(blockOf(4, 'd'), 10);
  expect(found('d')).toEqual([10, 'd']);
});

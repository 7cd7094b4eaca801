import { expect, test } from 'vitest';
import { shareOf } from './share.ts';

const block = (height: number, proposer: string, ...sealers: string[]) => ({
  height,
  header: { proposer },
  certificate:
    height === 0
      ? null
      : {
          ...{ epoch: 0, height, block: '' },
          seals: sealers.map((validator) => ({ validator, signature: '' })),
        },
});

test('counts proposals and seals; the genesis block is nobody’s work', () => {
  const blocks = [
    block(3, 'a', 'a', 'b', 'c'),
    block(2, 'b', 'b', 'c', 'd'),
    block(1, 'a', 'a', 'c', 'd'),
    block(0, 'a'),
  ];
  expect(shareOf(blocks, 'a')).toEqual({ blocks: 3, proposed: 2, sealed: 2, newest: 3 });
  expect(shareOf(blocks, 'd')).toEqual({ blocks: 3, proposed: 0, sealed: 2 });
});

/** A row of this node's own that is damaged is named, and neither stops it nor has anything said for it (rule E3). */
import { expect, it } from 'vitest';
import { heightOf } from '../../../shared/types/brands.ts';
import type { BlockStorePort } from '../ports.ts';
import { createTestContext, genesis } from '../test-support.ts';
import { createRecentBlocks } from './recent.ts';

const damage = Object.assign(new Error('a row'), {
  code: 'data-damaged',
  facts: { table: 'blocks', key: 5 },
});

function setUp(header: NonNullable<BlockStorePort['header']>) {
  const { context, ports, logged } = createTestContext();
  const tip = { height: heightOf(1_000), hash: genesis.hash, header: genesis.header };
  const blocks: BlockStorePort = { ...ports.blocks, tip: () => tip, header };
  return { logged, recent: createRecentBlocks({ ...context, ports: { ...ports, blocks } }) };
}

it('that block is attested by others, is not announced anew, and is named once', () => {
  const { recent, logged } = setUp(() => {
    throw damage;
  });
  for (let look = 0; look < 3; look += 1)
    expect([recent.isRecent(heightOf(5)), recent.hashOf(heightOf(5))]).toEqual([true, undefined]);
  expect(logged).toEqual([
    {
      code: 'data-damaged',
      facts: { table: 'blocks', key: 5, height: 5, action: 'not attested' },
    },
  ]);
});

it('what else goes wrong is no damage, and is not swallowed', () => {
  const { recent } = setUp(() => {
    throw new Error('a defect');
  });
  expect(() => recent.isRecent(heightOf(5))).toThrow('a defect');
});

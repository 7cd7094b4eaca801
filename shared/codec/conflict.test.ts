import { expect, test } from 'vitest';
import { type BlockHash, type Digest, epochOf, heightOf, viewOf } from '../types/brands.ts';
import type { SlotContent } from '../types/messages.ts';
import { isGivenUp } from './conflict.ts';

const seal = (epoch: number, height: number): SlotContent => ({
  kind: 'seal',
  epoch: epochOf(epoch),
  height: heightOf(height),
  block: 'ab'.repeat(32) as BlockHash,
});
const commit = (epoch: number, sequence: number): SlotContent => ({
  kind: 'commit',
  epoch: epochOf(epoch),
  view: viewOf(0),
  sequence: heightOf(sequence),
  content: 'ab'.repeat(32) as Digest,
});
/** Epoch 2 began behind block 7; v1 gave its word. */
const recovery = { epoch: 2, height: 7, survivors: ['v1'] };

test.each<[string, string, SlotContent, SlotContent, boolean]>([
  ['behind the last kept block, on both sides', 'v2', seal(1, 8), seal(2, 8), true],
  ['in either order', 'v2', seal(2, 8), seal(1, 8), true],
  ['of epochs further away', 'v2', seal(0, 9), seal(4, 9), true],
  ['of who gave its word', 'v1', seal(1, 8), seal(2, 8), false],
  ['of a block that was kept', 'v2', seal(1, 7), seal(2, 7), false],
  ['both before it', 'v2', seal(0, 8), seal(1, 8), false],
  ['both behind it', 'v2', seal(2, 8), seal(3, 8), false],
  ['no seals', 'v2', commit(1, 8), commit(2, 8), false],
])('given up by a recovery: %s', (_, sender, one, other, expected) => {
  expect(isGivenUp(sender, one, other, recovery)).toBe(expected);
});

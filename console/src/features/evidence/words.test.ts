import { expect, test } from 'vitest';
import type { SlotMessageJson } from '../../../../shared/api.ts';
import { digestName, signedDigest, slotWords } from './words.ts';

const common = { epoch: 0, sender: 'delta', signature: 'AA' };
const vote = (kind: Exclude<SlotMessageJson['kind'], 'seal'>): SlotMessageJson => ({
  ...common,
  kind,
  view: 2,
  sequence: 7,
  content: 'aa'.repeat(32),
});
const seal: SlotMessageJson = { ...common, kind: 'seal', height: 7, block: 'bb'.repeat(32) };

test('a slot in words: with a sequence, without one, and of a height alone', () => {
  expect(slotWords(vote('commit'))).toBe('sequence 7 in view 2 of epoch 0');
  expect(slotWords(vote('new-view'))).toBe('view 2 of epoch 0');
  expect(slotWords(seal)).toBe('height 7, in any view or epoch');
});

test('what was signed has the name of what it is', () => {
  expect([digestName(vote('prepare')), digestName(vote('view-change')), digestName(seal)]).toEqual([
    'Batch',
    'Content',
    'Block',
  ]);
  expect(signedDigest(seal)).toBe('bb'.repeat(32));
});

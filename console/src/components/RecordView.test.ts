import { expect, test } from 'vitest';
import { flatMembers } from './RecordView.tsx';

test('flat records are names and text, short lists included', () => {
  expect(flatMembers({ cost: 12, paid: true, note: null, tags: ['a', 'b'] })).toEqual([
    ['cost', '12'],
    ['paid', 'true'],
    ['note', 'null'],
    ['tags', 'a, b'],
  ]);
});

test.each([['text'], [['list']], [{}], [null], [{ nested: { deep: 1 } }]])('%j is not flat', (value) => {
  expect(flatMembers(value)).toBeUndefined();
});

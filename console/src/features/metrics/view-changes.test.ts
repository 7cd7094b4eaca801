import { expect, test } from 'vitest';
import { changeText, markText } from './view-changes.ts';

const change = { at: 1, epoch: 0, from: 0, to: 2, primary: 'gamma' };

test('another view of an epoch', () => {
  expect(markText(change)).toBe('view 2');
  expect(changeText(change)).toBe('epoch 0, view 0 → 2: gamma leads');
});

test('a new epoch is told as one, whatever view the one before it ended in', () => {
  for (const from of [0, 2]) {
    const begun = { ...change, epoch: 1, from, to: 0, primary: 'alpha' };
    expect(markText(begun)).toBe('epoch 1');
    expect(changeText(begun)).toBe('epoch 1 begins in view 0: alpha leads');
  }
});

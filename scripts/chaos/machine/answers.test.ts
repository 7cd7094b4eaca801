import { expect, it } from 'vitest';
import { type Answer, compareAnswers } from './answers.ts';

const answers = (entries: readonly (readonly [string, Answer])[]) => new Map(entries);
const expected = answers([
  ['/blocks/1', { body: '{"height":1}' }],
  ['/blocks/2', { body: '{"height":2}' }],
]);

it('takes an equal answer and a named damage, and nothing else', () => {
  expect(compareAnswers(expected, expected)).toEqual({ wrong: [], damaged: 0 });
  const refused = answers([...expected, ['/blocks/2', { problem: 'data-damaged' }]]);
  expect(compareAnswers(expected, refused)).toEqual({ wrong: [], damaged: 1 });
  for (const other of [{ body: '{"height":3}' }, { problem: 'internal' }, { problem: 'unknown-block' }])
    expect(compareAnswers(expected, answers([...expected, ['/blocks/2', other]])).wrong).toEqual([
      '/blocks/2',
    ]);
  expect(compareAnswers(expected, new Map()).wrong).toHaveLength(2);
});

import { expect, it } from 'vitest';
import { TurnQueue } from './turn-queue.ts';

const drained = (queue: TurnQueue<number>): string[] => {
  const out: string[] = [];
  for (let next = queue.next(); next !== undefined; next = queue.next())
    out.push(`${next.origin}${next.item}`);
  return out;
};

it('goes from one to the next, in order within each', () => {
  const queue = new TurnQueue<number>();
  for (const item of [1, 2, 3, 4]) queue.push('a', item);
  queue.push('b', 1);
  queue.push('c', 1);
  queue.push('b', 2);
  expect(queue.count('a')).toBe(4);
  expect(drained(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
  expect(queue.isEmpty).toBe(true);
});

it('what was not begun keeps its turn', () => {
  const queue = new TurnQueue<number>();
  for (const origin of ['a', 'b', 'c']) queue.push(origin, 1);
  queue.push('b', 2);
  queue.next();
  const second = queue.next()!;
  queue.giveBack(second.origin, second.item);
  expect(drained(queue)).toEqual(['b1', 'c1', 'b2']);
});

it('what was not finished comes first at the next turn of its own', () => {
  const queue = new TurnQueue<number>();
  queue.push('a', 1);
  queue.push('a', 2);
  queue.push('b', 1);
  const first = queue.next()!;
  queue.unshift(first.origin, first.item);
  expect(drained(queue)).toEqual(['b1', 'a1', 'a2']);
});

import { expect, test } from 'vitest';
import { RowQueue } from './row-queue.ts';

interface Item {
  readonly stream: string;
  readonly n: number;
}
const items = (text: string): Item[] => [...text].map((stream, n) => ({ stream, n }));
async function* sourceOf(text: string): AsyncGenerator<Item> {
  yield* items(text);
}
const shown = (batch: readonly Item[]): string => batch.map(({ stream, n }) => stream + n).join(' ');

test('a stream that is under way waits, others pass, and its order is kept', async () => {
  const queue = new RowQueue(sourceOf('aababc'), 10);
  const first = await queue.take(1);
  const second = await queue.take(2);
  expect([shown(first), shown(second)]).toEqual(['a0', 'b2 b4']);
  expect(shown(await queue.take(2))).toBe('c5');
  expect(await queue.take(2)).toEqual([]);
  expect(queue.isEmpty).toBe(false);
  queue.release(first);
  expect(shown(await queue.take(9))).toBe('a1 a3');
  expect(queue.isEmpty).toBe(true);
});

test('rows of one stream may share a batch', async () => {
  const queue = new RowQueue(sourceOf('aaaa'), 10);
  expect(shown(await queue.take(3))).toBe('a0 a1 a2');
});

test('memory is bounded: it stops reading when too many rows wait', async () => {
  const queue = new RowQueue(sourceOf('aaaaaab'), 2);
  const first = await queue.take(1);
  expect(await queue.take(5)).toEqual([]);
  queue.release(first);
  expect(shown(await queue.take(9))).toBe('a1 a2 a3 a4 a5 b6');
});

test('what was held goes before what is read, also when the batch is full', async () => {
  const queue = new RowQueue(sourceOf('aaaa'), 10);
  const first = await queue.take(1);
  await queue.take(1);
  queue.release(first);
  const next = await queue.take(2);
  expect(shown(next)).toBe('a1 a2');
  expect(await queue.take(2)).toEqual([]);
  queue.release(next);
  expect(shown(await queue.take(2))).toBe('a3');
});

test('a row does not pass an earlier one that was held when its batch came back during the reading', async () => {
  let first: readonly Item[] = [];
  async function* releasing(): AsyncGenerator<Item> {
    yield { stream: 'a', n: 0 };
    yield { stream: 'a', n: 1 };
    queue.release(first);
    yield { stream: 'a', n: 2 };
    yield { stream: 'b', n: 3 };
  }
  const queue: RowQueue<Item> = new RowQueue(releasing(), 10);
  first = await queue.take(1);
  expect(shown(await queue.take(1))).toBe('b3');
  expect(shown(await queue.take(2))).toBe('a1 a2');
});

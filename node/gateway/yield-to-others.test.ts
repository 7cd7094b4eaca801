/** However much waits, the event loop gets around between two pieces of it. */
import { expect, test } from 'vitest';
import { yieldToOthers } from './yield-to-others.ts';

/** Of each piece of work, in which turn of the event loop it ran. */
async function turnsOf(works: readonly { readonly of?: string; readonly pieces: number }[]) {
  const ran: { of: string | undefined; turn: number }[] = [];
  let turn = 0;
  let isOver = false;
  const count = (): void => {
    turn += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await Promise.all(
    works.map(async ({ of, pieces }) => {
      for (let piece = 0; piece < pieces; piece += 1) {
        await yieldToOthers(of);
        ran.push({ of, turn });
      }
    }),
  );
  isOver = true;
  return ran;
}

test('one piece of work runs in each turn of the event loop', async () => {
  const ran = await turnsOf(Array.from({ length: 30 }, () => ({ pieces: 3 })));
  expect(ran).toHaveLength(90);
  expect(new Set(ran.map(({ turn }) => turn)).size).toBe(90);
});

test('members have their turns one after the other, however much one of them wants', async () => {
  const many = Array.from({ length: 20 }, () => ({ of: 'many', pieces: 5 }));
  const ran = await turnsOf([...many, { of: 'few', pieces: 5 }, { pieces: 5 }]);
  const lastOf = (of?: string): number => ran.findLastIndex((one) => one.of === of);
  expect(lastOf('few')).toBeLessThan(15);
  expect(lastOf()).toBeLessThan(15);
  expect(ran).toHaveLength(110);
});

import { expect, test, vi } from 'vitest';
import { footerOf, nextPageOf } from './pages-as-you-scroll.ts';

const pages = (hasNextPage: boolean, isFetchingNextPage: boolean) => ({
  hasNextPage,
  isFetchingNextPage,
  fetchNextPage: vi.fn(async () => undefined),
});

test('a page is asked for if there is one, and not twice at once', () => {
  for (const [some, calls] of [
    [pages(true, false), 1],
    [pages(true, true), 0],
    [pages(false, false), 0],
  ] as const) {
    nextPageOf(some)();
    expect(some.fetchNextPage).toHaveBeenCalledTimes(calls);
  }
});

test('the words under a list say that something is loading only while it is', () => {
  const words = (...flags: [boolean, boolean]) => footerOf(pages(...flags), 'older blocks', 'These are all.');
  expect(words(true, false)).toBe('Older blocks load as you scroll.');
  expect(words(true, true)).toBe('Loading older blocks…');
  expect(words(false, false)).toBe('These are all.');
});

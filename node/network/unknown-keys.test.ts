/** Who is refused because our own book is old makes one calm line; a stranger keeps its warning. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createUnknownKeys } from './unknown-keys.ts';

afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  vi.useFakeTimers();
  let isOld = false;
  const lines: string[] = [];
  const keys = createUnknownKeys({
    isBookOld: () => isOld,
    graceMs: 5_000,
    log: { write: (level, code) => lines.push(`${level} ${code}`) },
  });
  keys.start();
  return {
    lines,
    setOld: (value: boolean) => {
      isOld = value;
    },
    call: (name: string) => keys.refused(() => lines.push(`warn ${name}`)),
  };
}
const calm = 'info link-book-old';

describe('a joiner that still has genesis state', () => {
  it('says in one line why it refuses those who came later, also those of before it knew', () => {
    const { lines, setOld, call } = setUp();
    call('v5');
    call('v6');
    vi.advanceTimersByTime(1_000);
    setOld(true);
    call('v5');
    call('v7');
    vi.advanceTimersByTime(60_000);
    call('v5');
    expect(lines).toEqual([calm]);
  });

  it('says it at the end of the grace, if nobody called since', () => {
    const { lines, setOld, call } = setUp();
    call('v5');
    setOld(true);
    expect(lines).toEqual([]);
    vi.advanceTimersByTime(5_000);
    expect(lines).toEqual([calm]);
  });

  it('names strangers again once it has caught up, and is calm again when it falls back', () => {
    const { lines, setOld, call } = setUp();
    setOld(true);
    call('v5');
    vi.advanceTimersByTime(5_000);
    setOld(false);
    call('stranger');
    setOld(true);
    call('v8');
    expect(lines).toEqual([calm, 'warn stranger', calm]);
  });
});

it('a node that is not behind names strangers, those of its first seconds when they are over', () => {
  const { lines, call } = setUp();
  call('one');
  expect(lines).toEqual([]);
  vi.advanceTimersByTime(5_000);
  call('two');
  expect(lines).toEqual(['warn one', 'warn two']);
});

it('keeps a bounded number of words until then', () => {
  const { lines, call } = setUp();
  for (let count = 0; count < 1_000; count += 1) call(`${count}`);
  vi.advanceTimersByTime(5_000);
  expect(lines).toHaveLength(64);
});

/** Challenges are bounded, and whoever takes all their places keeps nobody else from signing in. */
import { expect, test } from 'vitest';
import { Challenges } from './challenges.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

test('one address has its share; many of them make the oldest give way, and not who comes now', () => {
  const challenges = new Challenges({ lifeMs: 60_000, countMax: 10, perAddressMax: 2 });
  const give = (text: string, address: string, nowMs: number) =>
    challenges.give(bytesOf(text), 'key', address, nowMs);
  expect(give('first', '192.0.2.1', 0)).toBe(true);
  for (let net = 0; net < 5; net += 1)
    for (let at = 0; at < 3; at += 1) expect(give(`${net}.${at}`, `net ${net}`, 1)).toBe(at < 2);
  expect(challenges.use(bytesOf('first'), 'key', 1)).toBe('unknown');
  expect(give('late', '192.0.2.2', 2)).toBe(true);
  expect(challenges.use(bytesOf('late'), 'key', 3)).toBe('ok');
  // Who was pushed out has its places back.
  expect([give('again', '192.0.2.1', 4), give('and again', '192.0.2.1', 4)]).toEqual([true, true]);
});

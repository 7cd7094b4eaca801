/** The watch over what the suite says and writes fails where a secret gets out, and names the place. */
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { runLeaking } from '../support/secret-watch/run-leaking.ts';
import { SecretSearch } from '../support/secret-watch/search.ts';
import { spellingsOf } from '../support/secret-watch/secrets.ts';

it('fails though every test passes, and names each place and what it holds', async () => {
  const { failed, said, leaks } = await runLeaking('leaking.ts');
  expect(failed, said).toBe(true);
  expect(said).toMatch(/Tests +6 passed \(6\)/);
  expect(leaks, said).toEqual([
    'received/answers-N signing key',
    'received/output-N signing key',
    'received/output-N signing key',
    'removed/concordat-leaking/log passphrase',
    'removed/concordat-leaking/token.log token',
    'removed/concordat-removed/log encryption key',
  ]);
});

it('finds a seed at any position and in any of its spellings, and nothing else', () => {
  const seeds = [randomBytes(32), randomBytes(32)];
  const search = new SecretSearch(
    seeds.map((seed, index) => ({ name: String(index), spellings: spellingsOf(seed) })),
  );
  for (const spelling of spellingsOf(seeds[1]!))
    for (let before = 0; before < 70; before += 1) {
      const found = search.in(Buffer.concat([Buffer.alloc(before, 'x'), spelling, Buffer.from('end')]));
      expect([...found]).toEqual([['1', before]]);
    }
  expect(search.in(randomBytes(100_000)).size).toBe(0);
  expect(search.in(seeds[0]!.subarray(0, 31)).size).toBe(0);
});

/** The watch over what the suite says and writes fails where a secret gets out, and names the place. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { SecretSearch } from '../support/secret-watch/search.ts';
import { spellingsOf } from '../support/secret-watch/secrets.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

interface Ended {
  readonly failed: boolean;
  readonly said: string;
}

const runLeaking = (): Promise<Ended> =>
  new Promise((resolve) => {
    const vitest = join(repository, 'node_modules/vitest/vitest.mjs');
    const config = join(repository, 'test/support/secret-watch/leaking/vitest.config.ts');
    const options = { cwd: repository, env: { ...process.env, NO_COLOR: '1' } };
    execFile(process.execPath, [vitest, 'run', '--config', config], options, (error, stdout, stderr) =>
      resolve({ failed: error !== null, said: stdout + stderr }),
    );
  });

it('fails though every test passes, and names each place and what it holds', async () => {
  const { failed, said } = await runLeaking();
  expect(failed, said).toBe(true);
  expect(said).toMatch(/Tests +6 passed \(6\)/);
  const leaks = new Set(
    [...said.matchAll(/^ *(?:Error: )?([\w-]+\/\S+): ([a-z ]+) after "/gm)].map((line) =>
      line.slice(1, 3).join(' '),
    ),
  );
  const places = [...leaks].map((leak) =>
    leak.replace(/-\d+ /, '-N ').replace(/(removed\/)\d+-(\w+-\w+)-\w+/, '$1$2'),
  );
  expect(places.sort(), said).toEqual([
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

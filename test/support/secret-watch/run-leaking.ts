/** Runs tests that leak on purpose, with the watch, in a process of their own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

interface Ended {
  readonly failed: boolean;
  readonly said: string;
  /** Where a secret was found and which, sorted; numbers and what was drawn at random are left out. */
  readonly leaks: readonly string[];
}

/** @param file one of those in `leaking/` */
export function runLeaking(file: string): Promise<Ended> {
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs');
  const config = join(repository, 'test/support/secret-watch/leaking/vitest.config.ts');
  const options = { cwd: repository, env: { ...process.env, NO_COLOR: '1' } };
  const args = [vitest, 'run', '--config', config, `leaking/${file}`];
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const said = stdout + stderr;
      resolve({ failed: error !== null, said, leaks: leaksIn(said) });
    });
  });
}

function leaksIn(said: string): readonly string[] {
  const lines = said.matchAll(/^ *(?:Error: )?([\w-]+\/\S+): ([a-z ]+) after "/gm);
  const leaks = new Set([...lines].map((line) => line.slice(1, 3).join(' ')));
  return [...leaks]
    .map((leak) =>
      leak
        .replace(/(removed\/)\d+-[\da-f]{8}-[\da-f-]{27}/, '$1N')
        .replace(/(removed\/)\d+-(\w+-\w+)-\w+/, '$1$2')
        .replace(/-\d+\b/g, '-N'),
    )
    .sort();
}

/** The line that `npm start` runs, with a build and a node that only write down that they were called. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly scripts: { readonly start: string };
};

test('npm start says that it builds, beside what programs read, before it is silent for long', () => {
  const folder = mkdtempSync(join(tmpdir(), 'concordat-npm-start-'));
  try {
    for (const name of ['npm', 'node'])
      writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >&2\n`, { mode: 0o755 });
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', `${scripts.start} --json`], {
      encoding: 'utf8',
      env: { PATH: folder },
    });
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr.trim().split('\n')).toEqual([
      'Building, half a minute to a minute …',
      'npm run --silent build',
      'node dist/scripts/start.js --json',
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

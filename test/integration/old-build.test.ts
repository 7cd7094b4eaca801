/** What the trial of an upgrade takes for an older build: sources that today's packages would not pass, and not any. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

/** From the build, where the packages are found from. */
const { buildOld } = (await import(
  new URL('../../dist/scripts/trial-upgrade/old-build.js', import.meta.url).href
)) as typeof import('../../scripts/trial-upgrade/old-build.ts');

const folder = mkdtempSync(join(tmpdir(), 'concordat-old-build-'));
const source = join(folder, 'source');
afterAll(() => rmSync(folder, { recursive: true }));

const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-C', source, '-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
    encoding: 'utf8',
  }).trim();

function commit(title: string, files: { readonly [file: string]: string }): string {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, file)), { recursive: true });
    writeFileSync(join(source, file), text);
  }
  git('add', '-A');
  git('commit', '-q', '-m', title);
  return git('rev-parse', 'HEAD');
}

it('is built although its types do not fit the packages that are here; what is too old, or not there, is named', async () => {
  mkdirSync(source);
  git('init', '-q');
  const early = commit('Early', { 'node/main.ts': 'export const early = true;\n' });
  const compilerOptions = { outDir: 'dist', rootDir: '.', module: 'nodenext', strict: true };
  const old = commit('Old', {
    'tsconfig.json': JSON.stringify({ compilerOptions, include: ['node/**/*.ts'] }),
    'package.json': JSON.stringify({ type: 'module' }),
    '.gitignore': 'dist\nnode_modules\n',
    'node/main.ts': 'export const count: number = "of another package";\n',
    'node/ledger/protocols.ts': 'export const newestProtocol = 7;\n',
    'node/ledger/modules/governance.ts': 'export {};\n',
    'node/gateway/handlers/governance.ts': 'export {};\n',
    'node/cli/commands/proposal.ts': 'export {};\n',
  });
  const at = join(folder, 'built');
  await expect(buildOld('f'.repeat(40), at, source)).rejects.toThrow(/there is no commit f+ here/);
  await expect(buildOld(early, at, source)).rejects.toThrow(
    /is too old for this trial, which needs governance on the ledger, .*: name a later commit/,
  );
  const build = await buildOld(old, at, source);
  expect(build).toMatchObject({ newestProtocol: 7, stopsByName: true });
  expect(build.commit).toMatch(/^[0-9a-f]+ Old$/);
  expect(readFileSync(build.nodeMain, 'utf8')).toContain('of another package');
  await build.remove();
  expect(git('worktree', 'list').split('\n')).toHaveLength(1);
}, 120_000);

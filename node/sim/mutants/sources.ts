/** Where the sources are, which of them the simulator needs, and a name for what they all say. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Above this file, whether it runs as source or compiled. */
export function repositoryRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}

/** Paths from the root, sorted; tests are left out unless asked for. */
export function sourcesIn(root: string, room: string, withTests = false): readonly string[] {
  return readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && (withTests || !file.endsWith('.test.ts')))
    .map((file) => join(room, file))
    .sort();
}

/**
 * Changes with any source of the node, tests included: what was found before counts no more. The table of mutants is
 * left out, for each mutant is known by what it changes.
 */
export const digestOfSources = (root: string): string =>
  digestOf(
    root,
    ['shared', 'node'].flatMap((room) => sourcesIn(root, room, true)),
  );

/** What a universe is made of. */
export const simulatedRooms = ['shared', 'node/consensus', 'node/ledger', 'node/runtime', 'node/sim'];

/** Changes with any source that a universe is made of: seeds that ran before are no part of the same run. */
export const digestOfUniverses = (root: string): string =>
  digestOf(
    root,
    simulatedRooms.flatMap((room) => sourcesIn(root, room)),
  );

const table = join('node', 'sim', 'mutants');

function digestOf(root: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files)
    if (!file.startsWith(table)) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

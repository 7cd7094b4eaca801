/** Where the sources and what is compiled of them are, which the simulator needs, and names for what they all say. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Above this file, whether it runs as source or compiled. */
export function repositoryRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}

/** Paths from the root, sorted; tests are left out unless asked for. */
export const sourcesIn = (root: string, room: string, withTests = false): readonly string[] =>
  filesIn(root, room, '.ts').filter((file) => withTests || !isTest(file));

const filesIn = (root: string, room: string, ending: string): readonly string[] =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(room, file))
    .sort();

/**
 * Changes with any source of the node, tests included, and with any package: what was found before counts no more. The
 * table of mutants is left out, for each mutant is known by what it changes. Sources, since the workshop compiles them
 * itself.
 */
export const digestOfSources = (root: string): string =>
  digestOf(
    root,
    root,
    ['shared', 'node'].flatMap((room) => sourcesIn(root, room, true)),
  );

/** What a universe is made of. */
export const simulatedRooms = ['shared', 'node/consensus', 'node/ledger', 'node/runtime', 'node/sim'];

/** The files of which a program consists that runs. */
export interface RunningCode {
  /** The rooms lie in it: the repository, or where it is compiled to. */
  readonly directory: string;
  /** `.js` of a compiled program, `.ts` of sources that run themselves. */
  readonly ending: string;
}

/** @param url of this file, in the program that runs */
export function runningCode(url: string = import.meta.url): RunningCode {
  const file = fileURLToPath(url);
  return { directory: join(dirname(file), '..', '..', '..'), ending: extname(file) };
}

/**
 * Changes with any file that a universe runs and with any package: seeds that ran before are no part of the same run.
 * The sources of a compiled program do not count, which may be newer than it.
 */
export const digestOfUniverses = (root: string, { directory, ending }: RunningCode): string =>
  digestOf(
    root,
    directory,
    simulatedRooms.flatMap((room) => filesIn(directory, room, ending)).filter((file) => !isTest(file)),
  );

const isTest = (file: string): boolean => /\.test\.[jt]s$/.test(file);

const table = join('node', 'sim', 'mutants');

function digestOf(root: string, directory: string, files: readonly string[]): string {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const file of files)
    if (!file.startsWith(table)) hash.update(`${file}\n`).update(readFileSync(join(directory, file)));
  return hash.digest('hex');
}

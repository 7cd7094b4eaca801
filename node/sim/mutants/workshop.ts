/**
 * Copies of the core in a temporary directory, compiled file by file from the sources: the clean one, and for each
 * mutant one with its change. A mutant whose text is not found exactly once is an error, so that none can rot.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformWithOxc } from 'vite';
import type { Mutant } from './types.ts';

export interface Workshop {
  /** Directory of the clean copy. */
  readonly clean: string;
  /** Directory of a copy with this bug. */
  build(mutant: Mutant): Promise<string>;
  /** Removes a copy. */
  discard(directory: string): void;
  close(): void;
}

const rooms = ['shared', 'node/consensus', 'node/ledger', 'node/runtime', 'node/sim'];

export async function openWorkshop(): Promise<Workshop> {
  const root = repositoryRoot();
  const home = mkdtempSync(join(tmpdir(), 'concordat-mutants-'));
  const clean = join(home, 'clean');
  for (const room of rooms) for (const file of sourcesIn(root, room)) await compile(root, clean, file);
  writeFileSync(join(clean, 'package.json'), '{"type":"module"}\n');
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
  return {
    clean,
    build: async (mutant) => {
      const directory = join(home, mutant.name.replaceAll(/[^a-z0-9]+/gi, '-'));
      cpSync(clean, directory, { recursive: true });
      writeFileSync(
        compiledPath(directory, mutant.file),
        await transpile(mutant.file, mutated(root, mutant)),
      );
      return directory;
    },
    discard: (directory) => rmSync(directory, { recursive: true, force: true }),
    close: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** The source of the mutant's file with its change. */
export function mutated(root: string, { name, file, find, replace }: Mutant): string {
  const source = readFileSync(join(root, file), 'utf8');
  const pieces = source.split(find);
  if (pieces.length === 2) return pieces.join(replace);
  throw new Error(`Mutant "${name}": its text is ${pieces.length - 1} times in ${file}, not once: ${find}`);
}

/** Above this file, whether it runs as source or compiled. */
export function repositoryRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}

function sourcesIn(root: string, room: string): string[] {
  return readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(room, file));
}

async function compile(root: string, directory: string, file: string): Promise<void> {
  const target = compiledPath(directory, file);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, await transpile(file, readFileSync(join(root, file), 'utf8')));
}

const compiledPath = (directory: string, file: string): string =>
  join(directory, file.replace(/\.ts$/, '.js'));

/** Types are erased and nothing else: `erasableSyntaxOnly` and `verbatimModuleSyntax` hold in this repository. */
async function transpile(file: string, source: string): Promise<string> {
  const { code } = await transformWithOxc(source, file, { sourcemap: false });
  return code.replaceAll(/((?:from|import)\s*\(?\s*["']\.[^"']*)\.ts(["'])/g, '$1.js$2');
}

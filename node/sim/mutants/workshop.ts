/**
 * Copies of the core in a temporary directory, compiled file by file from the sources: the clean one, and for each
 * mutant one with its change. A mutant whose text is not found exactly once is an error, so that none can rot.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transformWithOxc } from 'vite';
import { repositoryRoot, simulatedRooms, sourcesIn } from './sources.ts';
import { type Edit, editsOf, type Mutant } from './types.ts';

export interface Workshop {
  readonly root: string;
  /** A directory for what belongs to no copy. */
  readonly home: string;
  /** Directory of the clean copy. */
  readonly clean: string;
  /** Directory of a copy with this bug. */
  build(mutant: Mutant): Promise<string>;
  /** Removes a copy. */
  discard(directory: string): void;
  close(): void;
}

export async function openWorkshop(): Promise<Workshop> {
  const root = repositoryRoot();
  const home = mkdtempSync(join(tmpdir(), 'concordat-mutants-'));
  const clean = join(home, 'clean');
  for (const room of simulatedRooms)
    for (const file of sourcesIn(root, room)) await compile(root, clean, file);
  writeFileSync(join(clean, 'package.json'), '{"type":"module"}\n');
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
  return {
    root,
    home,
    clean,
    build: async (mutant) => {
      const directory = join(home, directoryNameOf(mutant));
      cpSync(clean, directory, { recursive: true });
      for (const edit of editsOf(mutant)) {
        const source = await transpile(edit.file, mutated(root, mutant, edit));
        writeFileSync(compiledPath(directory, edit.file), source);
      }
      return directory;
    },
    discard: (directory) => rmSync(directory, { recursive: true, force: true }),
    close: () => rmSync(home, { recursive: true, force: true }),
  };
}

export const directoryNameOf = ({ name }: Mutant): string => name.replaceAll(/[^a-z0-9]+/gi, '-');

/** The source of a file of the mutant with its change. */
export function mutated(root: string, { name }: Mutant, { file, find, replace }: Edit): string {
  const source = readFileSync(join(root, file), 'utf8');
  const pieces = source.split(find);
  if (pieces.length === 2) return pieces.join(replace);
  throw new Error(`Mutant "${name}": its text is ${pieces.length - 1} times in ${file}, not once: ${find}`);
}

/** Before anything is hunted: what does not fit the sources any more, all of it at once. */
export function requireFitting(root: string, mutants: readonly Mutant[]): void {
  const problems = mutants.flatMap((mutant) =>
    editsOf(mutant).flatMap((edit) => problemOf(root, mutant, edit)),
  );
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

function problemOf(root: string, mutant: Mutant, edit: Edit): readonly string[] {
  try {
    return mutated(root, mutant, edit) === readFileSync(join(root, edit.file), 'utf8')
      ? [`Mutant "${mutant.name}" changes nothing in ${edit.file}`]
      : [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
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

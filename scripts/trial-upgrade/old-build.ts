/** The build of another commit beside this one: a git worktree of its own, with the packages that are installed here. */
import { execFile } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The script runs from `dist/scripts/trial-upgrade`. */
const repository = fileURLToPath(new URL('../../../', import.meta.url));

export interface OldBuild {
  /** Abbreviated hash and title. */
  readonly commit: string;
  /** The process of one validator, and the command line. */
  readonly nodeMain: string;
  readonly cliMain: string;
  /** The highest protocol that it knows. */
  readonly newestProtocol: number;
  /** Whether it stops by name where it does not know the rules, or is too old for that, too. */
  readonly stopsByName: boolean;
  remove(): Promise<void>;
}

/**
 * Its types are not judged: they were when it was committed, by the compiler and the packages of its day, and what is
 * here now may be others.
 * @param source the repository that has the commit
 * @throws Error if there is no such commit, it is too old for the trial, or it does not build
 */
export async function buildOld(reference: string, directory: string, source = repository): Promise<OldBuild> {
  const git = async (...args: readonly string[]): Promise<string> =>
    (await run('git', ['-C', source, ...args])).stdout.trim();
  await requireFitting(git, reference);
  await git('worktree', 'add', '--detach', directory, reference);
  const remove = async (): Promise<void> => {
    await git('worktree', 'remove', '--force', directory);
  };
  try {
    symlinkSync(join(repository, 'node_modules'), join(directory, 'node_modules'));
    const tsc = join(repository, 'node_modules', '.bin', 'tsc');
    await run(tsc, ['-p', 'tsconfig.json', '--noCheck'], { cwd: directory, maxBuffer: 16 * 1024 * 1024 });
    const built = (file: string): string => join(directory, 'dist', file);
    const rules = built('node/ledger/protocols.js');
    const stopsByName = existsSync(rules);
    return {
      commit: await git('log', '-1', '--format=%h %s', reference),
      nodeMain: built('node/main.js'),
      cliMain: built('node/cli/main.js'),
      newestProtocol: stopsByName ? await newestOf(rules) : 1,
      stopsByName,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

type Git = (...args: readonly string[]) => Promise<string>;

/** What the trial asks of the older nodes: each came with a file. */
const needed: readonly (readonly [file: string, what: string])[] = [
  ['node/ledger/modules/governance.ts', 'governance on the ledger'],
  ['node/gateway/handlers/governance.ts', 'proposals at the gateway'],
  ['node/cli/commands/proposal.ts', 'proposals on the command line'],
];

async function requireFitting(git: Git, reference: string): Promise<void> {
  const isThere = (object: string): Promise<boolean> =>
    git('cat-file', '-e', object).then(
      () => true,
      () => false,
    );
  if (!(await isThere(`${reference}^{commit}`))) throw new Error(`there is no commit ${reference} here`);
  const lacking = [];
  for (const [file, what] of needed) if (!(await isThere(`${reference}:${file}`))) lacking.push(what);
  if (lacking.length > 0)
    throw new Error(
      `${reference} is too old for this trial, which needs ${lacking.join(', ')}: name a later commit`,
    );
}

async function newestOf(file: string): Promise<number> {
  const { newestProtocol } = (await import(pathToFileURL(file).href)) as { readonly newestProtocol: number };
  return newestProtocol;
}

/** `concordat …` of that build. @throws with what it printed */
export async function runOld({ cliMain }: OldBuild, ...args: readonly string[]): Promise<string> {
  return (await run(process.execPath, [cliMain, ...args])).stdout;
}

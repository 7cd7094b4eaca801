/**
 * What the processes of a test file say and write holds no secret. Output, answers and temporary directories land in one
 * place, and what the tests remove is moved there, so that all of it is searched when the file ends, for every secret
 * that was told until then. A new test or helper needs no word for it.
 */
import fs, {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { type ToldSecret, toldFileVariable } from '../../../scripts/trials/tell-secrets-child.ts';
import { netLogPrefix, unpackNetLog } from './net-log.ts';
import { answersPrefix, keepReceived } from './received.ts';
import { SecretSearch } from './search.ts';
import { type Secret, secretOf } from './secrets.ts';

/** From the build, as all that tests start. */
const tellSecrets = new URL('../../../dist/scripts/trials/tell-secrets-child.js', import.meta.url);
/** Files that hold a passphrase on purpose, as operators' do, are called so. */
const passphraseFile = /passphrase/;
/** What stands before a secret shows which line it is. */
const contextBytes = 60;

export interface SecretWatch {
  /** Each place that holds a secret, and what it holds. Removes everything. */
  end(): readonly string[];
}

/** For this process and what it starts from now on, to its end. */
export function watchSecrets(): SecretWatch {
  const root = mkdtempSync(join(tmpdir(), 'concordat-w'));
  const place = (name: string): string => join(root, name);
  for (const name of ['t', 'received', 'removed']) mkdirSync(place(name));
  process.env.TMPDIR = place('t');
  process.env[toldFileVariable] = place('told');
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import=${tellSecrets.href}`;
  const stopKeeping = keepReceived(place('received'));
  const stopMoving = moveWhatIsRemoved(place('t'), place('removed'));
  return {
    end() {
      stopKeeping();
      stopMoving();
      for (const file of filesIn(place('received')))
        if (basename(file).startsWith(netLogPrefix)) unpackNetLog(file, answersPrefix);
      const search = new SecretSearch(existsSync(place('told')) ? secretsIn(place('told')) : []);
      const leaks = filesIn(root)
        // What a process that is still ending takes away meanwhile is left to nobody.
        .filter((file) => file !== place('told') && existsSync(file))
        .flatMap((file) => leaksIn(file, search).map((leak) => `${relative(root, file)}: ${leak}`));
      fs.rmSync(root, { recursive: true, force: true });
      return leaks;
    },
  };
}

/**
 * Directories that this process removes as a whole, and single files such as downloads, go from `from` to `to`.
 * @returns what ends it
 */
function moveWhatIsRemoved(from: string, to: string): () => void {
  let count = 0;
  let isMoving = true;
  const { dev } = lstatSync(to);
  const moved = (path: fs.PathLike): boolean => {
    if (!isMoving || !String(path).startsWith(from)) return false;
    const found = lstatSync(path, { throwIfNoEntry: false });
    const isOfThese = found?.isDirectory() === true || found?.isFile() === true;
    // From a file system that a test mounted there, nothing can be moved, nor would it get its space back.
    if (!isOfThese || found.dev !== dev) return false;
    count += 1;
    renameSync(path, join(to, `${count}-${basename(String(path))}`));
    return true;
  };
  const { rmSync, unlinkSync } = fs;
  const { rm, unlink } = fs.promises;
  fs.rmSync = (path, options) => void (moved(path) || rmSync(path, options));
  fs.unlinkSync = (path) => void (moved(path) || unlinkSync(path));
  fs.promises.rm = async (path, options) => void (moved(path) || (await rm(path, options)));
  fs.promises.unlink = async (path) => void (moved(path) || (await unlink(path)));
  syncBuiltinESMExports();
  // What Node has taken of these meanwhile, to remove the files of a directory, it keeps.
  return () => {
    isMoving = false;
  };
}

function secretsIn(told: string): readonly Secret[] {
  const lines = new Set(readFileSync(told, 'utf8').trimEnd().split('\n'));
  return [...lines].flatMap((line) => secretOf(JSON.parse(line) as ToldSecret) ?? []);
}

const filesIn = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

function leaksIn(file: string, search: SecretSearch): readonly string[] {
  const bytes = readFileSync(file);
  return [...search.in(bytes)]
    .filter(([name]) => !mayHold(file, name))
    .map(
      ([name, at]) =>
        `${name} after ${JSON.stringify(bytes.toString('latin1', Math.max(0, at - contextBytes), at))}`,
    );
}

const mayHold = (file: string, name: string): boolean =>
  (name === 'passphrase' && passphraseFile.test(basename(file))) ||
  (name === 'token' && basename(file).startsWith(answersPrefix));

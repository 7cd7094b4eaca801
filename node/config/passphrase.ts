/** Passphrases of key files come from a file, the environment or a prompt: never from a command line. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { ConfigError } from './errors.ts';
import { askHidden, ownTerminal, type Terminal } from './hidden-prompt.ts';

export const passphraseVariable = 'CONCORDAT_PASSPHRASE';

/** What was taken out of which environment. */
const taken = new WeakMap<object, string>();

export interface PassphraseSources {
  /** Asked first. */
  readonly file?: string | undefined;
  /**
   * Then its variable, which leaves it: what this process starts or reports later does not hold it. It is remembered
   * for as long as the process lives, since a command may open two key files.
   */
  readonly environment?: { [name: string]: string | undefined };
  /** Then whoever sits there. */
  readonly terminal?: Terminal | undefined;
  /** What it opens, for the prompt; `twice`: it locks something new. */
  readonly what: string;
  readonly twice?: boolean;
}

/** @throws ConfigError `passphrase-missing` */
export async function passphraseOf({
  file,
  environment = process.env,
  terminal = ownTerminal(),
  what,
  twice = false,
}: PassphraseSources): Promise<string> {
  if (file !== undefined) return readPassphrase(file);
  const given = takenFrom(environment);
  if (given !== undefined) return given;
  if (terminal === undefined) {
    const unset = `${passphraseVariable} is not set`;
    throw missing(`for ${what} no file is named, ${unset}, and there is no terminal to ask on`);
  }
  const answer = await askHidden(`Passphrase of ${what}: `, terminal);
  if (answer === undefined || answer === '') throw missing('none was given');
  if (twice && (await askHidden('The same again: ', terminal)) !== answer) throw missing('the two differ');
  return answer;
}

const missing = (reason: string): ConfigError =>
  new ConfigError('passphrase-missing', { file: 'environment', reason });

function takenFrom(environment: NonNullable<PassphraseSources['environment']>): string | undefined {
  const given = environment[passphraseVariable];
  if (given === undefined || given === '') return taken.get(environment);
  delete environment[passphraseVariable];
  taken.set(environment, given);
  return given;
}

const exampleNotice =
  '# The passphrase of the example keys in keys/. An example: a real member keeps its own elsewhere.';

/** First line that is neither empty nor a comment. @throws ConfigError `passphrase-missing` */
export function readPassphrase(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError('passphrase-missing', { file, reason: String(error) });
  }
  const line = text.split('\n').find((one) => one.trim() !== '' && !one.startsWith('#'));
  if (line === undefined) throw new ConfigError('passphrase-missing', { file, reason: 'the file is empty' });
  return line.trim();
}

/** Reads the example's passphrase, or makes one, mode 0600. */
export function examplePassphrase(file: string): string {
  try {
    writeFileSync(file, `${exampleNotice}\n${randomBytes(18).toString('base64url')}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readPassphrase(file);
}

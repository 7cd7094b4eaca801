/** Passphrases of key files come from files, so that they never stand in a command line or a log. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { ConfigError } from './errors.ts';

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

/** What ends a command: headline, facts, next step, exit code. Other rooms' errors are translated here. */
import { ClientError } from '../../shared/client/client-error.ts';
import { CodecError } from '../../shared/codec/codec-error.ts';
import { ConfigError } from '../config/errors.ts';
import { KeyFileError } from '../crypto/key-files.ts';
import { SignerError } from '../signer/errors.ts';
import { BackupError } from '../storage/backup-errors.ts';
import { explainStorageError, StorageError } from '../storage/errors.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

export type Facts = Readonly<Record<string, unknown>>;

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: string;
  readonly facts: Facts;
  readonly next: string;
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, code: string, headline: string, facts: Facts, next: string) {
    super(headline);
    this.exitCode = exitCode;
    this.code = code;
    this.facts = facts;
    this.next = next;
  }
}

export const usageError = (code: string, headline: string, facts: Facts, next: string): CliError =>
  new CliError(exitCodes.usage, code, headline, facts, next);
export const localError = (code: string, headline: string, facts: Facts, next: string): CliError =>
  new CliError(exitCodes.local, code, headline, facts, next);

/** Nothing is written over unless it is asked for. */
export const fileExists = (file: string): CliError =>
  localError('file-exists', `${file} is there already.`, { file }, 'Name another file, or add --force.');

const outOfReach: ReadonlySet<string> = new Set([
  'unreachable',
  'not-certified-in-time',
  'invalid-answer',
  'payload-not-here',
]);

export function cliErrorOf(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof ClientError) {
    const exitCode = outOfReach.has(error.code) ? exitCodes.unreachable : exitCodes.refused;
    const next = error.code === 'sign-in-required' ? signInNext : error.next;
    return new CliError(exitCode, refusalOf(error), error.message, error.facts, next);
  }
  if (error instanceof StorageError) {
    const { headline, facts, nextStep } = explainStorageError(error);
    return localError(error.code, `${headline}.`, facts, nextStep);
  }
  if (error instanceof BackupError) return localError(error.code, error.message, error.facts, error.nextStep);
  if (error instanceof ConfigError) {
    const [headline = '', ...rest] = error.message.split('\n');
    const { file, reason, problems } = error.facts;
    const facts = {
      file,
      ...(reason ? { reason } : {}),
      ...(problems ? { problems: rest.slice(1, -1).join('\n') } : {}),
    };
    const plain = headline.replace(` [${error.code}]`, '');
    return localError(error.code, `${plain}.`, facts, rest.at(-1) ?? '');
  }
  if (error instanceof SignerError) return localError(error.code, error.message, error.facts, error.next);
  if (error instanceof KeyFileError) {
    return localError(error.code, error.headline, { ...error.facts }, error.next);
  }
  if (error instanceof CodecError) {
    const next = 'Check that the file is complete and of the kind that the command takes.';
    return localError('malformed', `The bytes do not decode: ${error.message}.`, { ...error.facts }, next);
  }
  return ofSystem(error);
}

/** The API tells programs how to sign in; a command does it by itself, with a key that it has to find. */
const signInNext =
  'Name the data directory that has a key with --data DIR (else it is ./data, where the command is typed), or a key with --key FILE --passphrase-file FILE.';

/** One code of the API stands for many refusals: people and scripts are told the refusal's own. */
const refusalOf = ({ code, facts }: ClientError): string =>
  code === 'rejected' && typeof facts.rejection === 'string' ? facts.rejection : code;

/** What Node says about files. */
function ofSystem(error: unknown): CliError {
  const { code, path } = error as { readonly code?: unknown; readonly path?: unknown };
  const headline = error instanceof Error ? error.message : String(error);
  if (typeof code === 'string' && typeof path === 'string') {
    return localError(
      code,
      headline,
      { path },
      'Check that the path exists and that you may read or write it.',
    );
  }
  // Reading a directory as a file: Node does not say which one.
  if (code === 'EISDIR') return localError(code, headline, {}, 'Name a file, not a directory.');
  const stack = error instanceof Error ? (error.stack ?? headline) : headline;
  return new CliError(exitCodes.defect, 'defect', headline, { stack }, 'This is a defect: please report it.');
}

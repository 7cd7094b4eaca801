/** Which encryption key opens a payload: the one that is named, or of a recipient whose key lies in the data directory. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { DecryptionKey } from '../../../shared/client/encryption-keys.ts';
import { decryptPayload } from '../../../shared/client/payload.ts';
import type { PayloadRecord } from '../../../shared/client/payload-records.ts';
import type { Digest } from '../../../shared/types/brands.ts';
import { encryptionKeyFileOf, examplePassphraseFileOf } from '../../config/data-layout.ts';
import { passphraseOf, readPassphrase } from '../../config/passphrase.ts';
import { readEncryptionKeyFile } from '../../crypto/encryption-key-files.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { KeyOptions } from '../options.ts';
import type { Found } from './lookup.ts';

export interface DecryptionOptions extends KeyOptions {
  readonly encryptionKey?: string;
  readonly encryptionPassphraseFile?: string;
}

export const decryptionOptions = (command: Command): Command =>
  command
    .option(
      '--encryption-key <file>',
      'file with the encryption key (default: that of a recipient in the data directory)',
    )
    .option('--encryption-passphrase-file <file>', 'its passphrase');

/** Of the recipients, the one whose key is read; what is not encrypted, anybody reads. */
export const recipientHere = (
  { recipients }: PayloadRecord,
  { data, identity }: KeyOptions,
): string | undefined =>
  recipients.find(
    (id) => (identity === undefined || identity === id) && existsSync(encryptionKeyFileOf(data, id)),
  );

/** @throws CliError `not-a-recipient`, ClientError, KeyFileError */
export async function readPlain(
  bytes: Uint8Array,
  found: Found,
  options: DecryptionOptions,
): Promise<Uint8Array> {
  const { digest, recipients } = found.record;
  if (recipients.length === 0) return bytes;
  return decryptPayload(bytes, await decryptionKey(found, options), { digest: digest as Digest });
}

async function decryptionKey(found: Found, options: DecryptionOptions): Promise<DecryptionKey> {
  const { data, encryptionKey, encryptionPassphraseFile } = options;
  if (encryptionKey !== undefined) {
    const passphrase = await passphraseOf({ file: encryptionPassphraseFile, what: encryptionKey });
    return readEncryptionKeyFile(encryptionKey, passphrase);
  }
  const recipient = recipientHere(found.record, options);
  if (recipient === undefined) throw nobodyHere(found, options);
  const passphrase = readPassphrase(encryptionPassphraseFile ?? examplePassphraseFileOf(data));
  return readEncryptionKeyFile(encryptionKeyFileOf(data, recipient), passphrase);
}

function nobodyHere({ record, related }: Found, { data, identity }: KeyOptions): CliError {
  const granted = related
    .filter(({ erased, recipients }) => erased === undefined && recipients.length > 0)
    .map(({ digest, recipients }) => `${digest} to ${recipients.join(', ')}`);
  return new CliError(
    exitCodes.local,
    'not-a-recipient',
    identity === undefined
      ? 'No recipient has its encryption key here.'
      : `${identity} is no recipient, or its encryption key is not here.`,
    {
      digest: record.digest,
      recipients: record.recipients.join(', '),
      data,
      ...(granted.length > 0 && { 'same content': granted.join('; ') }),
    },
    'Name the file of a recipient with --encryption-key, or ask a recipient to grant it with `payload grant`.',
  );
}

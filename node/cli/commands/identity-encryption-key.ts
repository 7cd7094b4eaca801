/** `identity encryption-key`: the key that payloads are encrypted to from now on. Only an identity itself sets it. */
import { type Command, Option } from 'commander';
import { fromHex } from '../../../shared/codec/hex.ts';
import { passphraseOf } from '../../config/passphrase.ts';
import { readEncryptionKeyFile } from '../../crypto/encryption-key-files.ts';
import { usageError } from '../cli-error.ts';
import { verb } from '../command.ts';
import type { CliIo } from '../io.ts';
import { encryptionKey } from '../options.ts';
import { submitCommand, type WriteOptions } from '../submit-command.ts';
import { writeOptions } from '../write-options.ts';

interface Options extends WriteOptions {
  readonly public?: string;
  readonly encryptionPassphraseFile?: string;
}

export function encryptionKeyCommand(io: CliIo): Command {
  const command = verb(
    'encryption-key [file]',
    'register the key that confidential payloads for you are encrypted to; what was encrypted before needs the old one',
    [
      'identity encryption-key alpha.encryption.age --identity alpha.submitter',
      'identity encryption-key --public age1… --key alpha.age',
    ],
  )
    .addOption(
      new Option('--public <key>', 'instead of the file: its public half, in hex or age1…').argParser(
        encryptionKey,
      ),
    )
    .option('--encryption-passphrase-file <file>', 'passphrase of the file');
  return writeOptions(command).action(async (file: string | undefined, options: Options) => {
    if (options.identity === undefined && options.key === undefined) {
      const next = 'Name the identity with --identity ID, or its key file with --key FILE.';
      throw usageError('identity-unnamed', 'Whose encryption key is it to be?', {}, next);
    }
    const key = await keyOf(file, options);
    const args = { encryptionKey: fromHex(key) };
    const done = `Payloads for it are encrypted to ${key} from now on.`;
    await submitCommand(io, options, { action: 'identities.set-encryption-key', args }, done);
  });
}

async function keyOf(
  file: string | undefined,
  { public: given, encryptionPassphraseFile }: Options,
): Promise<string> {
  if (file !== undefined && given === undefined) {
    const passphrase = await passphraseOf({ file: encryptionPassphraseFile, what: file });
    return (await readEncryptionKeyFile(file, passphrase)).publicKey;
  }
  if (given !== undefined && file === undefined) return given;
  const next = 'Name the file that `keys create --kind encryption` made, or --public KEY, and not both.';
  throw usageError('key-missing', 'Which encryption key?', {}, next);
}

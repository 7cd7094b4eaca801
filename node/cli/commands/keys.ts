/** `keys create` and `keys show`. */
import type { Command } from 'commander';
import { readPassphrase } from '../../config/passphrase.ts';
import { createKeyFile, readKeyFile } from '../../crypto/key-files.ts';
import { noun, verb } from '../command.ts';
import { type CliIo, factLines, report } from '../io.ts';

interface Options {
  readonly passphraseFile: string;
  readonly json?: boolean;
}

export function keysCommands(io: CliIo): Command {
  const passphrase = [
    '--passphrase-file <file>',
    'file with the passphrase: its first line that is not empty and does not begin with #',
  ] as const;
  return noun('keys', 'Ed25519 keys in age files')
    .addCommand(
      verb('create <file>', 'make a key; a file that exists is never overwritten', [
        'keys create alpha.age --passphrase-file passphrase',
      ])
        .requiredOption(...passphrase)
        .action(async (file: string, { passphraseFile, json = false }: Options) => {
          const { publicKey } = await createKeyFile(file, readPassphrase(passphraseFile));
          report(io, json, { file, publicKey }, [`Created ${file}.`, ...factLines({ publicKey })]);
        }),
    )
    .addCommand(
      verb('show <file>', 'show the public half of a key', [
        'keys show alpha.age --passphrase-file passphrase',
      ])
        .requiredOption(...passphrase)
        .action(async (file: string, { passphraseFile, json = false }: Options) => {
          const { publicKey } = await readKeyFile(file, readPassphrase(passphraseFile));
          report(io, json, { file, publicKey }, [publicKey]);
        }),
    );
}

/** `keys create`, `keys show`; `keys list`, `keys add`, `keys erase` of a node or a signer; those of a running node. */
import { type Command, Option } from 'commander';
import { ageRecipientOf, readIdentityFile } from '../../../shared/client/encryption-keys.ts';
import type { PublicKey } from '../../../shared/types/brands.ts';
import { passphraseOf, passphraseVariable } from '../../config/passphrase.ts';
import { createEncryptionKeyFile } from '../../crypto/encryption-key-files.ts';
import {
  createKeyFile,
  decodePrivateKeyPem,
  KeyFileError,
  privateKeyOf,
  readSecretFile,
} from '../../crypto/key-files.ts';
import type { KeyKind } from '../../crypto/keyring.ts';
import { noun, verb } from '../command.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { openKeys } from '../keyring-of.ts';
import { publicKey as publicKeyOption } from '../options.ts';
import { planCommand, signedCommand } from './keys-plan.ts';
import { keysProveCommand } from './keys-prove.ts';
import { rotateCommand, suspectCommand } from './keys-rotate.ts';

interface Options {
  readonly passphraseFile?: string;
  readonly json?: boolean;
}

const withPassphrase = (command: Command): Command =>
  command.option(
    '--passphrase-file <file>',
    `file with the passphrase: its first line that is not empty and does not begin with # (default: ${passphraseVariable}, else it is asked for)`,
  );

export function keysCommands(io: CliIo): Command {
  return noun('keys', 'keys in age files')
    .addCommand(createCommand(io))
    .addCommand(showCommand(io))
    .addCommand(listCommand(io))
    .addCommand(addCommand(io))
    .addCommand(eraseCommand(io))
    .addCommand(keysProveCommand(io))
    .addCommand(rotateCommand(io))
    .addCommand(planCommand(io))
    .addCommand(suspectCommand(io))
    .addCommand(signedCommand(io));
}

interface CreateOptions extends Options {
  readonly kind: 'signing' | 'encryption';
}

function createCommand(io: CliIo): Command {
  const command = verb('create <file>', 'make a key; a file that exists is never overwritten', [
    'keys create alpha.age',
    'keys create alpha.age --passphrase-file passphrase',
    'keys create alpha.encryption.age --kind encryption',
  ]).addOption(
    new Option('--kind <kind>', 'signing (Ed25519), or encryption (X25519) to read confidential payloads')
      .choices(['signing', 'encryption'])
      .default('signing'),
  );
  return withPassphrase(command).action(async (file: string, options: CreateOptions) => {
    const { kind, passphraseFile, json = false } = options;
    const passphrase = await passphraseOf({ file: passphraseFile, what: `the new key ${file}`, twice: true });
    const create = kind === 'encryption' ? createEncryptionKeyFile : createKeyFile;
    const { publicKey } = await create(file, passphrase, io.newKeys);
    report(io, json, { file, publicKey, ...recipientOf(kind, publicKey) }, [
      `Created ${file}.`,
      ...factLines({ publicKey, ...recipientOf(kind, publicKey) }),
    ]);
  });
}

/** How age names an encryption key. */
const recipientOf = (kind: CreateOptions['kind'], publicKey: string): { readonly recipient?: string } =>
  kind === 'encryption' ? { recipient: ageRecipientOf(publicKey) } : {};

function showCommand(io: CliIo): Command {
  const command = verb('show <file>', 'show the public half of a key', ['keys show alpha.age']);
  return withPassphrase(command).action(async (file: string, { passphraseFile, json = false }: Options) => {
    const passphrase = await passphraseOf({ file: passphraseFile, what: file });
    const { publicKey, kind } = await readEitherKind(file, passphrase);
    report(io, json, { file, publicKey, ...recipientOf(kind, publicKey) }, [publicKey]);
  });
}

async function readEitherKind(file: string, passphrase: string) {
  const text = await readSecretFile(file, passphrase);
  const seed = decodePrivateKeyPem(text);
  if (seed !== undefined) return { kind: 'signing', publicKey: privateKeyOf(seed).publicKey } as const;
  const key = await readIdentityFile(text);
  if (key === undefined) throw new KeyFileError('key-file-not-ed25519', file);
  return { kind: 'encryption', publicKey: key.publicKey } as const;
}

function listCommand(io: CliIo): Command {
  const command = verb(
    'list <config>',
    'the keys that a node.yaml or signer.yaml opens, and which the genesis names',
    ['keys list data/alpha/node.yaml'],
  );
  return withPassphrase(command).action(async (config: string, { passphraseFile, json = false }: Options) => {
    const { keyring, registered } = await openKeys(config, passphraseFile);
    const keys = keyring.keys().map((entry) => ({ ...entry, registered: registered.has(entry.publicKey) }));
    const lines = keys.map(
      ({ kind, publicKey, file, registered: isNamed }) =>
        `${kind.padEnd(9)}  ${publicKey}  ${isNamed ? 'registered' : 'not registered'}  ${file}`,
    );
    report(io, json, { keys }, lines);
  });
}

function addCommand(io: CliIo): Command {
  const command = verb(
    'add <config>',
    'make another key beside the configured one, with the same passphrase',
    ['keys add data/alpha/node.yaml --kind consensus'],
  ).addOption(kindOption().makeOptionMandatory());
  return withPassphrase(command).action(
    async (config: string, { kind, passphraseFile, json = false }: Options & { readonly kind: KeyKind }) => {
      const { keyring } = await openKeys(config, passphraseFile, io.newKeys);
      const publicKey = await keyring.create(kind);
      const file = keyring.keys().find((entry) => entry.publicKey === publicKey)?.file;
      report(io, json, { kind, publicKey, file }, [`Created ${file}.`, ...factLines({ publicKey })]);
    },
  );
}

const kindOption = (): Option =>
  new Option('--kind <kind>', 'what the key is for').choices(['consensus', 'node']);

function eraseCommand(io: CliIo): Command {
  const command = verb('erase <config>', 'overwrite and remove a key that the genesis does not name', [
    'keys erase data/alpha/node.yaml PUBLIC_KEY',
  ])
    .argument('<key>', 'public key', publicKeyOption)
    .option(
      '--successor <key>',
      'of several others, the one that takes the name of a configured file',
      publicKeyOption,
    );
  return withPassphrase(command).action(
    async (config: string, key: PublicKey, options: Options & { readonly successor?: PublicKey }) => {
      const { passphraseFile, successor, json = false } = options;
      const { keyring, registered } = await openKeys(config, passphraseFile);
      if (registered.has(key)) throw new KeyFileError('key-in-use', config, `the genesis names ${key}`);
      await keyring.erase(key, successor);
      report(io, json, { erased: key, keys: keyring.keys() }, [`Erased ${key}.`]);
    },
  );
}

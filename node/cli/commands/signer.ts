/** `signer create`, `signer start`, `signer status`: the process that holds a validator's consensus key. */
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { genesisFileOf } from '../../config/data-layout.ts';
import { ConfigError } from '../../config/errors.ts';
import { readGenesis } from '../../config/genesis-file.ts';
import { readSignerConfig, signerYamlText } from '../../config/signer-yaml.ts';
import { writeWhole } from '../../config/write-whole.ts';
import { makeDirectory } from '../../files/make-directory.ts';
import { runSignerProcess } from '../../run-signer.ts';
import { createVoteBook, voteBookFileName } from '../../signer/vote-book.ts';
import { localError } from '../cli-error.ts';
import { noun, verb } from '../command.ts';
import { toType } from '../invocation.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { defaultDataDirectory } from '../options.ts';
import { shellQuoted } from '../shell-quoted.ts';
import { askSignerStatus } from '../signer-status.ts';

const signerFileName = 'signer.yaml';
const socketName = 'signer.sock';

interface CreateOptions {
  readonly validator: string;
  readonly key: string;
  readonly data: string;
  readonly genesis?: string;
  readonly passphraseFile?: string;
  readonly json?: boolean;
}

export function signerCommands(io: CliIo): Command {
  return noun(
    'signer',
    'a process of its own that holds the consensus key, and refuses to vote twice by itself',
  )
    .addCommand(createCommand(io))
    .addCommand(startCommand())
    .addCommand(statusCommand(io));
}

function createCommand(io: CliIo): Command {
  return verb('create <dir>', 'make the vote store and signer.yaml of a signer, once for a key', [
    'signer create signers/alpha --validator alpha --key data/keys/alpha.consensus.age',
  ])
    .requiredOption('--validator <id>', 'whose votes it signs')
    .requiredOption('--key <file>', 'age file of the consensus key')
    .option('--data <dir>', 'data directory with the genesis', defaultDataDirectory)
    .option('--genesis <file>', 'genesis file (default: the one in --data)')
    .option('--passphrase-file <file>', 'noted in signer.yaml; without it the signer asks at each start')
    .action((directory: string, options: CreateOptions) => create(io, directory, options));
}

function create(io: CliIo, directory: string, options: CreateOptions): void {
  const {
    validator,
    key,
    data,
    genesis: genesisFile = genesisFileOf(data),
    passphraseFile,
    json = false,
  } = options;
  const { document, genesis } = readGenesis(genesisFile);
  if (!document.validators.some(({ id }) => id === validator))
    throw new ConfigError('validator-unknown', { file: genesisFile, reason: validator });
  makeDirectory(directory, 0o700);
  createVoteBook(join(directory, voteBookFileName), { network: genesis.network, validator });
  const from = (path: string): string => relative(resolve(directory), resolve(path));
  const file = join(directory, signerFileName);
  const config = {
    validator,
    genesis: from(genesisFile),
    storage: '.',
    keys: {
      consensus: from(key),
      ...(passphraseFile !== undefined && { passphrase_file: from(passphraseFile) }),
    },
    socket: socketName,
  };
  if (!existsSync(file)) writeWhole(file, signerYamlText(config));
  const socket = join(directory, socketName);
  report(io, json, { file, socket, network: genesis.network, validator }, [
    `Created ${file}.`,
    ...factLines({ network: genesis.network, validator, socket }),
    `Start it with: ${toType(`signer start ${shellQuoted(file)}`)}`,
    'In node.yaml, put signer.socket in the place of keys.consensus and restart the node.',
  ]);
}

function startCommand(): Command {
  return verb('start <signer.yaml>', 'run a signer in this process until SIGTERM or Ctrl-C', [
    'signer start signers/alpha/signer.yaml',
  ]).action((file: string) => runSignerProcess(file));
}

function statusCommand(io: CliIo): Command {
  return verb('status <signer.yaml>', 'ask a running signer what it signed last, and what it refuses', [
    'signer status signers/alpha/signer.yaml',
  ]).action(async (file: string, { json = false }: { readonly json?: boolean }) => {
    const { socket } = readSignerConfig(file);
    const status = await askSignerStatus(socket);
    if (status === undefined) {
      const next = `Start it with: ${toType(`signer start ${shellQuoted(join(dirname(file), signerFileName))}`)}`;
      throw localError('signer-unreachable', 'No signer answers on the socket.', { socket }, next);
    }
    const { keys, ...facts } = status;
    report(io, json, status, factLines({ ...facts, keys: keys.join(' ') }));
  });
}

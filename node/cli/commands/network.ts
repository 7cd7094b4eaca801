/** `network init` and `network check`, and the group `network recover`. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { requireComplete } from '../../config/assemble-network.ts';
import { checkNetwork } from '../../config/check-network.ts';
import { completeNetwork } from '../../config/complete-network.ts';
import { genesisFileOf } from '../../config/data-layout.ts';
import { readGenesis } from '../../config/genesis-file.ts';
import { differencesOf } from '../../config/network-difference.ts';
import { readNetwork } from '../../config/network-yaml.ts';
import { requireOwnKeys } from '../../config/own-keys.ts';
import { passphraseOf } from '../../config/passphrase.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import { createStores } from '../../storage/storage.ts';
import { noun, verb } from '../command.ts';
import { toType } from '../invocation.ts';
import { type CliIo, factLines, report } from '../io.ts';
import { defaultDataDirectory } from '../options.ts';
import { shellQuoted } from '../shell-quoted.ts';
import { VerdictFailed } from '../verdict.ts';
import { networkAssembleCommand, networkPrepareCommand } from './network-prepare.ts';
import { recoverCommands } from './network-recover.ts';

const defaultNetworkFile = 'network.yaml';

interface Options {
  readonly data: string;
  readonly json?: boolean;
}
interface InitOptions extends Options {
  readonly consortium?: boolean;
  readonly passphraseFile?: string;
}

export function networkCommands(io: CliIo): Command {
  return noun('network', 'found a network, check its description, or recover it')
    .addCommand(
      verb('init [file]', 'complete a network description into a data directory: keys, genesis, node.yaml', [
        'network init network.yaml --data data',
        'network init network.yaml --data /var/lib/concordat --consortium',
      ])
        .option('--data <dir>', 'data directory to fill', defaultDataDirectory)
        .option('--consortium', 'make nothing that the description leaves open: refuse it instead')
        .option('--passphrase-file <file>', 'passphrase of keys that were made before: named in node.yaml')
        .action((file: string | undefined, options: InitOptions) =>
          init(io, file ?? defaultNetworkFile, options),
        ),
    )
    .addCommand(networkPrepareCommand(io))
    .addCommand(networkAssembleCommand(io))
    .addCommand(
      verb(
        'check [file]',
        'say what a network of this description tolerates, and whether the founded one agrees',
        ['network check network.yaml'],
      )
        .option(
          '--data <dir>',
          'data directory of the founded network, if there is one',
          defaultDataDirectory,
        )
        .action((file: string | undefined, options: Options) =>
          check(io, file ?? defaultNetworkFile, options),
        ),
    )
    .addCommand(recoverCommands(io));
}

async function init(
  io: CliIo,
  file: string,
  { data, consortium = false, passphraseFile, json = false }: InitOptions,
): Promise<void> {
  const description = readNetwork(file);
  if (consortium) requireComplete(description, file);
  // Of a founded network, what differs from the genesis is refused anyway.
  if (consortium && !existsSync(genesisFileOf(data))) {
    await requireOwnKeys(description, data, {
      file,
      passphrase: await passphraseOf({ file: passphraseFile, what: `the keys in ${data}` }),
      incarnationOf: (directory) => createStores(directory),
    });
  }
  const completed = await completeNetwork(description, data, {
    file,
    ...(passphraseFile !== undefined && { passphraseFile }),
    prepareStorage: (directory) => createStores(directory),
    nowMs: io.nowMs(),
  });
  const { genesis, founded, genesisFile, nodes } = completed;
  const result = {
    network: genesis.network,
    founded,
    genesis: genesisFile,
    nodes: nodes.map(({ validator, nodeFile }) => ({
      validator: validator.id,
      nodeFile,
      gateway: validator.gateway,
    })),
  };
  report(io, json, result, [
    founded ? `Founded in ${data}.` : `Already founded in ${data}; nothing was changed.`,
    ...factLines({ network: genesis.network, genesis: genesisFile }),
    ...nodes.map(({ nodeFile }) => `Start it with: ${toType(`node start ${shellQuoted(nodeFile)}`)}`),
  ]);
}

function check(io: CliIo, file: string, { data, json = false }: Options): void {
  const { description, n, f, q, warnings } = checkNetwork(file);
  const genesisFile = genesisFileOf(data);
  const founding = existsSync(genesisFile) ? readGenesis(genesisFile) : undefined;
  const differences = founding ? differencesOf(description, founding.document) : [];
  const network = founding?.genesis.network;
  report(io, json, { n, f, q, warnings, differences, ...(network ? { network } : {}) }, [
    `${description.name}: ${countOf(n, 'validator')}, ${f} of which may fail or lie; ${q} make a quorum.`,
    ...(network ? factLines({ network, genesis: genesisFile }) : []),
    ...warnings.map(({ code, text }) => `warning: ${text} [${code}]`),
    ...differences.map(
      ({ path, found, expected }) => `differs from the genesis: ${path}: ${found}, founded with ${expected}`,
    ),
  ]);
  if (differences.length > 0) throw new VerdictFailed();
}

/**
 * Makes what an observer needs on its own machine: a copy of the genesis, a node key, node.yaml. What is there stays:
 * an interrupted run is taken up, and an operator's changes are never written over.
 */
import { copyFileSync, existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { createKeyFile, type KeyFileOptions, type PrivateKey, readKeyFile } from '../crypto/key-files.ts';
import { makeDirectory } from '../files/make-directory.ts';
import {
  genesisFileOf,
  keysDirectoryOf,
  nodeFileOf,
  nodeKeyFileOf,
  validatorDirectoryOf,
} from './data-layout.ts';
import { ConfigError } from './errors.ts';
import { type Founding, readGenesis } from './genesis-file.ts';
import { isLoopback, parseHostPort } from './host-port.ts';
import { nodeYamlText } from './node-yaml.ts';
import { writeWhole } from './write-whole.ts';

export interface ObserverDirectory {
  readonly id: string;
  readonly dataDirectory: string;
  /** Of the network that it is to follow. */
  readonly genesisFile: string;
  /** `host:port` to listen on. */
  readonly links: string;
  readonly gateway: string;
  /** `wss://host:port` of nodes that run now, for a genesis whose addresses are old. */
  readonly bootstrap: readonly string[];
  /** Of the node key. */
  readonly passphrase: string;
  /** Named in node.yaml; without one, whoever starts the node gives the passphrase. */
  readonly passphraseFile?: string;
  readonly newKeys?: KeyFileOptions | undefined;
}

export interface PreparedObserver extends Founding {
  readonly nodeFile: string;
  readonly nodeKey: PrivateKey;
  /** False if all was there already. */
  readonly isNew: boolean;
}

/** @throws ConfigError `genesis-missing`, `genesis-damaged`, `network-changed`, `keys-incomplete`; KeyFileError */
export async function prepareObserver(options: ObserverDirectory): Promise<PreparedObserver> {
  const { id, dataDirectory } = options;
  makeDirectory(keysDirectoryOf(dataDirectory), 0o700);
  makeDirectory(validatorDirectoryOf(dataDirectory, id));
  const founding = takeGenesis(options);
  const nodeFile = nodeFileOf(dataDirectory, id);
  const nodeKeyFile = nodeKeyFileOf(dataDirectory, id);
  const isNew = !existsSync(nodeFile);
  // The key before the file that names it: from node.yaml on nothing is made again.
  const hasKey = existsSync(nodeKeyFile);
  if (!hasKey && !isNew)
    throw new ConfigError('keys-incomplete', { file: nodeKeyFile, reason: `node key of ${id}` });
  const { passphrase, newKeys } = options;
  const nodeKey = hasKey
    ? await readKeyFile(nodeKeyFile, passphrase)
    : await createKeyFile(nodeKeyFile, passphrase, newKeys);
  if (isNew) writeWhole(nodeFile, nodeYamlOf(options));
  return { ...founding, nodeFile, nodeKey, isNew };
}

function takeGenesis({ genesisFile, dataDirectory }: ObserverDirectory): Founding {
  const own = genesisFileOf(dataDirectory);
  const founding = readGenesis(genesisFile);
  if (resolve(own) === resolve(genesisFile)) return founding;
  if (!existsSync(own)) copyFileSync(genesisFile, own);
  const expected = founding.genesis.network;
  const found = readGenesis(own).genesis.network;
  if (found === expected) return founding;
  throw new ConfigError('network-changed', { file: own, problems: [{ path: '', found, expected }] });
}

function nodeYamlOf(options: ObserverDirectory): string {
  const { id, dataDirectory, links, gateway, bootstrap, passphraseFile } = options;
  const directory = validatorDirectoryOf(dataDirectory, id);
  const from = (path: string) => relative(directory, path);
  const isOpen = !isLoopback(parseHostPort(gateway)?.host ?? '');
  return nodeYamlText({
    observer: id,
    genesis: from(genesisFileOf(dataDirectory)),
    storage: '.',
    keys: {
      node: from(nodeKeyFileOf(dataDirectory, id)),
      ...(passphraseFile !== undefined && { passphrase_file: from(passphraseFile) }),
    },
    links: { listen: links, ...(bootstrap.length > 0 && { bootstrap: [...bootstrap] }) },
    gateway: {
      listen: gateway,
      ...(isOpen && { tls: { key: 'gateway-key.pem', certificate: 'gateway-certificate.pem' } }),
    },
    log: { level: 'info', file: 'log' },
  });
}

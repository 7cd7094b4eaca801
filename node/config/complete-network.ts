/**
 * Founds a network from its description, or finds that it is founded already. Absent keys are made here, which
 * suits a developer's machine; in a real consortium the description carries every public key.
 *
 * Order: keys and vote stores first, the genesis last. A crash before the genesis leaves keys that the next run
 * takes up; from the genesis on nothing is made again.
 */
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { Incarnation } from '../../shared/types/brands.ts';
import { thresholdsInForce } from '../../shared/types/governance.ts';
import type { GenesisDocument, GenesisIdentity, GenesisValidator } from '../../shared/types/ledger.ts';
import { makeDirectory } from '../files/make-directory.ts';
import { foundingProtocol, newestProtocol } from '../ledger/protocols.ts';
import {
  consensusKeyFileOf,
  encryptionKeyFileOf,
  examplePassphraseFileOf,
  genesisFileOf,
  identityKeyFileOf,
  keysDirectoryOf,
  nodeFileOf,
  nodeKeyFileOf,
  validatorDirectoryOf,
} from './data-layout.ts';
import { ConfigError } from './errors.ts';
import { type Founding, foundingOf, readGenesis, writeGenesis } from './genesis-file.ts';
import { createKeyMaker, type KeyMaker } from './key-maker.ts';
import { differencesOf } from './network-difference.ts';
import type { DescribedIdentity, DescribedValidator, NetworkDescription } from './network-yaml.ts';
import { nodeYamlText } from './node-yaml.ts';
import { examplePassphrase } from './passphrase.ts';
import { writeWhole } from './write-whole.ts';

export interface CompletionOptions {
  /** network.yaml, for errors. */
  readonly file: string;
  /** Creates the vote store of a validator in its directory unless it exists, and names it (rule D3). */
  readonly prepareStorage: (directory: string) => Incarnation;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Where a member keeps the passphrase of keys that it made itself: named in node.yaml. */
  readonly passphraseFile?: string;
  /** log2 of scrypt's N in the key files that are made here; 12 if absent. */
  readonly scryptWorkFactor?: number;
}

export interface CompletedNetwork extends Founding {
  readonly genesisFile: string;
  /** False if the network existed. */
  readonly founded: boolean;
  /** Validators whose private keys lie in this data directory. */
  readonly nodes: readonly { readonly validator: GenesisValidator; readonly nodeFile: string }[];
}

/** The passphrase here is long and random, and lies beside the keys: a higher factor would only cost time. */
const scryptWorkFactorDefault = 12;

/** @throws ConfigError `network-changed`, `keys-incomplete`, `genesis-damaged`, `founded-by-older-version`; KeyFileError */
export async function completeNetwork(
  description: NetworkDescription,
  dataDirectory: string,
  options: CompletionOptions,
): Promise<CompletedNetwork> {
  makeDirectory(keysDirectoryOf(dataDirectory), 0o700);
  const genesisFile = genesisFileOf(dataDirectory);
  const founded = !existsSync(genesisFile);
  const founding = founded
    ? await found(description, dataDirectory, options)
    : confirm(description, genesisFile, options.file);
  const nodes = founding.document.validators.filter((one) => isHere(one, description, dataDirectory));
  for (const validator of nodes) writeNodeFile(validator, dataDirectory, options.passphraseFile);
  return {
    ...founding,
    genesisFile,
    founded,
    nodes: nodes.map((validator) => ({ validator, nodeFile: nodeFileOf(dataDirectory, validator.id) })),
  };
}

async function found(
  description: NetworkDescription,
  dataDirectory: string,
  options: CompletionOptions,
): Promise<Founding> {
  const keys = createKeyMaker(() => examplePassphrase(examplePassphraseFileOf(dataDirectory)), {
    workFactor: options.scryptWorkFactor ?? scryptWorkFactorDefault,
  });
  const validators: GenesisValidator[] = [];
  for (const described of description.validators) {
    validators.push({
      ...described,
      consensusKey:
        described.consensusKey ?? (await keys.signing(consensusKeyFileOf(dataDirectory, described.id))),
      nodeKey: described.nodeKey ?? (await keys.signing(nodeKeyFileOf(dataDirectory, described.id))),
      incarnation: described.incarnation ?? prepareDirectory(described, dataDirectory, options),
    });
  }
  const identities: GenesisIdentity[] = [];
  for (const described of description.identities) {
    identities.push(await completeIdentity(described, dataDirectory, keys));
  }
  const { time = options.nowMs } = description;
  const { protocol = newestProtocol, ...described } = description;
  const document: GenesisDocument = {
    ...described,
    version: 2,
    time,
    validators,
    identities,
    governance: { thresholds: thresholdsInForce(protocol, description.governance.thresholds) },
    ...(protocol !== foundingProtocol && { protocol }),
  };
  const founding = foundingOf(document, options.file);
  writeGenesis(genesisFileOf(dataDirectory), document);
  return founding;
}

/**
 * Whoever has its key elsewhere has its encryption key there, too, or none: made here, it would be a key that its owner
 * does not hold, in a genesis that nobody else arrives at.
 */
async function completeIdentity(
  { key, ...described }: DescribedIdentity,
  dataDirectory: string,
  keys: KeyMaker,
): Promise<GenesisIdentity> {
  if (key !== undefined) return { ...described, key };
  return {
    ...described,
    key: await keys.signing(identityKeyFileOf(dataDirectory, described.id)),
    encryptionKey:
      described.encryptionKey ?? (await keys.encryption(encryptionKeyFileOf(dataDirectory, described.id))),
  };
}

function prepareDirectory(
  { id }: DescribedValidator,
  dataDirectory: string,
  options: CompletionOptions,
): Incarnation {
  const directory = validatorDirectoryOf(dataDirectory, id);
  makeDirectory(directory, 0o700);
  return options.prepareStorage(directory);
}

function confirm(description: NetworkDescription, genesisFile: string, file: string): Founding {
  const founding = readGenesis(genesisFile);
  const problems = differencesOf(description, founding.document);
  if (problems.length > 0) throw new ConfigError('network-changed', { file, problems });
  return founding;
}

/** @throws ConfigError `keys-incomplete` if keys that were made here have gone */
function isHere({ id }: GenesisValidator, description: NetworkDescription, dataDirectory: string): boolean {
  const files = [consensusKeyFileOf(dataDirectory, id), nodeKeyFileOf(dataDirectory, id)];
  const absent = files.filter((file) => !existsSync(file));
  const described = description.validators.find((validator) => validator.id === id);
  const madeHere = described?.consensusKey === undefined && described?.nodeKey === undefined;
  if (absent.length > 0 && madeHere) {
    throw new ConfigError('keys-incomplete', { file: absent[0]!, reason: `keys of validator ${id}` });
  }
  return absent.length === 0;
}

/** Written once: an operator's changes stay. */
function writeNodeFile(
  validator: GenesisValidator,
  dataDirectory: string,
  ownPassphraseFile: string | undefined,
): void {
  const { id, address, gateway } = validator;
  const file = nodeFileOf(dataDirectory, id);
  if (existsSync(file)) return;
  const directory = validatorDirectoryOf(dataDirectory, id);
  makeDirectory(directory, 0o700);
  const from = (path: string) => relative(resolve(directory), resolve(path));
  const passphraseFile = ownPassphraseFile ?? examplePassphraseFileOf(dataDirectory);
  const secured = new URL(gateway).protocol === 'https:';
  const config = {
    validator: id,
    genesis: from(genesisFileOf(dataDirectory)),
    storage: '.',
    keys: {
      consensus: from(consensusKeyFileOf(dataDirectory, id)),
      node: from(nodeKeyFileOf(dataDirectory, id)),
      // Without a file it is asked for, or comes from the environment.
      ...(existsSync(passphraseFile) && { passphrase_file: from(passphraseFile) }),
    },
    links: { listen: address.replace(/^wss:\/\//, '') },
    gateway: {
      listen: gateway.replace(/^https?:\/\//, ''),
      ...(secured && { tls: { key: 'gateway-key.pem', certificate: 'gateway-certificate.pem' } }),
    },
    log: { level: 'info' as const, file: 'log' },
  };
  writeWhole(file, nodeYamlText(config));
}

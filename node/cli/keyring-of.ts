/** The keyring that a node.yaml or a signer.yaml describes, opened while its process need not run. */
import type { PublicKey } from '../../shared/types/brands.ts';
import type { GenesisValidator } from '../../shared/types/ledger.ts';
import { ConfigError } from '../config/errors.ts';
import { readGenesis } from '../config/genesis-file.ts';
import { readNodeConfig } from '../config/node-yaml.ts';
import { passphraseOf } from '../config/passphrase.ts';
import { readSignerConfig } from '../config/signer-yaml.ts';
import type { KeyFileOptions } from '../crypto/key-files.ts';
import { type KeyKind, type Keyring, openKeyring } from '../crypto/keyring.ts';

interface KeysConfig {
  readonly validator: string;
  /** Genesis knows no observers. */
  readonly observes?: boolean;
  readonly genesisFile: string;
  readonly passphraseFile?: string;
  readonly files: Readonly<Partial<Record<KeyKind, string>>>;
}

export interface OpenKeys {
  readonly keyring: Keyring;
  /** Of this validator, as genesis names them. */
  readonly registered: ReadonlySet<PublicKey>;
}

/** @throws ConfigError, KeyFileError */
export async function openKeys(
  file: string,
  passphraseFile: string | undefined,
  newKeys?: KeyFileOptions,
): Promise<OpenKeys> {
  const config = readKeysConfig(file);
  const { document } = readGenesis(config.genesisFile);
  const validator = document.validators.find(({ id }) => id === config.validator);
  if (validator === undefined && config.observes !== true)
    throw new ConfigError('validator-unknown', { file: config.genesisFile, reason: config.validator });
  const passphrase = await passphraseOf({
    file: passphraseFile ?? config.passphraseFile,
    what: `the keys of ${config.validator}`,
  });
  const keyring = await openKeyring({ files: config.files, passphrase, ...newKeys });
  return { keyring, registered: registeredKeysOf(validator) };
}

const registeredKeysOf = (validator: GenesisValidator | undefined): ReadonlySet<PublicKey> =>
  new Set(validator === undefined ? [] : [validator.consensusKey, validator.nodeKey]);

/** A signer.yaml is what reads as one; of anything else the problems of a node.yaml are told. */
function readKeysConfig(file: string): KeysConfig {
  try {
    const { consensusKeyFile, ...config } = readSignerConfig(file);
    return { ...config, files: { consensus: consensusKeyFile } };
  } catch (error) {
    if (!(error instanceof ConfigError && error.code === 'config-invalid')) throw error;
  }
  const { consensusKeyFile, nodeKeyFile, ...config } = readNodeConfig(file);
  const files = { node: nodeKeyFile, ...(consensusKeyFile !== undefined && { consensus: consensusKeyFile }) };
  return { ...config, files };
}

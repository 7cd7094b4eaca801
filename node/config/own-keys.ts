/**
 * Whoever puts the parts together could name other keys than a member sent, and all would still agree on one network
 * id. So each member compares what the description says of it with what lies here, before it founds.
 */
import { existsSync } from 'node:fs';
import type { Incarnation, PublicKey } from '../../shared/types/brands.ts';
import { readKeyFile } from '../crypto/key-files.ts';
import { consensusKeyFileOf, identityKeyFileOf, nodeKeyFileOf, validatorDirectoryOf } from './data-layout.ts';
import { ConfigError, type ConfigProblem } from './errors.ts';
import type { NetworkDescription } from './network-yaml.ts';

export interface OwnKeysOptions {
  /** network.yaml, for errors. */
  readonly file: string;
  readonly passphrase: string;
  /** Names the vote store in a validator's directory. */
  readonly incarnationOf: (directory: string) => Incarnation;
}

/** @throws ConfigError `description-of-others`; KeyFileError `key-file-wrong-passphrase` */
export async function requireOwnKeys(
  { validators, identities }: NetworkDescription,
  dataDirectory: string,
  { file, passphrase, incarnationOf }: OwnKeysOptions,
): Promise<void> {
  const problems: ConfigProblem[] = [];
  const compare = (path: string, found: string | undefined, expected: string): void => {
    if (found !== expected)
      problems.push({ path, found: found ?? 'nothing', expected: `${expected}, as it is here` });
  };
  const compareKey = async (path: string, found: PublicKey | undefined, keyFile: string): Promise<void> => {
    if (existsSync(keyFile)) compare(path, found, (await readKeyFile(keyFile, passphrase)).publicKey);
  };
  for (const [index, { id, consensusKey, nodeKey, incarnation }] of validators.entries()) {
    const path = `validators[${index}]`;
    await compareKey(`${path}.consensus_key`, consensusKey, consensusKeyFileOf(dataDirectory, id));
    await compareKey(`${path}.node_key`, nodeKey, nodeKeyFileOf(dataDirectory, id));
    const directory = validatorDirectoryOf(dataDirectory, id);
    if (existsSync(directory)) compare(`${path}.incarnation`, incarnation, incarnationOf(directory));
  }
  for (const [index, { id, key }] of identities.entries()) {
    await compareKey(`identities[${index}].key`, key, identityKeyFileOf(dataDirectory, id));
  }
  if (problems.length > 0) throw new ConfigError('description-of-others', { file, problems });
}

/** signer.yaml: what is local to the signer of one validator. Relative paths start at the folder of the file. */
import { dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { validatorIdPattern } from '../../shared/codec/ids.ts';
import type { ValidatorId } from '../../shared/types/brands.ts';
import { type LogLevelName, logLevels, path } from './node-yaml.ts';
import { parseYaml, readConfigText } from './yaml-file.ts';

export interface SignerConfigFile {
  readonly validator: ValidatorId;
  /** All paths are absolute. */
  readonly genesisFile: string;
  /** Of the vote store. */
  readonly storageDirectory: string;
  readonly consensusKeyFile: string;
  /** Absent: from the environment or a prompt. */
  readonly passphraseFile?: string;
  readonly socket: string;
  readonly log: { readonly level: LogLevelName; readonly file?: string };
}

const schema = z.strictObject({
  validator: z.string().regex(validatorIdPattern, `text like ${validatorIdPattern.source}`),
  genesis: path,
  storage: path,
  keys: z.strictObject({ consensus: path, passphrase_file: path.optional() }),
  socket: path,
  log: z.strictObject({ level: z.enum(logLevels).optional(), file: path.optional() }).optional(),
});
export type WrittenSignerConfig = z.infer<typeof schema>;

/** @throws ConfigError `config-file-missing`, `config-not-yaml`, `config-invalid` */
export function readSignerConfig(file: string): SignerConfigFile {
  const { value } = parseYaml<WrittenSignerConfig>(file, readConfigText(file), schema);
  const { validator, genesis, storage, keys, socket, log } = value;
  const absolute = (relative: string): string => resolve(dirname(file), relative);
  return {
    validator: validator as ValidatorId,
    genesisFile: absolute(genesis),
    storageDirectory: absolute(storage),
    consensusKeyFile: absolute(keys.consensus),
    ...(keys.passphrase_file !== undefined && { passphraseFile: absolute(keys.passphrase_file) }),
    socket: absolute(socket),
    log: { level: log?.level ?? 'info', ...(log?.file !== undefined && { file: absolute(log.file) }) },
  };
}

const head = `# The signer of one validator. Paths are relative to this file. It was written once by
# \`concordat signer create\` and is yours to edit.
`;

export const signerYamlText = (config: WrittenSignerConfig): string => head + stringify(config);

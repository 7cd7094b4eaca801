/** The keys of a node: which of those at hand the ledger names, and who signs with the consensus key. */
import type { PublicKey } from '../shared/types/brands.ts';
import { ConfigError } from './config/errors.ts';
import type { Founding } from './config/genesis-file.ts';
import type { NodeConfigFile } from './config/node-yaml.ts';
import { passphraseOf } from './config/passphrase.ts';
import { KeyFileError } from './crypto/key-files.ts';
import { openKeyring } from './crypto/keyring.ts';
import { createInProcessSigner } from './crypto/signer-in-process.ts';
import { createRemoteSigner, type RemoteSignerOptions, type SignerAbsence } from './crypto/signer-remote.ts';
import type { SignerPort } from './runtime/ports.ts';

export interface NodeKeys {
  /** Seed of the node key. */
  readonly node: Uint8Array;
  readonly consensus: ConsensusKey;
}
/** Held in this process, or behind the socket of a signer. */
type ConsensusKey =
  | { readonly kind: 'held'; readonly seed: Uint8Array }
  | { readonly kind: 'remote'; readonly key: PublicKey; readonly socket: string };

/** @throws ConfigError `validator-unknown`, `passphrase-missing`, KeyFileError such as `key-file-other-key` */
export async function readNodeKeys(config: NodeConfigFile, { document }: Founding): Promise<NodeKeys> {
  const { validator, genesisFile, consensusKeyFile, nodeKeyFile, signerSocket, passphraseFile } = config;
  const registered = document.validators.find(({ id }) => id === validator);
  if (registered === undefined)
    throw new ConfigError('validator-unknown', { file: genesisFile, reason: validator });
  const keyring = await openKeyring({
    files: { node: nodeKeyFile, ...(consensusKeyFile !== undefined && { consensus: consensusKeyFile }) },
    passphrase: await passphraseOf({ file: passphraseFile, what: `the keys of ${validator}` }),
  });
  const { consensusKey: key, nodeKey } = registered;
  const seedOf = (wanted: PublicKey, file: string): Uint8Array => {
    const seed = keyring.seedOf(wanted);
    if (seed === undefined) throw new KeyFileError('key-file-other-key', file, `the genesis names ${wanted}`);
    return seed;
  };
  const consensus: ConsensusKey =
    signerSocket === undefined
      ? { kind: 'held', seed: seedOf(key, consensusKeyFile ?? '') }
      : { kind: 'remote', key, socket: signerSocket };
  return { node: seedOf(nodeKey, nodeKeyFile), consensus };
}

export interface OpenSigner {
  readonly port: SignerPort;
  /** undefined while it can sign. */
  absence(): SignerAbsence | undefined;
  close(): void;
}

export function openSigner(
  key: ConsensusKey,
  options: Omit<RemoteSignerOptions, 'key' | 'socket'>,
): OpenSigner {
  if (key.kind === 'held')
    return { port: createInProcessSigner(key.seed), absence: () => undefined, close: () => {} };
  const remote = createRemoteSigner({ ...options, key: key.key, socket: key.socket });
  return { port: remote, absence: remote.absence, close: remote.close };
}

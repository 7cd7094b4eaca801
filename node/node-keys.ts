/** The keys of a node: those at hand, which of them the ledger names, and who signs with the consensus keys. */
import { toHex } from '../shared/codec/hex.ts';
import type { PublicKey } from '../shared/types/brands.ts';
import type { NodeConfigFile } from './config/node-yaml.ts';
import { passphraseOf } from './config/passphrase.ts';
import { writeKeyFileAside } from './crypto/key-writer.ts';
import { type Keyring, openKeyring } from './crypto/keyring.ts';
import { createInProcessSigner } from './crypto/signer-in-process.ts';
import { createRemoteSigner, type RemoteSignerOptions, type SignerAbsence } from './crypto/signer-remote.ts';
import { keyPairOf } from './crypto/sodium.ts';
import { keysHeldHere, keysOfSigner, type RotatingKeys } from './rotation/rotating-keys.ts';
import type { SignerPort } from './runtime/ports.ts';

export interface NodeKeys {
  /** Seed of the first of these node keys that is held; of the configured one if none is. */
  nodeSeed(named: readonly PublicKey[]): Uint8Array;
  seedOf(key: PublicKey): Uint8Array | undefined;
  readonly consensus: ConsensusKeys;
  readonly keyring: Keyring;
}
/** Held in this process, or behind the socket of a signer. */
export type ConsensusKeys =
  | { readonly kind: 'held'; readonly seeds: () => readonly Uint8Array[] }
  | { readonly kind: 'remote'; readonly socket: string };

/** @throws ConfigError `passphrase-missing`, KeyFileError such as `key-file-damaged` */
export async function readNodeKeys(config: NodeConfigFile): Promise<NodeKeys> {
  const { validator, observes, nodeKeyFile, passphraseFile } = config;
  // Who only follows does not even open the key that votes.
  const consensusKeyFile = observes ? undefined : config.consensusKeyFile;
  const signerSocket = observes ? undefined : config.signerSocket;
  const keyring = await openKeyring({
    files: { node: nodeKeyFile, ...(consensusKeyFile !== undefined && { consensus: consensusKeyFile }) },
    passphrase: await passphraseOf({ file: passphraseFile, what: `the keys of ${validator}` }),
    write: writeKeyFileAside,
  });
  const seedOf = (key: PublicKey): Uint8Array | undefined => keyring.seedOf(key);
  const ofKind = (wanted: string) => keyring.keys().filter(({ kind }) => kind === wanted);
  const seeds = (): Uint8Array[] => ofKind('consensus').flatMap(({ publicKey }) => seedOf(publicKey) ?? []);
  return {
    keyring,
    seedOf,
    nodeSeed(named) {
      const configured = ofKind('node').filter((entry) => entry.configured);
      const [first] = [...named, ...configured.map(({ publicKey }) => publicKey)].flatMap(
        (key) => seedOf(key) ?? [],
      );
      return first!;
    },
    consensus:
      signerSocket === undefined ? { kind: 'held', seeds } : { kind: 'remote', socket: signerSocket },
  };
}

export const publicKeyOf = (seed: Uint8Array): PublicKey => toHex(keyPairOf(seed).publicKey) as PublicKey;

export interface OpenSigner {
  readonly port: SignerPort;
  /** Resolves when it is known with which keys it signs, or that it is away. */
  readonly known: Promise<void>;
  /** undefined while it can sign. */
  absence(): SignerAbsence | undefined;
  readonly rotating: RotatingKeys;
  close(): void;
}

export function openSigner(
  { consensus: keys, keyring }: NodeKeys,
  options: Omit<RemoteSignerOptions, 'socket'>,
): OpenSigner {
  if (keys.kind === 'held') {
    const signer = createInProcessSigner(...keys.seeds());
    return {
      port: signer,
      rotating: keysHeldHere(keyring, signer),
      known: Promise.resolve(),
      absence: () => undefined,
      close: () => {},
    };
  }
  const remote = createRemoteSigner({ ...options, socket: keys.socket });
  const { known, absence, close } = remote;
  return { port: remote, rotating: keysOfSigner(keyring, remote), known, absence, close };
}

/** Whose key signs, for which network. Keys are read from age files and stay in this process. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Client } from '../../shared/client/client.ts';
import { type Command, signTransaction } from '../../shared/client/transaction-builder.ts';
import { toHex } from '../../shared/codec/hex.ts';
import type { NetworkId, Nonce } from '../../shared/types/brands.ts';
import type { GenesisDocument, Transaction } from '../../shared/types/ledger.ts';
import { examplePassphraseFileOf, genesisFileOf, identityKeyFileOf } from '../config/data-layout.ts';
import { readGenesis } from '../config/genesis-file.ts';
import { passphraseOf, readPassphrase } from '../config/passphrase.ts';
import { type PrivateKey, readKeyFile } from '../crypto/key-files.ts';
import { keyPairOf, signWithSodium } from '../crypto/sodium.ts';
import { localError } from './cli-error.ts';
import type { CliIo } from './io.ts';
import type { SignerOptions } from './options.ts';

/** Half of the default longest life: room for clocks that differ. */
const lifetimeMs = 300_000;

export interface Signer {
  readonly network: NetworkId;
  readonly publicKey: string;
  /** @param nonce random unless given */
  sign(command: Command, nonce?: Nonce): Promise<Transaction>;
}

export async function openSigner(io: CliIo, client: Client, options: SignerOptions): Promise<Signer> {
  const key = await readSignerKey(options);
  const network = await networkOf(client, options);
  const { secretKey } = keyPairOf(key.seed);
  return {
    network,
    publicKey: key.publicKey,
    sign: (command, nonce = randomNonce()) =>
      signTransaction(
        { network, sender: key.publicKey, nonce, expiresAt: io.nowMs() + lifetimeMs, ...command },
        (message) => signWithSodium(secretKey, message),
      ),
  };
}

const randomNonce = (): Nonce => toHex(randomBytes(16)) as Nonce;

async function readSignerKey({ data, identity, key, passphraseFile }: SignerOptions): Promise<PrivateKey> {
  if (key !== undefined) return readKeyFile(key, await passphraseOf({ file: passphraseFile, what: key }));
  const file = identityKeyFileOf(data, identity ?? firstSubmitter(data));
  return readKeyFile(file, readPassphrase(passphraseFile ?? examplePassphraseFileOf(data)));
}

/** Of those whose key lies here. */
function firstSubmitter(data: string): string {
  const { identities } = documentOf(data);
  const submitter = identities.find(
    ({ id, roles }) => roles.includes('submitter') && existsSync(identityKeyFileOf(data, id)),
  );
  if (submitter !== undefined) return submitter.id;
  const next = 'Name a key with --key FILE --passphrase-file FILE, or another data directory with --data.';
  throw localError('no-submitter', `No submitter has its key in ${data}.`, { data }, next);
}

const documentOf = (data: string): GenesisDocument => readGenesis(genesisFileOf(data)).document;

async function networkOf(client: Client, { network, data }: SignerOptions): Promise<NetworkId> {
  if (network !== undefined) return network as NetworkId;
  const file = genesisFileOf(data);
  if (existsSync(file)) return readGenesis(file).genesis.network;
  return (await client.get('status')).network as NetworkId;
}

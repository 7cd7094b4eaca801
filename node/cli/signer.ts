/** Whose key signs, for which network. Keys are read from age files and stay in this process. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Client } from '../../shared/client/client.ts';
import { type Command, signTransaction } from '../../shared/client/transaction-builder.ts';
import { toHex } from '../../shared/codec/hex.ts';
import type { NetworkId, Nonce } from '../../shared/types/brands.ts';
import type { GenesisDocument, Role, Transaction } from '../../shared/types/ledger.ts';
import { examplePassphraseFileOf, genesisFileOf, identityKeyFileOf } from '../config/data-layout.ts';
import { readGenesis } from '../config/genesis-file.ts';
import { passphraseOf } from '../config/passphrase.ts';
import { type PrivateKey, readKeyFile } from '../crypto/key-files.ts';
import { keyPairOf, signWithSodium } from '../crypto/sodium.ts';
import { localError } from './cli-error.ts';
import type { CliIo } from './io.ts';
import type { KeyOptions, SignerOptions } from './options.ts';

/** Half of the default longest life: room for clocks that differ. */
const lifetimeMs = 300_000;

export interface Signer {
  readonly network: NetworkId;
  readonly publicKey: string;
  /** @param nonce random unless given */
  sign(command: Command, nonce?: Nonce): Promise<Transaction>;
}

export async function openSigner(
  io: CliIo,
  client: Client,
  options: SignerOptions,
  purpose: Purpose = 'write',
): Promise<Signer> {
  const key = await readSignerKey(options, purpose);
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

/** Roles in the order in which an identity is looked for. */
export const preferred = {
  write: ['submitter', 'admin', 'operator'],
  read: ['auditor', 'operator', 'admin', 'submitter', 'reader'],
  operate: ['operator', 'admin'],
  govern: ['admin'],
} as const satisfies Record<string, readonly Role[]>;
export type Purpose = keyof typeof preferred;

/** The key that signs in; undefined if none is named and none that fits lies in the data directory. */
export async function sessionKey(options: KeyOptions, purpose: Purpose): Promise<PrivateKey | undefined> {
  const { data, identity, key } = options;
  const isNamed = key !== undefined || identity !== undefined;
  if (!isNamed && (!existsSync(genesisFileOf(data)) || identityFor(data, purpose) === undefined))
    return undefined;
  return readSignerKey(options, purpose);
}

async function readSignerKey(
  { data, identity, key, passphraseFile }: KeyOptions,
  purpose: Purpose,
): Promise<PrivateKey> {
  if (key !== undefined) {
    const what = { file: passphraseFile, what: key };
    return opened(`${key} ${passphraseFile}`, async () => readKeyFile(key, await passphraseOf(what)));
  }
  const file = identityKeyFileOf(data, identity ?? identityFor(data, purpose) ?? nobody(data, purpose));
  const example = examplePassphraseFileOf(data);
  const source = passphraseFile ?? (existsSync(example) ? example : undefined);
  return opened(`${file} ${source}`, async () =>
    readKeyFile(file, await passphraseOf({ file: source, what: file })),
  );
}

const openedKeys = new Map<string, Promise<PrivateKey>>();

/** To open a key file takes a moment, or a person: once is enough for who signs in and signs. */
function opened(name: string, open: () => Promise<PrivateKey>): Promise<PrivateKey> {
  const key = openedKeys.get(name) ?? open();
  openedKeys.set(name, key);
  return key;
}

/** Of those whose key lies here. */
function identityFor(data: string, purpose: Purpose): string | undefined {
  const { identities } = documentOf(data);
  const here = identities.filter(({ id }) => existsSync(identityKeyFileOf(data, id)));
  for (const role of preferred[purpose]) {
    const found = here.find(({ roles }) => roles.includes(role));
    if (found !== undefined) return found.id;
  }
  return undefined;
}

function nobody(data: string, purpose: Purpose): never {
  const next = 'Name a key with --key FILE --passphrase-file FILE, or another data directory with --data.';
  const [role] = preferred[purpose];
  throw localError(`no-${role}`, `No ${role} has its key in ${data}.`, { data }, next);
}

const documentOf = (data: string): GenesisDocument => readGenesis(genesisFileOf(data)).document;

/** The one to sign for: as it is named, as the genesis in the data directory has it, or as the gateway says. */
export async function networkOf(client: Client, { network, data }: SignerOptions): Promise<NetworkId> {
  if (network !== undefined) return network as NetworkId;
  const file = genesisFileOf(data);
  if (existsSync(file)) return readGenesis(file).genesis.network;
  return (await client.get('genesis')).network as NetworkId;
}

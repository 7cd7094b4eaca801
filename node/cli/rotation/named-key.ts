/** `keys rotate --use`: a key that the node has, or a key file that is handed over to it. Repeated, it goes on where the key stands. */
import type { KeysPlanJson } from '../../../shared/api.ts';
import type { Client } from '../../../shared/client/client.ts';
import {
  encodeHandOver,
  handOverSigningBytes,
  requirePossession,
  requireRecipientOf,
  sealKey,
} from '../../../shared/client/key-import.ts';
import { toBase64Url } from '../../../shared/codec/hex.ts';
import type { PublicKey } from '../../../shared/types/brands.ts';
import { passphraseOf } from '../../config/passphrase.ts';
import { encodePrivateKeyPem, type PrivateKey, readKeyFile } from '../../crypto/key-files.ts';
import type { KeyKind } from '../../crypto/keyring.ts';
import { keyPairOf, signWithSodium } from '../../crypto/sodium.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { SignerOptions } from '../options.ts';
import { requireProver } from '../payload/network-pin.ts';
import { networkOf, sessionKey } from '../signer.ts';

export type Use = { readonly key: PublicKey } | { readonly file: string };

export interface UseOptions extends SignerOptions {
  readonly kind: KeyKind;
  readonly use?: Use;
  readonly usePassphraseFile?: string;
}

/** A public key has 64 hex digits; whatever else is a file. */
export const useOf = (value: string): Use =>
  /^[0-9a-f]{64}$/.test(value) ? { key: value as PublicKey } : { file: value };

export interface NamedKey {
  readonly key: PublicKey;
  readonly here: KeysPlanJson['keys'][number]['here'];
}

/** The named key, which the node holds now; undefined if none is named. @throws CliError, ClientError, KeyFileError */
export async function namedKey(client: Client, options: UseOptions): Promise<NamedKey | undefined> {
  const { use } = options;
  if (use === undefined) return undefined;
  if ('key' in use) return { key: use.key, here: await stageOf(client, use.key) };
  const opened = await openedFile(use.file, options);
  const here = await stageOf(client, opened.publicKey);
  if (here === undefined) await handOver(client, opened, options);
  return { key: opened.publicKey, here: here ?? 'created' };
}

async function stageOf(client: Client, key: PublicKey): Promise<NamedKey['here']> {
  const { keys, node } = await client.get('keysPlan');
  const here = keys.find((one) => one.key === key)?.here;
  if (here !== 'replaced' && here !== 'dropped' && here !== 'overlapping') return here;
  throw new CliError(
    exitCodes.refused,
    'key-over',
    'This key is over: it was replaced, or its change was withdrawn or lapsed.',
    { node, key, here },
    'A key is registered once: make another one with `concordat keys create FILE`.',
  );
}

async function openedFile(file: string, { usePassphraseFile }: UseOptions): Promise<PrivateKey> {
  return readKeyFile(file, await passphraseOf({ file: usePassphraseFile, what: file }));
}

/** Encrypted to a recipient that the state proves to be of the admin's own node, and signed for with the admin's key. */
async function handOver(client: Client, { seed, publicKey }: PrivateKey, options: UseOptions): Promise<void> {
  const offered = await client.keyRecipient({ kind: options.kind });
  const admin = await sessionKey(options, 'govern');
  if (admin === undefined) throw new Error('who gave no key was answered');
  const prove = await requireProver(client, options);
  const network = await networkOf(client, options);
  await requireRecipientOf(offered, { network, prove, whose: { admin: admin.publicKey } });
  const { validator, recipient } = offered;
  const sealed = toBase64Url(await sealKey(encodePrivateKeyPem(seed), recipient));
  const said = encodeHandOver({ validator, kind: options.kind, recipient, key: publicKey });
  const signed = signWithSodium(keyPairOf(admin.seed).secretKey, handOverSigningBytes(network, said));
  const imported = await client.importKey({ recipient, sealed, signature: toBase64Url(signed) });
  requirePossession(imported, publicKey, network);
}

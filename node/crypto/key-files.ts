/**
 * Private keys at rest: an age file (age-encryption.org/v1, passphrase recipient, ASCII armour) that holds an
 * Ed25519 private key as PKCS#8 PEM (RFC 8410). `age -d FILE | openssl pkey -text` opens one without us.
 */
import { createPrivateKey, randomBytes } from 'node:crypto';
import { chmod, link, readFile, rm, writeFile } from 'node:fs/promises';
import { armor, Decrypter, Encrypter } from 'age-encryption';
import { toHex } from '../../shared/codec/hex.ts';
import type { PublicKey } from '../../shared/types/brands.ts';
import { keyPairOf, seedBytes } from './sodium.ts';

export interface PrivateKey {
  readonly publicKey: PublicKey;
  /** Ed25519 seed, 32 bytes: a secret. */
  readonly seed: Uint8Array;
}

export type KeyFileErrorCode =
  | 'key-file-missing'
  | 'key-file-exists'
  | 'key-file-wrong-passphrase'
  | 'key-file-damaged'
  | 'key-file-not-ed25519'
  | 'key-file-not-x25519'
  /** No key of the keyring, or none of this kind. */
  | 'key-not-here'
  /** The configured file of a kind is never left without a key. */
  | 'key-without-successor'
  /** The ledger names this key: what it signs is still needed. */
  | 'key-in-use';

const headlines: { readonly [code in KeyFileErrorCode]: string } = {
  'key-file-missing': 'There is no key file at this path.',
  'key-file-exists': 'There is a key file at this path already.',
  'key-file-wrong-passphrase': 'The passphrase does not open the key file.',
  'key-file-damaged': 'The file is damaged, or no key file.',
  'key-file-not-ed25519': 'The file holds no signing key (Ed25519).',
  'key-file-not-x25519': 'The file holds no encryption key (X25519).',
  'key-not-here': 'The key is not here.',
  'key-without-successor': 'No other key would be left in its place.',
  'key-in-use': 'The key is in use.',
};

const nextSteps: { readonly [code in KeyFileErrorCode]: string } = {
  'key-file-missing':
    'Check the name or path; if the file is lost, bring it back from your backup of the keys.',
  'key-file-exists': 'A key is never overwritten: name another file, or use the one that is there.',
  'key-file-wrong-passphrase': 'Check the passphrase, and which file it is read from.',
  'key-file-damaged':
    'Check that it is the right file; if it is, bring it back from your backup of the keys.',
  'key-file-not-ed25519': 'Name a file that holds an Ed25519 key as PKCS#8 PEM.',
  'key-file-not-x25519':
    'Name a file that holds an encryption key, as `concordat keys create --kind encryption` makes one.',
  'key-not-here': 'List the keys that are here with `concordat keys list`.',
  'key-without-successor':
    'Make another key first with `concordat keys add`, or name the one that takes its place with --successor.',
  'key-in-use': 'Only a key that the ledger does not name any more is erased.',
};

export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
  readonly code: KeyFileErrorCode;
  readonly facts: { readonly file: string; readonly reason?: string };
  /** For people, as `message` is for logs. */
  readonly headline: string;
  readonly next: string;

  constructor(code: KeyFileErrorCode, file: string, reason?: string) {
    super(`${code}: ${file}${reason === undefined ? '' : ` (${reason})`}`);
    this.code = code;
    this.headline = headlines[code];
    this.next = nextSteps[code];
    this.facts = reason === undefined ? { file } : { file, reason };
  }
}

export interface KeyFileOptions {
  /** log2 of scrypt's N: 15 takes about 0.2 s to open, 18 (age's own choice) about 1.5 s. */
  readonly workFactor?: number;
}
const workFactorDefault = 18;

export function privateKeyOf(seed: Uint8Array): PrivateKey {
  return { publicKey: toHex(keyPairOf(seed).publicKey) as PublicKey, seed };
}

export const createPrivateSeed = (): Uint8Array => new Uint8Array(randomBytes(seedBytes));

/** PKCS#8 DER of an Ed25519 key is this constant and the seed (RFC 8410, section 7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

export const encodePrivateKeyDer = (seed: Uint8Array): Uint8Array => Buffer.concat([pkcs8Prefix, seed]);

export function encodePrivateKeyPem(seed: Uint8Array): string {
  const base64 = Buffer.from(encodePrivateKeyDer(seed)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`;
}

/** @returns undefined if the text is not an Ed25519 private key in PKCS#8 PEM */
export function decodePrivateKeyPem(pem: string): Uint8Array | undefined {
  try {
    const key = createPrivateKey(pem);
    const seed = key.export({ format: 'jwk' }).d;
    if (key.asymmetricKeyType !== 'ed25519' || seed === undefined) return undefined;
    return new Uint8Array(Buffer.from(seed, 'base64url'));
  } catch {
    return undefined;
  }
}

/** Writes mode 0600, whole or not at all. @throws KeyFileError `key-file-exists`: a key is never overwritten */
export const writeKeyFile = (
  file: string,
  seed: Uint8Array,
  passphrase: string,
  options: KeyFileOptions = {},
): Promise<void> => writeSecretFile(file, encodePrivateKeyPem(seed), passphrase, options);

/** The same for any text. @throws KeyFileError `key-file-exists` */
export async function writeSecretFile(
  file: string,
  secret: string,
  passphrase: string,
  options: KeyFileOptions = {},
): Promise<void> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(options.workFactor ?? workFactorDefault);
  const text = armor.encode(await encrypter.encrypt(secret));
  const unfinished = `${file}.${process.pid}.unfinished`;
  try {
    await writeFile(unfinished, text, { mode: 0o600, flush: true });
    await chmod(unfinished, 0o600);
    await link(unfinished, file);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) throw new KeyFileError('key-file-exists', file);
    throw error;
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** Makes a random key and writes it. @throws KeyFileError `key-file-exists` */
export async function createKeyFile(
  file: string,
  passphrase: string,
  options: KeyFileOptions = {},
): Promise<PrivateKey> {
  const key = privateKeyOf(createPrivateSeed());
  await writeKeyFile(file, key.seed, passphrase, options);
  return key;
}

/** @throws KeyFileError */
export async function readKeyFile(file: string, passphrase: string): Promise<PrivateKey> {
  const seed = decodePrivateKeyPem(await readSecretFile(file, passphrase));
  if (seed === undefined) throw new KeyFileError('key-file-not-ed25519', file);
  return privateKeyOf(seed);
}

/** The text that a key file holds: a secret. @throws KeyFileError */
export const readSecretFile = async (file: string, passphrase: string): Promise<string> =>
  decryptText(file, await readText(file), passphrase);

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw new KeyFileError('key-file-missing', file);
    throw error;
  }
}

async function decryptText(file: string, text: string, passphrase: string): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return await decrypter.decrypt(armor.decode(text), 'text');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const wrongPassphrase = /no identity matched|incorrect passphrase/i.test(reason);
    throw new KeyFileError(wrongPassphrase ? 'key-file-wrong-passphrase' : 'key-file-damaged', file, reason);
  }
}

const isErrno = (error: unknown, code: string): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === code;

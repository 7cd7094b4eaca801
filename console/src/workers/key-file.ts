/**
 * Private keys at rest, as `concordat keys create` writes them: an age file (passphrase, ASCII armour) around an
 * Ed25519 key in PKCS#8 PEM (RFC 8410), or around an identity file of age with an X25519 key. The key itself never
 * leaves the worker.
 */
import { armor, Decrypter, Encrypter } from 'age-encryption';
import { type DecryptionKey, readIdentityFile } from '../../../shared/client/encryption-keys.ts';
import { concatBytes, equalBytes, fromHex } from '../../../shared/codec/hex.ts';

/** PKCS#8 DER of an Ed25519 key is this constant and the 32-byte seed. */
const pkcs8Prefix = fromHex('302e020100300506032b657004220420');
/** log2 of scrypt's N: about a second in a browser. */
const workFactor = 16;

export async function sealKeyFile(seed: Uint8Array, passphrase: string): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(workFactor);
  return armor.encode(await encrypter.encrypt(encodePem(seed)));
}

export type KeyInFile =
  | { readonly kind: 'signing'; readonly seed: Uint8Array }
  | { readonly kind: 'reading'; readonly key: DecryptionKey };

/** Throws an error for people if the passphrase is wrong or the file is something else. */
export async function openKeyFile(text: string, passphrase: string): Promise<KeyInFile> {
  const secret = await decrypt(text, passphrase);
  const seed = decodePem(secret);
  if (seed !== undefined) return { kind: 'signing', seed };
  const key = await readIdentityFile(secret);
  if (key !== undefined) return { kind: 'reading', key };
  throw new Error('The file is encrypted, but holds neither a signing key nor an encryption key.');
}

async function decrypt(text: string, passphrase: string): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  const bytes = dearmor(text);
  try {
    return await decrypter.decrypt(bytes, 'text');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const wrong = /no identity matched|incorrect passphrase/i.test(reason);
    throw new Error(wrong ? 'The passphrase does not open this file.' : `The file is damaged: ${reason}.`);
  }
}

function dearmor(text: string): Uint8Array {
  try {
    return armor.decode(text);
  } catch {
    throw new Error('This is not an age file; key files begin with “-----BEGIN AGE ENCRYPTED FILE-----”.');
  }
}

export function encodePem(seed: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...concatBytes(pkcs8Prefix, seed)));
  return `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`;
}

export function decodePem(pem: string): Uint8Array | undefined {
  const base64 = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(pem)?.[1];
  if (base64 === undefined) return undefined;
  const der = Uint8Array.from(atob(base64.replace(/\s/g, '')), (letter) => letter.charCodeAt(0));
  const isEd25519 = der.length === 48 && equalBytes(der.subarray(0, 16), pkcs8Prefix);
  return isEd25519 ? der.slice(16) : undefined;
}

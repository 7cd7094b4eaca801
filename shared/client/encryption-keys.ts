/**
 * X25519 keys for confidential payloads, as age has them: `age1…` is the public half, `AGE-SECRET-KEY-1…` the secret.
 * The ledger and the API name the public half by its 32 bytes, in hex.
 */
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { fromBech32, toBech32 } from '../codec/bech32.ts';
import { CodecError } from '../codec/codec-error.ts';
import { fromHex, toHex } from '../codec/hex.ts';

export interface DecryptionKey {
  /** 64 hex digits: what an identity registers. */
  readonly publicKey: string;
  /** `AGE-SECRET-KEY-1…`: a secret. */
  readonly secret: string;
}

const recipientPrefix = 'age';
const secretPattern = /^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$/;

export async function createDecryptionKey(): Promise<DecryptionKey> {
  return keyOfSecret(await generateX25519Identity());
}

const keyOfSecret = async (secret: string): Promise<DecryptionKey> => ({
  publicKey: toHex(fromBech32(await identityToRecipient(secret)).bytes),
  secret,
});

/** An identity file of age (its README, "Recipients and identities"): `age -d -i` takes it, too. */
export const identityFileText = ({ publicKey, secret }: DecryptionKey): string =>
  `# public key: ${ageRecipientOf(publicKey)}\n${secret}\n`;

/** @returns undefined unless the text is an identity file with one X25519 key */
export async function readIdentityFile(text: string): Promise<DecryptionKey | undefined> {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  const [secret, ...others] = lines;
  if (secret === undefined || others.length > 0 || !secretPattern.test(secret)) return undefined;
  return isBech32(secret) ? keyOfSecret(secret) : undefined;
}

/** `age1…` of a public key in hex. */
export const ageRecipientOf = (publicKey: string): string => toBech32(recipientPrefix, fromHex(publicKey));

/** A public key as people write it, in hex or as `age1…`, in hex; undefined if it is neither. */
export function encryptionKeyOf(text: string): string | undefined {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  if (!text.startsWith('age1') || !isBech32(text)) return undefined;
  const { prefix, bytes } = fromBech32(text);
  return prefix === recipientPrefix && bytes.length === 32 ? toHex(bytes) : undefined;
}

function isBech32(text: string): boolean {
  try {
    fromBech32(text);
    return true;
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}

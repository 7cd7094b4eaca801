/** A key for a node that is made here: whoever made it shows that its file brings it back before it goes anywhere. */
import { randomBytes } from '@noble/hashes/utils.js';
import { toHex } from '../../../shared/codec/hex.ts';
import { publicKeyOf } from '../../../shared/crypto/ed25519.ts';
import type { CreatedKey } from '../features/submit/key-protocol.ts';
import { shortenHash } from '../lib/format.ts';
import { openKeyFile, sealKeyFile } from './key-file.ts';

/** Nothing of it is kept but the encrypted file. */
export async function createSuccessor(passphrase: string): Promise<CreatedKey> {
  const seed = randomBytes(32);
  const publicKey = toHex(publicKeyOf(seed));
  const file = await sealKeyFile(seed, passphrase);
  seed.fill(0);
  return { publicKey, file };
}

/** Throws an error for people if the file does not open, or is that of another key. */
export async function openSuccessor(
  file: string,
  passphrase: string,
  publicKey: string,
): Promise<Uint8Array> {
  const opened = await openKeyFile(file, passphrase);
  if (opened.kind !== 'signing')
    throw new Error('This file holds an encryption key: choose the one that was downloaded just now.');
  const found = toHex(publicKeyOf(opened.seed));
  if (found === publicKey) return opened.seed;
  opened.seed.fill(0);
  throw new Error(
    `This file holds another key, ${shortenHash(found)}: choose the one that was downloaded just now, with ${shortenHash(publicKey)}.`,
  );
}

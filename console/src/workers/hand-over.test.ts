import { expect, test } from 'vitest';
import { ageRecipientOf, createDecryptionKey } from '../../../shared/client/encryption-keys.ts';
import { encodeHandOver, handOverSigningBytes, openSealedKey } from '../../../shared/client/key-import.ts';
import { fromBase64Url, fromHex, toHex } from '../../../shared/codec/hex.ts';
import { publicKeyOf, verifyNoble } from '../../../shared/crypto/ed25519.ts';
import type { NetworkId, PublicKey } from '../../../shared/types/brands.ts';
import { prepareHandOver, shownHandOver, signHandOver } from './hand-over.ts';
import { encodePem } from './key-file.ts';

const network = 'aa'.repeat(32) as NetworkId;
const successor = new Uint8Array(32).fill(7);
const admin = new Uint8Array(32).fill(8);
const key = toHex(publicKeyOf(successor)) as PublicKey;

test('what is shown of a hand-over is what the admin signs, and the key goes to that recipient', async () => {
  const { publicKey, secret } = await createDecryptionKey();
  const recipient = ageRecipientOf(publicKey);
  const said = { validator: 'alpha', kind: 'consensus', recipient } as const;
  const prepared = prepareHandOver({ ...said, network }, successor);
  const bytes = encodeHandOver({ ...said, key });
  expect(shownHandOver(prepared, successor)).toEqual({
    bytes: bytes.length,
    decoded: { ...said, key },
    hex: toHex(bytes),
    publicKey: key,
  });
  const { sealed, signature, ...sent } = await signHandOver(prepared, successor, admin);
  expect(sent).toEqual({ recipient });
  const signed = (by: Uint8Array, at: NetworkId) =>
    verifyNoble(publicKeyOf(by), handOverSigningBytes(at, fromHex(toHex(bytes))), fromBase64Url(signature));
  expect(signed(admin, network)).toBe(true);
  expect([signed(successor, network), signed(admin, 'bb'.repeat(32) as NetworkId)]).toEqual([false, false]);
  expect(await openSealedKey(fromBase64Url(sealed), secret)).toBe(encodePem(successor));
});

/**
 * A key for a node on its way there: what its admin signs is encoded here, shown from its own bytes, and signed as it
 * was shown. The key that is named is the one that is open, whatever the page was told.
 */
import { encodeHandOver, handOverSigningBytes, sealKey } from '../../../shared/client/key-import.ts';
import { decode } from '../../../shared/codec/dag-cbor.ts';
import { toBase64Url, toHex } from '../../../shared/codec/hex.ts';
import { publicKeyOf, signNoble } from '../../../shared/crypto/ed25519.ts';
import type { NetworkId, PublicKey } from '../../../shared/types/brands.ts';
import type { HandOverFields, ReviewedHandOver, SignedHandOver } from '../features/submit/key-protocol.ts';
import { encodePem } from './key-file.ts';
import { readableBody } from './readable.ts';

export interface PreparedHandOver {
  readonly bytes: Uint8Array;
  readonly network: NetworkId;
  readonly recipient: string;
}

/** @param successor the opened key: a secret */
export function prepareHandOver(
  { network, validator, kind, recipient }: HandOverFields,
  successor: Uint8Array,
): PreparedHandOver {
  const key = toHex(publicKeyOf(successor)) as PublicKey;
  return {
    bytes: encodeHandOver({ validator, kind, recipient, key }),
    network: network as NetworkId,
    recipient,
  };
}

export const shownHandOver = ({ bytes }: PreparedHandOver, successor: Uint8Array): ReviewedHandOver => ({
  bytes: bytes.length,
  decoded: readableBody(decode(bytes)),
  hex: toHex(bytes),
  publicKey: toHex(publicKeyOf(successor)),
});

/** Encrypted for the recipient that was shown. @param admin the opened key that signs: a secret, as the other one */
export async function signHandOver(
  { bytes, network, recipient }: PreparedHandOver,
  successor: Uint8Array,
  admin: Uint8Array,
): Promise<SignedHandOver> {
  const signature = signNoble(admin, handOverSigningBytes(network, bytes));
  const sealed = await sealKey(encodePem(successor), recipient);
  return { recipient, sealed: toBase64Url(sealed), signature: toBase64Url(signature) };
}

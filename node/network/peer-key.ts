/** Who is at the other end of a TLS connection: the Ed25519 key of its certificate, nothing else counts. */
import type { TLSSocket } from 'node:tls';
import { toHex } from '../../shared/codec/hex.ts';
import type { PublicKey } from '../../shared/types/brands.ts';

const keyBytes = 32;

/** @returns undefined without a certificate or with a key of another kind */
export function peerKeyOf(socket: TLSSocket): PublicKey | undefined {
  const key = socket.getPeerX509Certificate()?.publicKey;
  if (key?.asymmetricKeyType !== 'ed25519') return undefined;
  return toHex(key.export({ type: 'spki', format: 'der' }).subarray(-keyBytes)) as PublicKey;
}

/** Who is at each end of a TLS connection: the Ed25519 keys of the certificates, nothing else counts. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { WebSocket } from 'ws';
import { toHex } from '../../shared/codec/hex.ts';
import type { PublicKey } from '../../shared/types/brands.ts';

const keyBytes = 32;

/** The node keys that the two ends of a connection have proven to one another. */
export interface ConnectionKeys {
  readonly own: PublicKey;
  readonly peer: PublicKey;
}

/** Proven by TLS and upgraded; nothing was said yet. */
export interface Connection {
  readonly ws: WebSocket;
  readonly keys: ConnectionKeys;
}

/** PEM of a self-signed certificate of a node key, and of the key. */
export interface LinkCertificate {
  readonly keyPem: string;
  readonly certificatePem: string;
}

export interface OwnCertificate extends LinkCertificate {
  readonly nodeKey: PublicKey;
}

/** @throws TypeError for a certificate of another kind of key: no peer would take it */
export function ownCertificateOf({ keyPem, certificatePem }: LinkCertificate): OwnCertificate {
  const nodeKey = ed25519Of(new X509Certificate(certificatePem).publicKey);
  if (nodeKey === undefined) throw new TypeError('the certificate of a link must be of an Ed25519 key');
  return { keyPem, certificatePem, nodeKey };
}

/** @returns undefined without a certificate or with a key of another kind */
export const peerKeyOf = (socket: TLSSocket): PublicKey | undefined =>
  ed25519Of(socket.getPeerX509Certificate()?.publicKey);

/** What this end has proven on this connection, whatever certificate was taken up since. */
export const ownKeyOf = (socket: TLSSocket): PublicKey | undefined =>
  ed25519Of(socket.getX509Certificate()?.publicKey);

function ed25519Of(key: KeyObject | undefined): PublicKey | undefined {
  if (key?.asymmetricKeyType !== 'ed25519') return undefined;
  return toHex(key.export({ type: 'spki', format: 'der' }).subarray(-keyBytes)) as PublicKey;
}

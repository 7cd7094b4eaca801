/**
 * A self-signed Ed25519 certificate for a node key. Peers compare its public key with the ledger's address book
 * and nothing else, so that its dates and names carry no meaning (design, section 8).
 */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { cryptoProvider, X509CertificateGenerator } from '@peculiar/x509';
import { encodePrivateKeyDer, encodePrivateKeyPem } from './key-files.ts';
import { keyPairOf } from './sodium.ts';

export interface NodeCertificate {
  /** PKCS#8 PEM: a secret. */
  readonly keyPem: string;
  readonly certificatePem: string;
}

/** SubjectPublicKeyInfo DER of an Ed25519 key is this constant and the key (RFC 8410, section 4). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const algorithm = { name: 'Ed25519' };

/**
 * @param seed seed of the node key, 32 bytes
 * @param commonName the validator's id, for people who look at it
 */
export async function createNodeCertificate(seed: Uint8Array, commonName: string): Promise<NodeCertificate> {
  cryptoProvider.set(webcrypto);
  const { subtle } = webcrypto;
  const spki = Buffer.concat([spkiPrefix, keyPairOf(seed).publicKey]);
  const keys = {
    privateKey: await subtle.importKey('pkcs8', encodePrivateKeyDer(seed), algorithm, false, ['sign']),
    publicKey: await subtle.importKey('spki', spki, algorithm, true, ['verify']),
  };
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${commonName}`,
    notBefore: new Date(0),
    notAfter: new Date(Date.UTC(9999, 11, 31)),
    signingAlgorithm: algorithm,
    keys,
  });
  return { keyPem: encodePrivateKeyPem(seed), certificatePem: certificate.toString('pem') };
}

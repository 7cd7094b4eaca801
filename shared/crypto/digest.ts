/** Digests and signed bytes with named domains: what means one thing never verifies as another. */
import { concatBytes, fromHex, toHex } from '../codec/hex.ts';
import { toUtf8 } from '../codec/utf8.ts';
import type { Digest, NetworkId } from '../types/brands.ts';
import { sha256Parts } from './sha256-parts.ts';

const prefixes = new Map<string, Uint8Array>();

/** "concordat/" + domain + "/v1" + 0x00. Domains are constants of the code, so the cache is bounded. */
export const domainPrefix = (domain: string): Uint8Array => {
  const known = prefixes.get(domain);
  if (known !== undefined) return known;
  const prefix = toUtf8(`concordat/${domain}/v1\0`);
  prefixes.set(domain, prefix);
  return prefix;
};

/** SHA-256 of the domain's prefix and `bytes`; 32 bytes. */
export const digestBytes = (domain: string, bytes: Uint8Array): Uint8Array =>
  sha256Parts(domainPrefix(domain), bytes);

export const digestOf = (domain: string, bytes: Uint8Array): Digest =>
  toHex(digestBytes(domain, bytes)) as Digest;

/** What a signature covers: the domain's prefix, the network id's 32 bytes (none before genesis), the content. */
export const signingBytes = (domain: string, network: NetworkId | '', content: Uint8Array): Uint8Array =>
  concatBytes(domainPrefix(domain), fromHex(network), content);

/** Digests and signed bytes with named domains: what means one thing never verifies as another. */
import { concatBytes, fromHex } from '../codec/hex.ts';
import { toUtf8 } from '../codec/utf8.ts';
import type { Digest, NetworkId } from '../types/brands.ts';
import { sha256Parts, sha256PartsHex } from './sha256-parts.ts';

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
  sha256PartsHex(domainPrefix(domain), bytes) as Digest;

/** What a signature covers: the domain's prefix, the network id's 32 bytes (none before genesis), the content. */
export const signingBytes = (domain: string, network: NetworkId | '', content: Uint8Array): Uint8Array =>
  concatBytes(domainPrefix(domain), bytesOfNetwork(network), content);

/** A process has one network: its bytes are made once. */
let lastNetwork: { readonly id: NetworkId | ''; readonly bytes: Uint8Array } = {
  id: '',
  bytes: new Uint8Array(0),
};
const bytesOfNetwork = (id: NetworkId | ''): Uint8Array => {
  if (lastNetwork.id !== id) lastNetwork = { id, bytes: fromHex(id) };
  return lastNetwork.bytes;
};

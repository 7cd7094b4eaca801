/** The first frame in each direction: who speaks, on which network, in which version. */
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import type { NetworkId, ValidatorId } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import type { RefusalCode } from './refusals.ts';

/** Raised when frames change their meaning; both ends must speak the same. */
export const linkProtocolVersion = 1;
const helloBytesMax = 1024;
const softwareLengthMax = 64;
const helloKeys = 5;

export interface Hello {
  readonly version: number;
  readonly network: NetworkId;
  readonly validator: ValidatorId;
  /** Random per process, 32 hex digits: tells a restarted peer from a second connection of the same one. */
  readonly session: string;
  readonly software: string;
}

export function encodeHello(hello: Hello): Uint8Array {
  const { network, session, ...rest } = hello;
  return encode({ ...rest, network: fromHex(network), session: fromHex(session) });
}

/** @returns undefined for anything that is not a hello: strangers may send what they like */
export function decodeHello(bytes: Uint8Array): Hello | undefined {
  try {
    return helloOf(decode(bytes, { bytesMax: helloBytesMax }));
  } catch {
    return undefined;
  }
}

function helloOf(value: CborValue): Hello | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    return undefined;
  const { version, network, validator, session, software } = value as { readonly [key: string]: CborValue };
  if (typeof version !== 'number' || typeof validator !== 'string' || typeof software !== 'string')
    return undefined;
  // Another version may say more; refusing it by its number tells its operator what to do.
  const isOurs = version === linkProtocolVersion;
  if (isOurs && (Object.keys(value).length > helloKeys || software.length > softwareLengthMax))
    return undefined;
  if (!(network instanceof Uint8Array) || network.length !== 32) return undefined;
  if (!(session instanceof Uint8Array) || session.length !== 16) return undefined;
  return {
    version,
    network: toHex(network) as NetworkId,
    validator: validator as ValidatorId,
    session: toHex(session),
    software: software.slice(0, softwareLengthMax),
  };
}

/** @param expected the validator whose node key the TLS connection proved */
export function refusalOf(
  hello: Hello | undefined,
  own: Hello,
  expected: ValidatorId,
): RefusalCode | undefined {
  if (hello === undefined) return 'link-refused-bad-hello';
  if (hello.version !== own.version) return 'link-refused-protocol-version';
  if (hello.network !== own.network) return 'link-refused-wrong-network';
  if (hello.validator !== expected) return 'link-refused-wrong-identity';
  return undefined;
}

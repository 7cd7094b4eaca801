/** The first frame in each direction: who speaks, on which network, in which versions. */
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import type { NetworkId, ValidatorId } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import type { RefusalCode } from './refusals.ts';
import { commonVersion, linkVersions, type VersionRange } from './versions.ts';

const helloBytesMax = 1024;
const softwareLengthMax = 64;
const helloKeys = 6;
/** A hello of version 1 named one version and no range. */
const firstVersionWithRange = 2;

export interface Hello {
  /** On the wire `version` is the highest, so that every version finds it in the same place. */
  readonly versions: VersionRange;
  readonly network: NetworkId;
  readonly validator: ValidatorId;
  /** Random per process, 32 hex digits: tells a restarted peer from a second connection of the same one. */
  readonly session: string;
  readonly software: string;
}

export function encodeHello({ versions, network, session, validator, software }: Hello): Uint8Array {
  return encode({
    version: versions.highest,
    lowest: versions.lowest,
    network: fromHex(network),
    session: fromHex(session),
    validator,
    software,
  });
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
  const { version, lowest, network, validator, session, software } = value as {
    readonly [key: string]: CborValue;
  };
  const versions = rangeOf(version, lowest);
  if (versions === undefined || typeof validator !== 'string' || typeof software !== 'string')
    return undefined;
  // A later version may say more; refusing it by its number tells its operator what to do.
  const isOurs = versions.highest <= linkVersions.highest;
  if (isOurs && (Object.keys(value).length > helloKeys || software.length > softwareLengthMax))
    return undefined;
  if (!(network instanceof Uint8Array) || network.length !== 32) return undefined;
  if (!(session instanceof Uint8Array) || session.length !== 16) return undefined;
  return {
    versions,
    network: toHex(network) as NetworkId,
    validator: validator as ValidatorId,
    session: toHex(session),
    software: software.slice(0, softwareLengthMax),
  };
}

function rangeOf(highest: CborValue | undefined, lowest: CborValue | undefined): VersionRange | undefined {
  if (!isVersion(highest)) return undefined;
  if (highest < firstVersionWithRange) return lowest === undefined ? { lowest: highest, highest } : undefined;
  return isVersion(lowest) && lowest <= highest ? { lowest, highest } : undefined;
}

const isVersion = (value: CborValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;

/** @param expected whose node key the TLS connection proved; undefined for a server under an unknown key */
export function refusalOf(
  hello: Hello | undefined,
  own: Hello,
  expected: ValidatorId | undefined,
): RefusalCode | undefined {
  if (hello === undefined) return 'link-refused-bad-hello';
  if (commonVersion(hello.versions, own.versions) === undefined) return 'link-refused-protocol-version';
  if (hello.network !== own.network) return 'link-refused-wrong-network';
  if (expected !== undefined && hello.validator !== expected) return 'link-refused-wrong-identity';
  return undefined;
}

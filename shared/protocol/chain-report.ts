/**
 * What somebody found who verified a chain of blocks, as it is signed and filed. It proves nothing about the
 * ledger, which anyone can verify anew; it says who looked, when, and at what.
 */

import { decode, encode } from '../codec/dag-cbor.ts';
import { fromHex } from '../codec/hex.ts';
import {
  type CborMap,
  readConstant,
  readCount,
  readHex,
  readList,
  readMap,
  readOneOf,
  readText,
} from '../codec/structure.ts';
import { signingBytes } from '../crypto/digest.ts';
import type { BlockHash, Digest, Epoch, Height, NetworkId } from '../types/brands.ts';
import type { CborValue } from '../types/ledger.ts';
import type { RecoveryBreak } from '../types/recovery.ts';
import { type CheckFailure, type CheckId, checkIds } from './checks.ts';

export interface ChainReport {
  readonly network: NetworkId;
  readonly result: 'verified' | 'failed' | 'stopped';
  /** The last block that holds; all below it do. */
  readonly height: Height;
  readonly block: BlockHash;
  readonly epoch: Epoch;
  /** Signatures of validators that were verified. */
  readonly seals: number;
  /** Origin of the gateway that served the blocks. */
  readonly gateway: string;
  /** Milliseconds since 1970, by the reader's clock. */
  readonly startedAt: number;
  readonly finishedAt: number;
  /** Places on the way that no quorum proves; absent if there is none. */
  readonly breaks?: readonly ChainReportBreak[];
  /** With result `failed` only. */
  readonly failure?: ChainReportFailure;
}

/** Blocks above `base` up to `height` were kept by the recovery with this digest, and sealed by no quorum. */
export type ChainReportBreak = Pick<RecoveryBreak, 'base' | 'height' | 'epoch' | 'digest'>;

export interface ChainReportFailure {
  readonly height: Height;
  readonly check: CheckId;
  readonly reason: CheckFailure | '';
  readonly expected: string;
  readonly actual: string;
}

const keys = [
  'version',
  'kind',
  'network',
  'result',
  'height',
  'block',
  'epoch',
  'seals',
  'gateway',
  'startedAt',
  'finishedAt',
];
const kind = 'chain-report';

export const encodeChainReport = ({ network, block, breaks, failure, ...rest }: ChainReport): Uint8Array =>
  encode({
    version: 1,
    kind,
    ...rest,
    network: fromHex(network),
    block: fromHex(block),
    ...(breaks === undefined ? {} : { breaks: breaks.map(cborOfBreak) }),
    ...(failure === undefined ? {} : { failure: { ...failure } }),
  });

const cborOfBreak = ({ base, height, epoch, digest }: ChainReportBreak): CborValue => ({
  base,
  height,
  epoch,
  digest: fromHex(digest),
});

/** @throws CodecError */
export function decodeChainReport(bytes: Uint8Array): ChainReport {
  const path = 'report';
  const map = readMap(decode(bytes), path, keys, ['breaks', 'failure']);
  readConstant(map, 'version', path, 1);
  readConstant(map, 'kind', path, kind);
  return {
    network: readHex<NetworkId>(map, 'network', path, 32),
    result: readOneOf(map, 'result', path, ['verified', 'failed', 'stopped']),
    height: readCount<Height>(map, 'height', path),
    block: readHex<BlockHash>(map, 'block', path, 32),
    epoch: readCount<Epoch>(map, 'epoch', path),
    seals: readCount(map, 'seals', path),
    gateway: readText(map, 'gateway', path),
    startedAt: readCount(map, 'startedAt', path),
    finishedAt: readCount(map, 'finishedAt', path),
    ...('breaks' in map ? { breaks: breaksFromCbor(map, path) } : {}),
    ...('failure' in map ? { failure: failureFromCbor(map.failure, `${path}.failure`) } : {}),
  };
}

/** More than any network survives. */
const breaksMax = 1_000;

const breaksFromCbor = (map: CborMap, path: string): readonly ChainReportBreak[] =>
  readList(map, 'breaks', path, breaksMax).map((value, at) => breakFromCbor(value, `${path}.breaks[${at}]`));

function breakFromCbor(value: CborValue, path: string): ChainReportBreak {
  const map = readMap(value, path, ['base', 'height', 'epoch', 'digest']);
  return {
    base: readCount<Height>(map, 'base', path),
    height: readCount<Height>(map, 'height', path),
    epoch: readCount<Epoch>(map, 'epoch', path),
    digest: readHex<Digest>(map, 'digest', path, 32),
  };
}

function failureFromCbor(value: CborValue | undefined, path: string): ChainReportFailure {
  const map: CborMap = readMap(value, path, ['height', 'check', 'reason', 'expected', 'actual']);
  return {
    height: readCount<Height>(map, 'height', path),
    check: readOneOf<CheckId>(map, 'check', path, checkIds),
    // Reasons may be added; an older reader shows those that it does not know as they are.
    reason: readText(map, 'reason', path) as CheckFailure | '',
    expected: readText(map, 'expected', path),
    actual: readText(map, 'actual', path),
  };
}

/** What the reader's key signs: the report's bytes as they are filed. */
export const chainReportSigningBytes = (network: NetworkId, report: Uint8Array): Uint8Array =>
  signingBytes('chain-report', network, report);

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
  readMap,
  readOneOf,
  readText,
} from '../codec/structure.ts';
import { signingBytes } from '../crypto/digest.ts';
import type { BlockHash, Epoch, Height, NetworkId } from '../types/brands.ts';
import type { CborValue } from '../types/ledger.ts';
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
  /** With result `failed` only. */
  readonly failure?: ChainReportFailure;
}

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

export const encodeChainReport = ({ network, block, failure, ...rest }: ChainReport): Uint8Array =>
  encode({
    version: 1,
    kind,
    ...rest,
    network: fromHex(network),
    block: fromHex(block),
    ...(failure === undefined ? {} : { failure: { ...failure } }),
  });

/** @throws CodecError */
export function decodeChainReport(bytes: Uint8Array): ChainReport {
  const path = 'report';
  const map = readMap(decode(bytes), path, keys, ['failure']);
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
    ...('failure' in map ? { failure: failureFromCbor(map.failure, `${path}.failure`) } : {}),
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

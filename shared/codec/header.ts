/** Headers of blocks; the hash of a block is that of its header. */
import { digestOf } from '../crypto/digest.ts';
import type {
  BatchDigest,
  BlockHash,
  Digest,
  Epoch,
  Height,
  NetworkId,
  ValidatorId,
} from '../types/brands.ts';
import type { Header } from '../types/ledger.ts';
import { decode, encode } from './dag-cbor.ts';
import { fromHex } from './hex.ts';
import { proposerPattern } from './ids.ts';
import { itemsMax } from './limits.ts';
import { type CborMap, readConstant, readCount, readHex, readMap, readPattern } from './structure.ts';

export const encodeHeader = (header: Header): Uint8Array =>
  encode({
    version: header.version,
    network: fromHex(header.network),
    epoch: header.epoch,
    nextEpoch: header.nextEpoch,
    height: header.height,
    parent: fromHex(header.parent),
    time: header.time,
    proposer: header.proposer,
    batch: fromHex(header.batch),
    transactions: fromHex(header.transactions),
    outcomes: fromHex(header.outcomes),
    state: fromHex(header.state),
    history: fromHex(header.history),
    validators: fromHex(header.validators),
    nextValidators: fromHex(header.nextValidators),
  });

const headerKeys = [
  'version',
  'network',
  'epoch',
  'nextEpoch',
  'height',
  'parent',
  'time',
  'proposer',
  'batch',
  'transactions',
  'outcomes',
  'state',
  'history',
  'validators',
  'nextValidators',
];
export const decodeHeader = (bytes: Uint8Array): Header => {
  const path = 'header';
  const map = readMap(decode(bytes, { itemsMax: itemsMax.header }), path, headerKeys);
  return {
    version: readConstant(map, 'version', path, 1),
    network: readNetwork(map, path),
    epoch: readCount<Epoch>(map, 'epoch', path),
    nextEpoch: readCount<Epoch>(map, 'nextEpoch', path),
    height: readCount<Height>(map, 'height', path),
    parent: readHex<BlockHash>(map, 'parent', path, 32),
    time: readCount(map, 'time', path),
    proposer: readPattern<ValidatorId | ''>(map, 'proposer', path, proposerPattern),
    batch: readHex<BatchDigest>(map, 'batch', path, 32),
    transactions: readHex<Digest>(map, 'transactions', path, 32),
    outcomes: readHex<Digest>(map, 'outcomes', path, 32),
    state: readHex<Digest>(map, 'state', path, 32),
    history: readHex<Digest>(map, 'history', path, 32),
    validators: readHex<Digest>(map, 'validators', path, 32),
    nextValidators: readHex<Digest>(map, 'nextValidators', path, 32),
  };
};

/** Genesis, and only genesis, has an empty network field. */
const readNetwork = (map: CborMap, path: string): NetworkId | '' =>
  map.height === 0 ? readHex<''>(map, 'network', path, 0) : readHex<NetworkId>(map, 'network', path, 32);

/** The block's hash, given the header's encoding. */
export const headerHash = (bytes: Uint8Array): BlockHash => digestOf('header', bytes) as BlockHash;

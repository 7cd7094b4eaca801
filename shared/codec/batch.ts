/** Batches: what PBFT orders. */
import { digestOf } from '../crypto/digest.ts';
import type { BatchDigest, TransactionId, ValidatorId } from '../types/brands.ts';
import type { Batch, CborValue } from '../types/ledger.ts';
import { decode, encode } from './dag-cbor.ts';
import { fromHex, toHex } from './hex.ts';
import { proposerPattern } from './ids.ts';
import { transactionsPerBlockMax } from './limits.ts';
import { bytesOf, type CborMap, readCount, readList, readMap, readPattern } from './structure.ts';

export const nullBatch: Batch = { time: 0, proposer: '', ids: [] };

export const batchToCbor = (batch: Batch): CborMap => ({
  time: batch.time,
  proposer: batch.proposer,
  ids: batch.ids.map(fromHex),
});
export const batchFromCbor = (value: CborValue | undefined, path: string, idsMax: number): Batch => {
  const map = readMap(value, path, ['time', 'proposer', 'ids']);
  return {
    time: readCount(map, 'time', path),
    proposer: readPattern<ValidatorId | ''>(map, 'proposer', path, proposerPattern),
    ids: readList(map, 'ids', path, idsMax).map(
      (id, i) => toHex(bytesOf(id, `${path}.ids[${i}]`, 32)) as TransactionId,
    ),
  };
};

/** A batch never changes: its encoding and digest are made once, for all who check, store, execute and serve it. */
const encodings = new WeakMap<Batch, Uint8Array>();
const digests = new WeakMap<Batch, BatchDigest>();

/** Not to be changed. */
export const encodeBatch = (batch: Batch): Uint8Array => {
  const known = encodings.get(batch);
  if (known !== undefined) return known;
  const bytes = encode(batchToCbor(batch));
  encodings.set(batch, bytes);
  return bytes;
};
export const decodeBatch = (bytes: Uint8Array, idsMax: number = transactionsPerBlockMax): Batch =>
  batchFromCbor(decode(bytes, { itemsMax: 64 + 2 * idsMax }), 'batch', idsMax);
export const batchDigest = (batch: Batch): BatchDigest => {
  const known = digests.get(batch);
  if (known !== undefined) return known;
  const digest = digestOf('batch', encodeBatch(batch)) as BatchDigest;
  digests.set(batch, digest);
  return digest;
};

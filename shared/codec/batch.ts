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

export const encodeBatch = (batch: Batch): Uint8Array => encode(batchToCbor(batch));
export const decodeBatch = (bytes: Uint8Array, idsMax: number = transactionsPerBlockMax): Batch =>
  batchFromCbor(decode(bytes, { itemsMax: 64 + 2 * idsMax }), 'batch', idsMax);
export const batchDigest = (batch: Batch): BatchDigest =>
  digestOf('batch', encodeBatch(batch)) as BatchDigest;

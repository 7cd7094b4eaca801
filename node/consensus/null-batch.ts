/** The constant `{0, none, []}` that fills gaps in a new view (rule V3; OSDI'99 §4.4, the null request). */
import { batchDigest, nullBatch } from '../../shared/codec/ledger.ts';
import type { BatchDigest } from '../../shared/types/brands.ts';

export { nullBatch };
export const nullBatchDigest: BatchDigest = batchDigest(nullBatch);

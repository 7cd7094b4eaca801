/** Answers to what peers ask for: bodies by id, batches by digest, certified blocks by height. */
import {
  type BatchDigest,
  type Height,
  nextHeight,
  type TransactionId,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { Batches } from './batches.ts';
import type { RuntimeContext } from './context.ts';
import type { StoredBlock } from './ports.ts';

export interface Serving {
  bodies(peer: ValidatorId, ids: readonly TransactionId[]): void;
  batch(peer: ValidatorId, digest: BatchDigest): void;
  blocks(peer: ValidatorId, from: Height): void;
}

interface Pool {
  get(id: TransactionId): Transaction | undefined;
}

export function createServing(context: RuntimeContext, pool: Pool, batches: Batches): Serving {
  /** As many as one frame holds; the asker asks again for the rest. */
  function bodies(peer: ValidatorId, ids: readonly TransactionId[]): void {
    const envelopes: Uint8Array[] = [];
    let bytes = 0;
    for (const id of ids) {
      const found = batches.body(id) ?? pool.get(id);
      if (found === undefined) continue;
      bytes += found.envelope.length;
      if (bytes > context.parameters.batchBytesMax) break;
      envelopes.push(found.envelope);
    }
    if (envelopes.length > 0) context.send(peer, { type: 'bodies', envelopes });
  }

  function batch(peer: ValidatorId, digest: BatchDigest): void {
    const found = batches.find(digest);
    if (found !== undefined) context.send(peer, { type: 'batch', batch: found });
  }

  function blocks(peer: ValidatorId, from: Height): void {
    const { blocksPerChunk, chunkBytesMax } = context.tuning;
    const chunk: StoredBlock[] = [];
    let bytes = 0;
    for (let height = from; height <= context.certifiedHeight(); height = nextHeight(height)) {
      const block = height > 0 ? context.ports.blocks.read(height) : undefined;
      if (block === undefined) break;
      bytes += block.envelopes.reduce((sum, envelope) => sum + envelope.length, block.header.length);
      if (chunk.length > 0 && (bytes > chunkBytesMax || chunk.length >= blocksPerChunk)) break;
      chunk.push(block);
    }
    context.send(peer, { type: 'blocks', from, blocks: chunk });
  }

  return { bodies, batch, blocks };
}

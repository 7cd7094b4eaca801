/** Answers to what peers ask for: bodies by id, batches by digest, certified blocks by height. */
import { frameBytesMax } from '../../shared/codec/limits.ts';
import {
  type BatchDigest,
  type Digest,
  type Height,
  heightOf,
  nextHeight,
  type TransactionId,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import type { Batches } from './batches.ts';
import { parametersOf, type RuntimeContext } from './context.ts';
import { readIntact } from './damage.ts';
import type { CertifiedHeader, DecidedBlock, StoredBlock } from './ports.ts';
import { headersPerAnswerMax, offersMax } from './wire-bounds.ts';

export interface Serving {
  bodies(peer: ValidatorId, ids: readonly TransactionId[]): void;
  batch(peer: ValidatorId, digest: BatchDigest): void;
  /** `count` from a height on, or as many as fit. */
  blocks(peer: ValidatorId, from: Height, count: number): void;
  /** One block with its outcomes and events. */
  decided(peer: ValidatorId, height: Height): void;
  headers(peer: ValidatorId, from: Height, count: number): void;
  snapshots(peer: ValidatorId): void;
  manifest(peer: ValidatorId, digest: Digest): void;
  part(peer: ValidatorId, digest: Digest, piece: number, part: number): void;
}

interface Pool {
  get(id: TransactionId): Transaction | undefined;
}

export function createServing(context: RuntimeContext, pool: Pool, batches: Batches): Serving {
  /** What was said about damage once is not said again. */
  const named = new Set<Height>();

  /** As many as one frame holds; the asker asks again for the rest. */
  function bodies(peer: ValidatorId, ids: readonly TransactionId[]): void {
    const envelopes: Uint8Array[] = [];
    let bytes = 0;
    for (const id of ids) {
      const envelope = batches.envelope(id) ?? pool.get(id)?.envelope;
      if (envelope === undefined) continue;
      bytes += envelope.length;
      if (bytes > parametersOf(context).batchBytesMax) break;
      envelopes.push(envelope);
    }
    if (envelopes.length > 0) context.send(peer, { type: 'bodies', envelopes });
  }

  function batch(peer: ValidatorId, digest: BatchDigest): void {
    const found = batches.find(digest);
    if (found !== undefined) context.send(peer, { type: 'batch', batch: found });
  }

  function blocks(peer: ValidatorId, from: Height, count: number): void {
    const { blocksPerChunk, chunkBytesMax } = context.tuning;
    const countMax = Math.min(count, blocksPerChunk);
    const chunk: StoredBlock[] = [];
    let bytes = 0;
    for (let height = from; height <= context.certifiedHeight(); height = nextHeight(height)) {
      const block = height > 0 ? blockAt(height) : undefined;
      if (block === undefined) break;
      bytes += block.envelopes.reduce((sum, envelope) => sum + envelope.length, block.header.length);
      if (chunk.length > 0 && (bytes > chunkBytesMax || chunk.length >= countMax)) break;
      chunk.push(block);
    }
    const lacks = chunk.length === 0 && from > 0 && from <= context.certifiedHeight();
    const first = Math.max(from + 1, context.ports.blocks.bodiesFrom?.() ?? 1);
    const bodiesFrom = lacks ? { bodiesFrom: heightOf(first) } : {};
    context.send(peer, { type: 'blocks', from, blocks: chunk, ...bodiesFrom });
  }

  function decided(peer: ValidatorId, height: Height): void {
    const { repair } = context.ports;
    const isHere = height > 0 && height <= context.certifiedHeight();
    const block = isHere ? intact(height, () => repair?.decided(height)) : undefined;
    const isSendable = block !== undefined && bytesOf(block) <= decidedBytesMax(parametersOf(context));
    context.send(peer, { type: 'decided', height, ...(isSendable ? { block } : {}) });
  }

  function headers(peer: ValidatorId, from: Height, count: number): void {
    const top = Math.min(from + Math.min(count, headersPerAnswerMax) - 1, context.certifiedHeight());
    const found: CertifiedHeader[] = [];
    for (let height = from; height <= top; height = nextHeight(height)) {
      const header = intact(height, () => context.ports.blocks.header?.(height));
      if (header === undefined) break;
      found.push(header);
    }
    context.send(peer, { type: 'headers', from, headers: found });
  }

  function snapshots(peer: ValidatorId): void {
    context.send(peer, {
      type: 'snapshots',
      offers: (context.ports.snapshots?.offers() ?? []).slice(0, offersMax),
    });
  }

  function manifest(peer: ValidatorId, digest: Digest): void {
    const found = context.ports.snapshots?.manifest(digest);
    const { bytes = new Uint8Array(0), certificate } = found ?? {};
    const shown = certificate === undefined ? {} : { certificate };
    context.send(peer, { type: 'manifest', manifest: digest, bytes, ...shown });
  }

  function part(peer: ValidatorId, digest: Digest, piece: number, number: number): void {
    const bytes = context.ports.snapshots?.part(digest, piece, number) ?? new Uint8Array(0);
    context.send(peer, { type: 'part', manifest: digest, piece, part: number, bytes });
  }

  const blockAt = (height: Height): StoredBlock | undefined =>
    intact(height, () => context.ports.blocks.read(height));

  /** Damage is named once and never served; the peer asks somebody else. */
  function intact<Row>(height: Height, read: () => Row): Row | undefined {
    return readIntact(read, ({ facts }) => {
      // Whoever repairs it has said so.
      if (context.ports.repair === undefined && !named.has(height))
        context.ports.log.write('error', 'data-damaged', { ...facts, height, action: 'not served' });
      named.add(height);
    });
  }

  return { bodies, batch, blocks, decided, headers, snapshots, manifest, part };
}

/** A frame holds it with its wrapping. */
const decidedBytesMax = (parameters: NetworkParameters): number => frameBytesMax(parameters) - 1024 * 1024;

const bytesOf = ({ envelopes, ran }: DecidedBlock): number =>
  envelopes.reduce((sum, { length }) => sum + length, 0) +
  ran.reduce((sum, { outcome, events }) => sum + outcome.length + events.length, 0);

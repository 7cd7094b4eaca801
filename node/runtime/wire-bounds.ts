/**
 * What lists in link messages may hold: no more than honest code sends, and nothing smaller than the smallest of its
 * kind. Senders pack by the same numbers. A later build may send less; who wants to send more raises the bound first,
 * in a release of its own.
 */
import { evidenceKinds } from '../../shared/codec/conflict.ts';
import { evidenceBytesMin } from '../../shared/codec/evidence.ts';
import { envelopeBytesMin } from '../../shared/codec/ledger.ts';
import { messageBytesMin } from '../../shared/codec/messages.ts';
import { payloadBytesMax } from '../../shared/codec/payload.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import { ownNewestMax } from '../consensus/step.ts';

/** Bytes of all items of a list, unless there is only one: that is as large as it must be. */
export const messageFrameBytes = 512 * 1024;
export const spreadFrameBytes = 256 * 1024;
export const payloadAnswerBytes = 2 * payloadBytesMax;

/** Payloads asked for at once at most. */
export const payloadsAskedMax = 64;
/** Snapshots that one node offers at most. */
export const offersMax = 8;
/** Blocks and headers in one answer at most. */
export const blocksPerAnswerMax = 64;
export const headersPerAnswerMax = 256;
/** Pieces of evidence in one message: whatever a peer's set, it takes so many. */
export const evidencePerFrame = evidenceKinds.length;

export interface ListBounds {
  readonly countMax?: number;
  /** Of each item. */
  readonly itemBytesMin?: number;
  /** Of all items, unless there is one alone. */
  readonly bytesMax?: number;
}

type Bounds = (parameters: NetworkParameters) => ListBounds;

/** Byte strings that are no ids. @param parameters the largest that the sender's epoch may have */
export const listBounds = {
  consensus: () => ({ itemBytesMin: messageBytesMin, bytesMax: messageFrameBytes }),
  newest: ({ window }) => ({ itemBytesMin: messageBytesMin, countMax: ownNewestMax(window) }),
  transactions: () => ({ itemBytesMin: envelopeBytesMin, bytesMax: spreadFrameBytes }),
  bodies: ({ batchBytesMax }) => ({ itemBytesMin: envelopeBytesMin, bytesMax: batchBytesMax }),
  payloads: () => ({ countMax: payloadsAskedMax, bytesMax: payloadAnswerBytes }),
  evidence: () => ({ itemBytesMin: evidenceBytesMin, countMax: evidencePerFrame }),
} satisfies { readonly [type: string]: Bounds };

/** Of a block; a frame holds no more. */
export const blockEnvelopes: ListBounds = { itemBytesMin: envelopeBytesMin };

/** Ids in one message: a hand-over is the sender's own, the others name a batch or what all its peers handed over. */
export const handOverIdsMax = ({ waitingPerPeer }: NetworkParameters): number => waitingPerPeer;
export const idsMax = ({ batchLimit, waitingPerPeer }: NetworkParameters): number =>
  Math.max(batchLimit, waitingPerPeer * 64);

/** Items of what is small and has many fields, such as offers of snapshots. */
const itemsFree = 256;
/** Of everything else an item is an id or more, one with another: empty ones would take a hundred times their bytes. */
const itemBytesMin = 32;

/** Items of a frame, its lists and maps together: looked at before any of them is read. */
export const frameItemsMax = (frameBytes: number): number =>
  itemsFree + Math.floor(frameBytes / itemBytesMin);

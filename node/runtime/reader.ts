/**
 * How bytes from links are taken apart. A port, because a simulator hands one frame to many nodes: it need not take
 * it apart for each of them.
 */
import { decodeEnvelope, transactionId } from '../../shared/codec/ledger.ts';
import { decodeMessage, type MessageLimits } from '../../shared/codec/messages.ts';
import type { TransactionId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { ConsensusMessage } from '../../shared/types/messages.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import { decodeLinkMessage, type LinkMessage } from './wire.ts';

/** Answers and CodecErrors are those of the codec. Nobody changes an answer, or the bytes that it was made from. */
export interface Reader {
  frame(bytes: Uint8Array, parameters: NetworkParameters): LinkMessage;
  message(bytes: Uint8Array, limits: MessageLimits): ConsensusMessage;
  idOf(envelope: Uint8Array): TransactionId;
  /** @param id made from these very bytes */
  transaction(envelope: Uint8Array, bytesMax: number, id: TransactionId): Transaction;
}

/** Each time anew. */
export const plainReader: Reader = {
  frame: decodeLinkMessage,
  message: decodeMessage,
  idOf: transactionId,
  transaction: (envelope, bytesMax, id) => decodeEnvelope(envelope, { bytesMax }, id),
};

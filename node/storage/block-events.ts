/** Events of a block that belong to no transaction, as they are stored beside it: no bytes at all if there are none. */
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { decodeEvents, encodeEvents } from '../../shared/codec/ledger.ts';
import { readBytes, readMap } from '../../shared/codec/structure.ts';
import type { ExecutedBlock } from '../ledger/types.ts';

export type BlockEvents = Pick<ExecutedBlock, 'opening' | 'closing'>;

export const noBlockEvents: BlockEvents = { opening: [], closing: [] };

export function encodeBlockEvents({ opening, closing }: BlockEvents): Uint8Array {
  if (opening.length === 0 && closing.length === 0) return new Uint8Array(0);
  return encode({ opening: encodeEvents(opening), closing: encodeEvents(closing) });
}

/** @throws CodecError */
export function decodeBlockEvents(bytes: Uint8Array): BlockEvents {
  if (bytes.length === 0) return noBlockEvents;
  const path = 'blockEvents';
  const map = readMap(decode(bytes), path, ['opening', 'closing']);
  return {
    opening: decodeEvents(readBytes(map, 'opening', path)),
    closing: decodeEvents(readBytes(map, 'closing', path)),
  };
}

/**
 * Signed messages, and envelopes, packed into frames, so that one slow link does not hold a megabyte in one piece. In
 * the given order; no frame is empty, and one is closed before the item that would lift it above its bound.
 */
import { encodeMessage } from '../../shared/codec/messages.ts';
import type { ConsensusMessage } from '../../shared/types/messages.ts';
import { messageFrameBytes, spreadFrameBytes } from './wire-bounds.ts';

export const messageFrames = (messages: readonly ConsensusMessage[]): Uint8Array[][] =>
  packed(messages.map(encodeMessage), messageFrameBytes);

export const envelopeFrames = (envelopes: readonly Uint8Array[]): Uint8Array[][] =>
  packed(envelopes, spreadFrameBytes);

function packed(items: readonly Uint8Array[], bytesMax: number): Uint8Array[][] {
  const frames: Uint8Array[][] = [];
  let room = 0;
  for (const item of items) {
    if (frames.length === 0 || item.length > room) {
      frames.push([]);
      room = bytesMax;
    }
    frames.at(-1)!.push(item);
    room -= item.length;
  }
  return frames;
}

/** Signed messages packed into frames, so that one slow link does not hold a megabyte of votes in one piece. */
import { encodeMessage } from '../../shared/codec/messages.ts';
import type { ConsensusMessage } from '../../shared/types/messages.ts';

/** A frame is closed before the message that would lift it above this. */
const frameBytes = 512 * 1024;

/** In the given order; no frame is empty. */
export function messageFrames(messages: readonly ConsensusMessage[]): Uint8Array[][] {
  const frames: Uint8Array[][] = [];
  let room = 0;
  for (const message of messages) {
    const bytes = encodeMessage(message);
    if (frames.length === 0 || bytes.length > room) {
      frames.push([]);
      room = frameBytes;
    }
    frames.at(-1)!.push(bytes);
    room -= bytes.length;
  }
  return frames;
}

/** Small things that every user of a WebSocket here needs. */
import type { WebSocket } from 'ws';

const closePatienceMs = 500;

/**
 * Of every WebSocket between nodes. Frames come whole and uncompressed: our side never sends others. Nobody is
 * answered at the level of WebSocket, since answers to one who does not read would pile up.
 */
export const socketOptions = { perMessageDeflate: false, maxFragments: 16, autoPong: false } as const;

/** The same bytes without the Buffer class, whose methods differ from Uint8Array's. */
export const bytesOf = (data: Buffer): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Says goodbye, and does not wait long for the answer of a peer that may be stuck. */
export function closeOrTerminate(
  ws: WebSocket,
  code: number,
  reason: string,
  patienceMs = closePatienceMs,
): void {
  ws.close(code, reason);
  const timer = setTimeout(() => ws.terminate(), patienceMs);
  ws.once('close', () => clearTimeout(timer));
}

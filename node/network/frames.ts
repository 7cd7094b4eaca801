/** One WebSocket message is one frame: a byte that names its kind, then its content. Integers are big-endian. */
export const frameKind = { hello: 1, ping: 2, pong: 3, payload: 4 } as const;

/** u32 number of the ping. */
const pingBytes = 1 + 4;
/** u32 number of the ping, f64 receiver's clock at arrival, f64 at sending, milliseconds since 1970. */
const pongBytes = 1 + 4 + 8 + 8;

export interface Pong {
  readonly number: number;
  readonly arrivedAt: number;
  readonly sentAt: number;
}

export function encodeFrame(kind: number, content: Uint8Array): Uint8Array {
  const frame = new Uint8Array(content.length + 1);
  frame[0] = kind;
  frame.set(content, 1);
  return frame;
}

export function encodePing(number: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(pingBytes));
  view.setUint8(0, frameKind.ping);
  view.setUint32(1, number);
  return new Uint8Array(view.buffer);
}

/** Both decoders take a whole frame and answer undefined if its length is wrong, or a time is none. */
export function decodePing(frame: Uint8Array): number | undefined {
  return frame.length === pingBytes ? viewOf(frame).getUint32(1) : undefined;
}

export function encodePong(pong: Pong): Uint8Array {
  const view = new DataView(new ArrayBuffer(pongBytes));
  view.setUint8(0, frameKind.pong);
  view.setUint32(1, pong.number);
  view.setFloat64(5, pong.arrivedAt);
  view.setFloat64(13, pong.sentAt);
  return new Uint8Array(view.buffer);
}

export function decodePong(frame: Uint8Array): Pong | undefined {
  if (frame.length !== pongBytes) return undefined;
  const view = viewOf(frame);
  const [arrivedAt, sentAt] = [view.getFloat64(5), view.getFloat64(13)];
  return isTime(arrivedAt) && isTime(sentAt) ? { number: view.getUint32(1), arrivedAt, sentAt } : undefined;
}

/** What is measured goes out as JSON, which has neither NaN nor infinity. */
const isTime = (ms: number): boolean => Math.abs(ms) <= timeMaxMs;
/** The furthest that a Date reaches. */
const timeMaxMs = 8.64e15;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** The exchange of hellos on a fresh connection whose TLS key is already known to be `expected`'s. */
import type { WebSocket } from 'ws';
import type { ValidatorId } from '../../shared/types/brands.ts';
import { encodeFrame, frameKind } from './frames.ts';
import { decodeHello, encodeHello, type Hello, refusalOf } from './hello.ts';
import { closeCodeOf, parseRefusal, type RefusalCode } from './refusals.ts';
import { bytesOf, closeOrTerminate } from './sockets.ts';
import { rangeText } from './versions.ts';

export type GreetingFailure =
  | {
      readonly code: RefusalCode;
      readonly by: 'us' | 'peer';
      /** Versions that we speak, and that the peer does, if we have heard. */
      readonly ours?: string;
      readonly theirs?: string;
    }
  | { readonly code: 'link-lost'; readonly by: 'peer'; readonly reason: string };

export interface GreetingOptions {
  readonly own: Hello;
  /** Undefined for a server under an unknown key: then any name will do. */
  readonly expected: ValidatorId | undefined;
  /** The dialer speaks first; the listener answers once it has decided to keep the connection. */
  readonly dialing: boolean;
  readonly timeoutMs: number;
  readonly greeted: (hello: Hello) => void;
  readonly failed: (failure: GreetingFailure) => void;
}

export const sendHello = (ws: WebSocket, own: Hello): void =>
  ws.send(encodeFrame(frameKind.hello, encodeHello(own)));

/** Calls `greeted` or `failed`, once. After `greeted` the socket belongs to the caller. */
export function greet(ws: WebSocket, options: GreetingOptions): void {
  const timer = setTimeout(() => refuse('link-refused-no-hello', undefined), options.timeoutMs);
  const finish = () => {
    clearTimeout(timer);
    ws.off('message', onMessage);
    ws.off('close', onClose);
  };
  function refuse(code: RefusalCode, hello: Hello | undefined): void {
    finish();
    closeOrTerminate(ws, closeCodeOf(code), code);
    options.failed({ code, by: 'us', ...versionFacts(code, options.own, hello) });
  }
  function onMessage(data: Buffer): void {
    const frame = bytesOf(data);
    const hello = frame[0] === frameKind.hello ? decodeHello(frame.subarray(1)) : undefined;
    const refusal = refusalOf(hello, options.own, options.expected);
    if (refusal !== undefined || hello === undefined) {
      refuse(refusal ?? 'link-refused-bad-hello', hello);
    } else {
      finish();
      options.greeted(hello);
    }
  }
  function onClose(code: number, reason: Buffer): void {
    finish();
    const refusal = parseRefusal(reason.toString());
    if (refusal === undefined)
      options.failed({ code: 'link-lost', by: 'peer', reason: `closed with ${code} before hello` });
    else options.failed({ code: refusal, by: 'peer', ...versionFacts(refusal, options.own, undefined) });
  }
  ws.on('message', onMessage);
  ws.on('close', onClose);
  if (options.dialing) sendHello(ws, options.own);
}

function versionFacts(
  code: RefusalCode,
  own: Hello,
  hello: Hello | undefined,
): { readonly ours?: string; readonly theirs?: string } {
  if (code !== 'link-refused-protocol-version') return {};
  const ours = rangeText(own.versions);
  return hello === undefined ? { ours } : { ours, theirs: rangeText(hello.versions) };
}

import * as z from 'zod/mini';
import {
  apiPrefix,
  type ServerMessage,
  type SubscribeMessage,
  serverMessageSchema,
} from '../../../shared/api.ts';
import { gatewayOrigin } from './gateway.ts';
import { tokenOf } from './session-tokens.ts';

export interface SubscriptionHandlers {
  readonly onMessage: (message: ServerMessage) => void;
  readonly onState: (state: 'connecting' | 'open' | 'closed') => void;
}

const firstDelayMs = 500;
const longestDelayMs = 8_000;
/** The server sends heartbeats; a socket silent for longer is dead even if TCP has not noticed. */
const silenceMs = 20_000;

/**
 * Follows a topic and, after every break, goes on from where the last message said, so that nothing is
 * missed or repeated. Returns the function that ends it.
 */
export function subscribe(first: SubscribeMessage, handlers: SubscriptionHandlers): () => void {
  let from = first.from;
  let delayMs = firstDelayMs;
  let ended = false;
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => socket?.close(), silenceMs);
  };
  const connect = () => {
    handlers.onState('connecting');
    socket = new WebSocket(addressOf());
    socket.onopen = () => {
      const token = tokenOf(gatewayOrigin());
      socket?.send(JSON.stringify({ ...first, from, ...(token === undefined ? {} : { token }) }));
      watch();
    };
    socket.onmessage = ({ data }) => {
      const message = readMessage(data);
      if (message === undefined || ended) return;
      watch();
      delayMs = firstDelayMs;
      if ('next' in message) from = message.next;
      if (message.type === 'subscribed') handlers.onState('open');
      handlers.onMessage(message);
    };
    socket.onclose = () => {
      clearTimeout(timer);
      if (ended) return;
      handlers.onState('closed');
      timer = setTimeout(connect, delayMs * (0.75 + Math.random() / 2));
      delayMs = Math.min(longestDelayMs, delayMs * 2);
    };
  };
  connect();
  return () => {
    ended = true;
    clearTimeout(timer);
    socket?.close();
  };
}

function addressOf(): string {
  const url = new URL(`${apiPrefix}/subscribe`, gatewayOrigin());
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

function readMessage(data: unknown): ServerMessage | undefined {
  try {
    const parsed = z.safeParse(serverMessageSchema, JSON.parse(String(data)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The typed client with Node's fetch and the `ws` package behind it. */
import { WebSocket } from 'ws';
import { type Client, createClient } from '../../shared/client/client.ts';
import { gatewaysOf } from './options.ts';

/** Longer than a gateway waits for a certificate. */
const answerWithinMs = 45_000;

export function connect(options: { readonly gateway?: readonly string[] }, rounds = 6): Client {
  return createClient({
    gateways: gatewaysOf(options),
    rounds,
    fetch: (url, request) => fetch(url, { ...request, signal: AbortSignal.timeout(answerWithinMs) }),
    connect: (url) => new WebSocket(url),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
}

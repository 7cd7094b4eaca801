/** The typed client with Node's fetch and the `ws` package behind it. */
import { WebSocket } from 'ws';
import { type Client, createClient } from '../../shared/client/client.ts';
import { gatewaysOf } from './options.ts';

/** Longer than a gateway waits for a certificate. */
const answerWithinMs = 45_000;

export function connect(
  options: { readonly gateway?: readonly string[] },
  rounds = 6,
  patienceMs = answerWithinMs,
): Client {
  return createClient({
    gateways: gatewaysOf(options),
    rounds,
    fetch: (url, request) => fetchInTime(url, request, patienceMs),
    connect: (url) => new WebSocket(url),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
}

/**
 * The timer of AbortSignal.timeout does not keep the process alive: with a server that hangs up without an answer
 * the process would end in the middle, in silence.
 */
async function fetchInTime(url: string, request: RequestInit, patienceMs: number): Promise<Response> {
  const giveUp = new AbortController();
  const timer = setTimeout(
    () => giveUp.abort(new Error(`no answer within ${patienceMs / 1_000} s`)),
    patienceMs,
  );
  try {
    const response = await fetch(url, { ...request, signal: giveUp.signal });
    const body = await response.arrayBuffer();
    return new Response(body, { status: response.status, headers: response.headers });
  } finally {
    clearTimeout(timer);
  }
}

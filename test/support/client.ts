/** The typed client as a program has it, from an address of its own on this machine. */
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { exampleSigner } from '../../scripts/lib/signed-in.ts';
import { type Client, createClient } from '../../shared/client/client.ts';
import type { ClientPorts, ClientResponse } from '../../shared/client/ports.ts';

export interface ClientPlace {
  readonly data: string;
  readonly identity: string;
  readonly gateways: readonly string[];
  /** Of 127.0.0.0/8; any if absent. */
  readonly localAddress?: string;
  /** Told of each request that was not answered, or with 429 or 5xx. */
  readonly onFailure?: (what: string) => void;
}

const patienceMs = 45_000;

export function clientAt({ data, identity, gateways, localAddress, onFailure }: ClientPlace): Client {
  const from = localAddress === undefined ? {} : { localAddress };
  const agent = new Agent({ keepAlive: true, ...from });
  return createClient({
    gateways,
    fetch: async (url, request) => {
      try {
        const response = await ask(agent, url, request);
        const { status } = response;
        if (status === 429 || status >= 500) onFailure?.(`${status} ${await response.text()}`);
        return response;
      } catch (error) {
        onFailure?.(String(error));
        throw error;
      }
    },
    connect: (url) => new WebSocket(url, from),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    credentials: () => exampleSigner(data, identity),
  });
}

function ask(
  agent: Agent,
  url: string,
  { method, headers, body }: Parameters<ClientPorts['fetch']>[1],
): Promise<ClientResponse> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, agent, timeout: patienceMs, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve(answerOf(response, Buffer.concat(chunks))));
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${patienceMs} ms`)));
    sent.on('error', reject);
    if (body === undefined) sent.end();
    else sent.end(body);
  });
}

const answerOf = ({ statusCode = 0, headers }: IncomingMessage, body: Buffer): ClientResponse => ({
  status: statusCode,
  headers: { get: (name) => String(headers[name.toLowerCase()] ?? '') || null },
  text: async () => body.toString('utf8'),
  arrayBuffer: async () => new Uint8Array(body).buffer,
});

/** What the client is handed: it has no network, no clock and no keys of its own. */
import type { Sign } from './transaction-builder.ts';

export interface ClientRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}
export interface ClientResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}
/** Rejects when there is no answer, within a time of its own choice (longer than a wait for certificates). */
type ClientFetch = (url: string, request: ClientRequest) => Promise<ClientResponse>;

/** The part of a WebSocket that browsers and `ws` share. */
export interface ClientSocket {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void;
  send(text: string): void;
  close(): void;
}

/** Whose key opens sessions, where a gateway asks for one. */
export interface Credentials {
  readonly publicKey: string;
  readonly sign: Sign;
  /** Challenges of any other network are not signed. */
  readonly network?: string;
}

export interface ClientPorts {
  readonly fetch: ClientFetch;
  /** Opens a socket to a `ws(s)://` address. */
  readonly connect: (url: string) => ClientSocket;
  readonly sleep: (ms: number) => Promise<void>;
  /** Asked for when a gateway wants to know who asks; undefined: nobody is there to sign. */
  readonly credentials?: () => Promise<Credentials | undefined>;
}

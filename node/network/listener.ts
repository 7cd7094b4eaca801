/** Takes connections of peers: TLS 1.3, a certificate of a known node key, then the WebSocket upgrade. */
import { constants } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type WebSocket, WebSocketServer } from 'ws';
import type { PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import { peerKeyOf } from './peer-key.ts';
import { parseRefusal, type RefusalCode, refusalHeader } from './refusals.ts';
import { socketOptions } from './sockets.ts';
import { Strangers } from './strangers.ts';

export interface ListenerOptions {
  readonly keyPem: string;
  readonly certificatePem: string;
  readonly frameBytesMax: number;
  readonly handshakeTimeoutMs: number;
  readonly strangersMax: number;
  /** The validator that a node key belongs to. */
  readonly ownerOf: (nodeKey: PublicKey) => ValidatorId | undefined;
  readonly accepted: (ws: WebSocket, peer: ValidatorId) => void;
  readonly refused: (code: RefusalCode, from: RefusedCaller) => void;
}
interface RefusedCaller {
  /** Address and port of the caller. */
  readonly remote: string;
  readonly nodeKey: PublicKey | undefined;
  readonly by: 'us' | 'peer';
}

export interface Listener {
  listen(host: string, port: number): Promise<AddressInfo>;
  close(): Promise<void>;
}

export function createListener(options: ListenerOptions): Listener {
  const server = createServer({
    key: options.keyPem,
    cert: options.certificatePem,
    requestCert: true,
    // Certificates are self-signed: the key is compared at the upgrade, the chain means nothing.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
    // A resumed session would not prove the node key again.
    secureOptions: constants.SSL_OP_NO_TICKET,
    handshakeTimeout: options.handshakeTimeoutMs,
    headersTimeout: options.handshakeTimeoutMs,
    // Node looks for late headers this often; its default is half a minute.
    connectionsCheckingInterval: checkMs,
  });
  const strangers = new Strangers(options.strangersMax);
  server.on('connection', (socket: Socket) => strangers.add(socket));
  const upgrader = new WebSocketServer({
    noServer: true,
    ...socketOptions,
    maxPayload: options.frameBytesMax,
  });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const socket = stream as TLSSocket;
    socket.on('error', () => socket.destroy());
    const nodeKey = peerKeyOf(socket);
    const peer = nodeKey === undefined ? undefined : options.ownerOf(nodeKey);
    const refusal = refusalOfCaller(socket, peer);
    if (refusal !== undefined || peer === undefined) {
      refuseUpgrade(socket, refusal ?? 'link-refused-unknown-key');
      options.refused(refusal ?? 'link-refused-unknown-key', { remote: remoteOf(socket), nodeKey, by: 'us' });
      return;
    }
    upgrader.handleUpgrade(request, socket, head, (ws) => {
      strangers.known(socket);
      options.accepted(ws, peer);
    });
  });
  server.on('request', (request, response) => {
    const socket = request.socket as TLSSocket;
    const notice = parseRefusal(request.headers[refusalHeader]?.toString());
    if (notice !== undefined) {
      options.refused(notice, { remote: remoteOf(socket), nodeKey: peerKeyOf(socket), by: 'peer' });
    }
    response.writeHead(notice === undefined ? 426 : 204, { connection: 'close' }).end();
  });
  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve(server.address() as AddressInfo);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const checkMs = 1_000;

function refusalOfCaller(socket: TLSSocket, peer: ValidatorId | undefined): RefusalCode | undefined {
  if (peer === undefined) return 'link-refused-unknown-key';
  return socket.isSessionReused() ? 'link-refused-resumed-session' : undefined;
}

function refuseUpgrade(socket: TLSSocket, code: RefusalCode): void {
  const head = [
    'HTTP/1.1 403 Forbidden',
    `${refusalHeader}: ${code}`,
    'content-length: 0',
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n`);
}

const remoteOf = (socket: TLSSocket): string => `${socket.remoteAddress}:${socket.remotePort}`;

/** Takes connections of peers: TLS 1.3, a certificate of a known node key, then the WebSocket upgrade. */
import { constants } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { WebSocketServer } from 'ws';
import type { PublicKey } from '../../shared/types/brands.ts';
import { type Connection, type OwnCertificate, ownKeyOf, peerKeyOf } from './peer-key.ts';
import { parseRefusal, type RefusalCode, refusalHeader } from './refusals.ts';
import { socketOptions } from './sockets.ts';
import { Strangers } from './strangers.ts';

export interface ListenerOptions {
  readonly certificate: OwnCertificate;
  readonly frameBytesMax: number;
  readonly handshakeTimeoutMs: number;
  readonly strangersMax: number;
  /** Whether the address book knows this node key. */
  readonly admits: (nodeKey: PublicKey) => boolean;
  readonly accepted: (connection: Connection) => void;
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
  /** For every connection that begins from now on. */
  useCertificate(certificate: OwnCertificate): void;
  close(): Promise<void>;
}

export function createListener(options: ListenerOptions): Listener {
  const server = createServer({
    ...contextOf(options.certificate),
    requestCert: true,
    // Certificates are self-signed: the key is compared at the upgrade, the chain means nothing.
    rejectUnauthorized: false,
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
    const [own, peer] = [ownKeyOf(socket), peerKeyOf(socket)];
    const refusal = refusalOfCaller(socket, peer, options.admits);
    if (refusal !== undefined || own === undefined || peer === undefined) {
      const code = refusal ?? 'link-refused-unknown-key';
      refuseUpgrade(socket, code);
      options.refused(code, { remote: remoteOf(socket), nodeKey: peer, by: 'us' });
      return;
    }
    upgrader.handleUpgrade(request, socket, head, (ws) => {
      strangers.known(socket);
      options.accepted({ ws, keys: { own, peer } });
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
    useCertificate: (certificate) => server.setSecureContext(contextOf(certificate)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const checkMs = 1_000;

const contextOf = ({ keyPem, certificatePem }: OwnCertificate) =>
  ({
    key: keyPem,
    cert: certificatePem,
    minVersion: 'TLSv1.3',
    // A resumed session would not prove the node key again.
    secureOptions: constants.SSL_OP_NO_TICKET,
  }) as const;

function refusalOfCaller(
  socket: TLSSocket,
  nodeKey: PublicKey | undefined,
  admits: (nodeKey: PublicKey) => boolean,
): RefusalCode | undefined {
  if (nodeKey === undefined || !admits(nodeKey)) return 'link-refused-unknown-key';
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

/** Opens one connection to a peer's address and proves that the peer's node key answers there. */
import { connect, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { PeerAddress } from './options.ts';
import { peerKeyOf } from './peer-key.ts';
import { parseRefusal, type RefusalCode, refusalHeader } from './refusals.ts';
import { socketOptions } from './sockets.ts';

export type DialFailure =
  | { readonly code: RefusalCode; readonly by: 'us' | 'peer'; readonly nodeKey?: PublicKey | undefined }
  | { readonly code: 'link-unreachable'; readonly reason: string };

export interface DialOptions {
  readonly keyPem: string;
  readonly certificatePem: string;
  readonly frameBytesMax: number;
  readonly handshakeTimeoutMs: number;
  readonly ownerOf: (nodeKey: PublicKey) => ValidatorId | undefined;
  readonly connected: (ws: WebSocket) => void;
  readonly failed: (failure: DialFailure) => void;
}

/** Calls `connected` or `failed`, once. The returned function gives the attempt up without calling either. */
export function dial(peer: PeerAddress, options: DialOptions): () => void {
  const url = new URL(peer.address);
  let over = false;
  const timer = setTimeout(
    () => fail({ code: 'link-unreachable', reason: 'timeout' }),
    options.handshakeTimeoutMs,
  );
  const socket = connect({
    // A URL keeps the brackets of an IPv6 address, sockets want it without.
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port),
    key: options.keyPem,
    cert: options.certificatePem,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
  });
  socket.setNoDelay(true);
  socket.on('error', (error) => fail({ code: 'link-unreachable', reason: error.message }));
  socket.on('close', () => fail({ code: 'link-unreachable', reason: 'closed during the handshake' }));
  socket.once('secureConnect', () => {
    if (over) return;
    const refusal = refusalOfServer(socket, peer, options);
    if (refusal === undefined) {
      upgrade(socket, url, options, finish, fail);
    } else {
      noticeOfRefusal(socket, refusal.code);
      fail(refusal, true);
    }
  });

  function end(): boolean {
    if (over) return false;
    over = true;
    clearTimeout(timer);
    return true;
  }
  function fail(failure: DialFailure, keepSocket = false): void {
    if (!end()) return;
    if (!keepSocket) socket.destroy();
    options.failed(failure);
  }
  function finish(ws: WebSocket): void {
    if (end()) options.connected(ws);
  }
  return () => {
    if (end()) socket.destroy();
  };
}

function refusalOfServer(
  socket: TLSSocket,
  peer: PeerAddress,
  options: DialOptions,
): (DialFailure & { code: RefusalCode }) | undefined {
  const nodeKey = peerKeyOf(socket);
  if (nodeKey === peer.nodeKey) return undefined;
  const known = nodeKey !== undefined && options.ownerOf(nodeKey) !== undefined;
  return { code: known ? 'link-refused-wrong-identity' : 'link-refused-unknown-key', by: 'us', nodeKey };
}

/** TLS has no way to say why: an ordinary request tells the server's operator the reason. */
function noticeOfRefusal(socket: TLSSocket, code: RefusalCode): void {
  const head = ['GET / HTTP/1.1', 'host: concordat', `${refusalHeader}: ${code}`, 'connection: close'];
  socket.setTimeout(1_000, () => socket.destroy());
  socket.resume();
  socket.end(`${head.join('\r\n')}\r\n\r\n`);
}

function upgrade(
  socket: TLSSocket,
  url: URL,
  options: DialOptions,
  finish: (ws: WebSocket) => void,
  fail: (failure: DialFailure) => void,
): void {
  const ws = new WebSocket(url, {
    createConnection: () => socket,
    ...socketOptions,
    maxPayload: options.frameBytesMax,
  });
  ws.once('open', () => finish(ws));
  ws.on('error', (error) => fail({ code: 'link-unreachable', reason: error.message }));
  ws.once('unexpected-response', (request, response) => {
    const code = parseRefusal(response.headers[refusalHeader]?.toString());
    const reason = `HTTP ${response.statusCode}`;
    fail(code === undefined ? { code: 'link-unreachable', reason } : { code, by: 'peer' });
    request.destroy();
  });
}

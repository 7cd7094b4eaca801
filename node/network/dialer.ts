/** Opens one connection to an address and proves which node key answers there. */
import { connect, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { PublicKey } from '../../shared/types/brands.ts';
import { type Connection, type OwnCertificate, peerKeyOf } from './peer-key.ts';
import { parseRefusal, type RefusalCode, refusalHeader } from './refusals.ts';
import { socketOptions } from './sockets.ts';

export type DialFailure =
  | { readonly code: RefusalCode; readonly by: 'us' | 'peer'; readonly nodeKey?: PublicKey | undefined }
  | { readonly code: 'link-unreachable'; readonly reason: string };

export interface DialOptions {
  readonly certificate: OwnCertificate;
  readonly frameBytesMax: number;
  readonly handshakeTimeoutMs: number;
  /** Why a server that proves this key is turned down; undefined if it is wanted. */
  readonly refusalOf: (nodeKey: PublicKey) => RefusalCode | undefined;
  readonly connected: (connection: Connection) => void;
  readonly failed: (failure: DialFailure) => void;
}

/**
 * Calls `connected` or `failed`, once and not before it has returned. The returned function gives the attempt up
 * without calling either.
 *
 * @param address `wss://host:port`
 */
export function dial(address: string, options: DialOptions): () => void {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'wss:') return dialUrl(url, options);
  const notice = setImmediate(() =>
    options.failed({ code: 'link-unreachable', reason: 'not a wss address' }),
  );
  return () => clearImmediate(notice);
}

function dialUrl(url: URL, options: DialOptions): () => void {
  const { keyPem, certificatePem, nodeKey: own } = options.certificate;
  let over = false;
  const timer = setTimeout(
    () => fail({ code: 'link-unreachable', reason: 'timeout' }),
    options.handshakeTimeoutMs,
  );
  const socket = connect({
    // A URL keeps the brackets of an IPv6 address, sockets want it without.
    host: url.hostname.replace(/^\[|\]$/g, ''),
    // A URL leaves out the port that its scheme has anyway.
    port: Number(url.port || 443),
    key: keyPem,
    cert: certificatePem,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
  });
  socket.setNoDelay(true);
  socket.on('error', (error) => fail({ code: 'link-unreachable', reason: error.message }));
  socket.on('close', () => fail({ code: 'link-unreachable', reason: 'closed during the handshake' }));
  socket.once('secureConnect', () => {
    if (over) return;
    const nodeKey = peerKeyOf(socket);
    const refusal = nodeKey === undefined ? 'link-refused-unknown-key' : options.refusalOf(nodeKey);
    if (refusal === undefined && nodeKey !== undefined) {
      upgrade(socket, url, options, (ws) => finish({ ws, keys: { own, peer: nodeKey } }), fail);
    } else {
      const code = refusal ?? 'link-refused-unknown-key';
      noticeOfRefusal(socket, code);
      fail({ code, by: 'us', nodeKey }, true);
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
  function finish(connection: Connection): void {
    if (end()) options.connected(connection);
  }
  return () => {
    if (end()) socket.destroy();
  };
}

/** TLS has no way to say why: an ordinary request tells the server's operator the reason. */
function noticeOfRefusal(socket: TLSSocket, code: RefusalCode): void {
  const head = ['GET / HTTP/1.1', 'host: concordat', `${refusalHeader}: ${code}`, 'connection: close'];
  socket.setTimeout(1_000, () => socket.destroy());
  socket.resume();
  socket.end(`${head.join('\r\n')}\r\n\r\n`);
}

/**
 * Masks keep a browser's script from forging what a proxy on the way could misread (RFC 6455, section 10.3). There is
 * neither here, inside TLS between nodes: with a mask of zeros no side touches every byte once more.
 */
const noMask = (mask: Buffer): void => {
  mask.fill(0);
};

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
    generateMask: noMask,
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

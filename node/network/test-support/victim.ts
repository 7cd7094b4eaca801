/** A node with one peer, whose key the test holds: the peer that keeps to no protocol. */
import { connect } from 'node:tls';
import { WebSocket } from 'ws';
import type { NetworkId, ValidatorId } from '../../../shared/types/brands.ts';
import { createNodeCertificate, type NodeCertificate } from '../../crypto/certificate.ts';
import { createPrivateSeed, privateKeyOf } from '../../crypto/key-files.ts';
import { encodeFrame, frameKind } from '../frames.ts';
import { decodeHello, encodeHello, type Hello } from '../hello.ts';
import { createLinks, type Links } from '../mesh.ts';
import type { LinkLimits } from '../options.ts';
import type { PeerAddress } from '../peer-book.ts';
import { linkVersions } from '../versions.ts';

export const network = 'c'.repeat(64) as NetworkId;
export const good: Hello = {
  versions: linkVersions,
  network,
  validator: 'b' as ValidatorId,
  session: '0f'.repeat(16),
  software: 'raw 1',
};

export interface Victim {
  readonly links: Links;
  readonly codes: string[];
  readonly received: Uint8Array[];
  readonly story: string[];
  readonly peerCertificate: NodeCertificate;
  /** Of a second key that is the peer's as well. */
  readonly otherCertificate: NodeCertificate;
  readonly port: number;
  /** What its book says from now on. */
  setBook(book: readonly PeerAddress[]): void;
}
const open: { stop(): Promise<void> | void }[] = [];
/** For afterEach: ends what a test has opened. */
export async function stopAll(): Promise<void> {
  for (const one of open.splice(0).reverse()) await one.stop();
}

export interface VictimOptions extends Partial<LinkLimits> {
  readonly onFrame?: (links: Links) => void;
}

export async function startVictim({ onFrame, ...limits }: VictimOptions = {}): Promise<Victim> {
  const [own, peer, other] = [createPrivateSeed(), createPrivateSeed(), createPrivateSeed()];
  const codes: string[] = [];
  const received: Uint8Array[] = [];
  const story: string[] = [];
  const entry: PeerAddress = {
    id: good.validator,
    nodeKeys: [peer, other].map((seed) => privateKeyOf(seed).publicKey),
    // Nobody listens there: it only calls.
    address: 'wss://127.0.0.1:1',
    kind: 'validator',
  };
  let book: readonly PeerAddress[] = [entry];
  const links = createLinks({
    self: 'a' as ValidatorId,
    network,
    software: 'victim 1',
    book: () => book,
    listen: { host: '127.0.0.1', port: 0 },
    certificate: await createNodeCertificate(own, 'a'),
    random: { unit: () => 0 },
    log: { write: (_level, code) => codes.push(code) },
    wallMs: Date.now,
    limits: { frameBytesMax: 10_000, ...limits },
  });
  open.push(links);
  const { port } = await links.start({
    opened: (id) => story.push(`opened ${id}`),
    closed: (id) => story.push(`closed ${id}`),
    received: (_peer, frame) => {
      received.push(frame);
      onFrame?.(links);
    },
  });
  const peerCertificate = await createNodeCertificate(peer, 'b');
  const otherCertificate = await createNodeCertificate(other, 'b');
  const setBook = (next: readonly PeerAddress[]): void => {
    book = next;
    links.refresh();
  };
  return { links, codes, received, story, peerCertificate, otherCertificate, port, setBook };
}

export async function call(
  { peerCertificate, port }: Pick<Victim, 'peerCertificate' | 'port'>,
  { keyPem: key, certificatePem: cert }: NodeCertificate = peerCertificate,
): Promise<WebSocket> {
  const ws = new WebSocket(`wss://127.0.0.1:${port}`, {
    createConnection: () => connect({ port, host: '127.0.0.1', key, cert, rejectUnauthorized: false }),
  });
  open.push({ stop: () => ws.terminate() });
  await new Promise((resolve, reject) => {
    ws.once('open', resolve);
    ws.once('error', reject);
  });
  return ws;
}

export const closeOf = (ws: WebSocket): Promise<string> =>
  new Promise((resolve) => ws.once('close', (_code, reason) => resolve(reason.toString())));
export const helloFrame = (hello: Hello) => encodeFrame(frameKind.hello, encodeHello(hello));

/** A link that both sides have greeted on. */
export async function greeted(options: VictimOptions = {}): Promise<{ victim: Victim; ws: WebSocket }> {
  const victim = await startVictim(options);
  const ws = await call(victim);
  const answer = new Promise<Buffer>((resolve) => ws.once('message', resolve));
  ws.send(helloFrame(good));
  const hello = decodeHello((await answer).subarray(1));
  if (hello?.validator !== 'a' || hello.network !== network) throw new Error('the victim did not greet');
  return { victim, ws };
}

/** Nodes that listen on real sockets, with a book that a test may change while they run. */
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'vitest';
import type { NetworkId, ValidatorId } from '../../../shared/types/brands.ts';
import { createNodeCertificate, type NodeCertificate } from '../../crypto/certificate.ts';
import { createPrivateSeed, privateKeyOf } from '../../crypto/key-files.ts';
import { createLinks, type Links } from '../mesh.ts';
import type { LinkLimits, LinksOptions } from '../options.ts';
import type { PeerAddress } from '../peer-book.ts';

interface LogLine {
  readonly code: string;
  readonly facts: { readonly [name: string]: unknown };
}
export interface Identity {
  readonly entry: PeerAddress & { readonly address: string };
  readonly certificate: NodeCertificate;
}
export interface TestNode {
  readonly links: Links;
  readonly lines: LogLine[];
  readonly received: { readonly from: string; readonly text: string; readonly kind: string }[];
  readonly story: string[];
  /** What the node's book says from the next `refresh()` on; `setBook` refreshes. */
  setBook(book: readonly PeerAddress[]): void;
}

export const networkA = 'a'.repeat(64) as NetworkId;
export const networkB = 'b'.repeat(64) as NetworkId;
export const idOf = (name: string) => name as ValidatorId;
/** A busy machine may hold a process up for a while: silence is no link's end unless a test is about it. */
export const quick: Partial<LinkLimits> = {
  backOffMinMs: 10,
  backOffMaxMs: 80,
  pingMs: 40,
  silentPingsMax: 250,
};
/** Whatever a test has opened besides nodes may be put here, to be ended with them. */
export const running: { stop(): Promise<void> }[] = [];

/** For afterEach. */
export const stopNodes = (): Promise<unknown> => Promise.all(running.splice(0).map((node) => node.stop()));

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function identity(name: string, port?: number): Promise<Identity> {
  const seed = createPrivateSeed();
  const address = `wss://127.0.0.1:${port ?? (await freePort())}`;
  return {
    entry: { id: idOf(name), nodeKeys: [privateKeyOf(seed).publicKey], address, kind: 'validator' },
    certificate: await createNodeCertificate(seed, name),
  };
}

export const identities = (...names: string[]) => Promise.all(names.map((name) => identity(name)));
export const portOf = (one: Identity) => Number(new URL(one.entry.address).port);

export interface NodeOverrides
  extends Partial<Pick<LinksOptions, 'network' | 'bootstrap' | 'versions' | 'isBookOld'>> {
  readonly id?: string;
  readonly limits?: Partial<LinkLimits>;
  readonly wallMs?: () => number;
}

export async function startNode(
  self: Identity,
  firstBook: readonly PeerAddress[],
  { id, limits, ...overrides }: NodeOverrides = {},
): Promise<TestNode> {
  const node: Pick<TestNode, 'lines' | 'received' | 'story'> = { lines: [], received: [], story: [] };
  let book = firstBook;
  const links = createLinks({
    self: idOf(id ?? self.entry.id),
    network: networkA,
    software: 'test 1',
    book: () => book,
    listen: { host: '127.0.0.1', port: portOf(self) },
    certificate: self.certificate,
    random: { unit: () => 0.5 },
    log: { write: (_level, code, facts) => node.lines.push({ code, facts }) },
    wallMs: Date.now,
    limits: { ...quick, ...limits },
    ...overrides,
  });
  running.push(links);
  await links.start({
    opened: (peer, kind) =>
      node.story.push(kind === 'validator' ? `opened ${peer}` : `opened ${peer} ${kind}`),
    closed: (peer) => node.story.push(`closed ${peer}`),
    received: (from, frame, kind) => node.received.push({ from, text: Buffer.from(frame).toString(), kind }),
  });
  return {
    ...node,
    links,
    setBook(next) {
      book = next;
      links.refresh();
    },
  };
}

export const text = (content: string) => new Uint8Array(Buffer.from(content));
export const textsOf = (node: TestNode): string[] => node.received.map((one) => one.text);
export const findLine = (node: TestNode, code: string, by?: string) =>
  node.lines.find((line) => line.code === code && (by === undefined || line.facts.by === by));
export const eventually = (check: () => void) =>
  expect.poll(() => attempt(check), { timeout: 15_000 }).toBe('held');
function attempt(check: () => void): string {
  try {
    check();
    return 'held';
  } catch (error) {
    return String(error);
  }
}

/** Rule C1: while a node is behind it reads from servers whose keys it does not know, and believes none of their votes. */
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeMessage } from '../../shared/codec/messages.ts';
import {
  type BlockHash,
  epochOf,
  heightOf,
  type Signature,
  type ValidatorId,
  viewOf,
} from '../../shared/types/brands.ts';
import { encodeLinkMessage, type LinkMessage } from '../runtime/wire.ts';
import {
  eventually,
  findLine,
  freePort,
  type Identity,
  identities,
  identity,
  networkB,
  portOf,
  running,
  startNode,
  stopNodes,
  type TestNode,
} from './test-support/nodes.ts';

afterEach(stopNodes);

const seal = encodeMessage({
  kind: 'seal',
  sender: 'b' as ValidatorId,
  epoch: epochOf(0),
  height: heightOf(7),
  block: 'ab'.repeat(32) as BlockHash,
  signature: new Uint8Array(64) as Signature,
});
const vote: LinkMessage = { type: 'consensus', messages: [seal] };
const question: LinkMessage = { type: 'get-blocks', from: heightOf(1), count: 5 };
const answer: LinkMessage = { type: 'blocks', from: heightOf(1), blocks: [] };
const status: LinkMessage = {
  type: 'status',
  status: { epoch: epochOf(0), view: viewOf(0), height: heightOf(7), executed: heightOf(7) },
};

const textOf = (message: LinkMessage): string => Buffer.from(encodeLinkMessage(message)).toString();
const send = (node: TestNode, to: ValidatorId, ...messages: readonly LinkMessage[]): void => {
  for (const message of messages) node.links.send(to, encodeLinkMessage(message));
};
const nameOf = ({ entry }: Identity): ValidatorId => `~${entry.nodeKeys[0]}` as ValidatorId;

/** `late` knows b under a key that b has replaced meanwhile; b knows late as it is. */
async function startLate(overrides: { bootstrap?: readonly string[] } = {}) {
  const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
  const renewed = await identity('b', portOf(b));
  const server = await startNode(renewed, [a.entry, renewed.entry]);
  const late = await startNode(a, [a.entry, b.entry], overrides);
  return { a, b, renewed, server, late, name: nameOf(renewed) };
}

describe("a stranger's server", () => {
  it('is refused by name as long as nobody is behind', async () => {
    const { server, late } = await startLate();
    await eventually(() => expect(findLine(late, 'link-refused-unknown-key', 'us')).toBeDefined());
    await eventually(() => expect(findLine(server, 'link-refused-unknown-key', 'peer')).toBeDefined());
    expect([late.story, late.links.servers(), server.story]).toEqual([[], [], []]);
  });

  it('is asked and read while we are behind, under a name that no validator has', async () => {
    const { late, server, name } = await startLate();
    late.links.behind(true);
    await eventually(() => expect(late.story).toEqual([`opened ${name} server`]));
    expect([late.links.servers(), late.links.open()]).toEqual([[name], []]);
    // To the server we are the peer that its book knows.
    await eventually(() => expect(server.links.open()).toEqual(['a']));
    send(late, name, status, question);
    await eventually(() =>
      expect(server.received).toEqual(
        [status, question].map((message) => ({ from: 'a', text: textOf(message), kind: 'validator' })),
      ),
    );
    send(server, 'a' as ValidatorId, status, answer);
    await eventually(() =>
      expect(late.received).toEqual(
        [status, answer].map((message) => ({ from: name, text: textOf(message), kind: 'server' })),
      ),
    );
  });

  it('neither gives nor gets a vote, and its questions cost us nothing', async () => {
    const { late, server, name } = await startLate();
    late.links.behind(true);
    await eventually(() => expect(late.links.servers()).toEqual([name]));
    await eventually(() => expect(server.links.open()).toEqual(['a']));
    send(server, 'a' as ValidatorId, vote, question, answer);
    await eventually(() => expect(late.received.map((one) => one.text)).toEqual([textOf(answer)]));
    const refused = late.lines.filter(({ code }) => code === 'link-frame-refused');
    expect(refused.map(({ facts }) => [facts.peer, facts.kind, facts.type, facts.direction])).toEqual([
      [name, 'server', 'consensus', 'received'],
      [name, 'server', 'get-blocks', 'received'],
    ]);
    send(late, name, vote, answer, question);
    await eventually(() => expect(server.received.map((one) => one.text)).toEqual([textOf(question)]));
    expect(late.lines.at(-1)?.facts).toMatchObject({ peer: name, type: 'blocks', direction: 'sent' });
  });

  it('is hung up on once we are behind no more, and refused again', async () => {
    const { late, server, name } = await startLate();
    late.links.behind(true);
    await eventually(() => expect(late.links.servers()).toEqual([name]));
    await eventually(() => expect(server.links.open()).toEqual(['a']));
    late.links.behind(false);
    expect([late.links.servers(), late.story.at(-1)]).toEqual([[], `closed ${name}`]);
    await eventually(() => expect(server.story).toEqual(['opened a', 'closed a']));
    await eventually(() => expect(findLine(late, 'link-refused-unknown-key', 'us')).toBeDefined());
    expect(late.links.servers()).toEqual([]);
  });

  it('that the book knows at last becomes the peer that it is', async () => {
    const { a, renewed, late, server, name } = await startLate();
    late.links.behind(true);
    await eventually(() => expect(late.links.servers()).toEqual([name]));
    late.setBook([a.entry, renewed.entry]);
    await eventually(() => expect(late.links.open()).toEqual(['b']));
    expect([late.links.servers(), late.story.slice(0, 2)]).toEqual([
      [],
      [`opened ${name} server`, `closed ${name}`],
    ]);
    await eventually(() => expect(server.links.open()).toEqual(['a']));
    await eventually(() => {
      send(server, 'a' as ValidatorId, vote);
      expect(late.received.at(-1)).toEqual({ from: 'b', text: textOf(vote), kind: 'validator' });
    });
  });

  it('of another network gets no further than hello', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const renewed = await identity('b', portOf(b));
    await startNode(renewed, [a.entry, renewed.entry], { network: networkB });
    const late = await startNode(a, [a.entry, b.entry]);
    late.links.behind(true);
    const named = (by: string) => findLine(late, 'link-refused-wrong-network', by) !== undefined;
    await eventually(() => expect(named('us') || named('peer')).toBe(true));
    expect([late.links.servers(), late.story]).toEqual([[], []]);
  });

  it('that hangs up is dialled again', async () => {
    const { a, renewed, late, server, name } = await startLate();
    late.links.behind(true);
    await eventually(() => expect(late.links.servers()).toEqual([name]));
    await server.links.stop();
    await eventually(() => expect(late.links.servers()).toEqual([]));
    await startNode(renewed, [a.entry, renewed.entry]);
    await eventually(() => expect(late.links.servers()).toEqual([name]));
  });
});

/** At one address, each connection goes to the next of these. */
async function changingServer(port: number, behind: readonly number[]): Promise<() => number> {
  let calls = 0;
  const sockets = new Set<Socket>();
  const proxy = createServer((socket) => {
    const upstream = connect(behind[Math.min(calls, behind.length - 1)]!, '127.0.0.1');
    calls += 1;
    for (const one of [socket, upstream]) {
      sockets.add(one);
      one.on('close', () => sockets.delete(one));
    }
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
  running.push({
    stop: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        // One whose other half is gone already is read no more, and would not notice its end.
        for (const socket of sockets) socket.destroy();
      }),
  });
  return () => calls;
}

it('one address gives one server at a time, however often its key changes', async () => {
  const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
  const changed = [await identity('b'), await identity('b'), await identity('b')];
  const servers: TestNode[] = [];
  for (const one of changed) servers.push(await startNode(one, [withoutAddress(a), one.entry]));
  const calls = await changingServer(portOf(b), changed.map(portOf));
  const late = await startNode(a, [a.entry, b.entry]);
  late.links.behind(true);
  const last = changed[2]!;
  await eventually(() => expect(late.links.servers()).toEqual([nameOf(last)]));
  await eventually(() => expect(servers[2]!.links.open()).toEqual(['a']));
  // Whoever answers again and again is neither changed for itself nor refused.
  const until = calls() + 5;
  await eventually(() => expect(calls()).toBeGreaterThan(until));
  expect([late.links.servers(), servers[2]!.story]).toEqual([[nameOf(last)], ['opened a']]);
  expect(findLine(servers[2]!, 'link-refused-unknown-key')).toBeUndefined();
  expect(openAtOnceMax(late.story)).toBe(1);
  await eventually(() => expect(servers.slice(0, 2).flatMap((one) => one.links.open())).toEqual([]));
});

describe("a stranger that answers at a peer's address and keeps its connection", () => {
  it('is hung up on as soon as the peer answers there', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const stranger = await identity('c');
    const other = await startNode(stranger, [withoutAddress(a), stranger.entry]);
    await startNode(b, [withoutAddress(a), b.entry]);
    const address = await freePort();
    const calls = await changingServer(address, [portOf(stranger), portOf(b)]);
    const late = await startNode(a, [a.entry, at(b, address)]);
    late.links.behind(true);
    await eventually(() => expect(late.links.open()).toEqual(['b']));
    expect([late.links.servers(), calls() > 1]).toEqual([[], true]);
    expect(openAtOnceMax(late.story)).toBe(1);
    await eventually(() => expect(other.links.open()).toEqual([]));
  });

  it('does not keep the links after it from being renewed', async () => {
    const [a, b, c] = (await identities('a', 'b', 'c')) as [Identity, Identity, Identity];
    const [fresh, stranger] = [await identity('a'), await identity('d')];
    const both = { ...a.entry, nodeKeys: [...a.entry.nodeKeys, ...fresh.entry.nodeKeys] };
    const address = await freePort();
    await startNode(stranger, [withoutAddress(a), stranger.entry]);
    await changingServer(address, [portOf(stranger)]);
    const late = await startNode(a, [both, at(b, address), c.entry]);
    late.links.behind(true);
    await eventually(() => expect(late.links.servers()).toEqual([nameOf(stranger)]));
    await startNode(b, [both, b.entry]);
    const last = await startNode(c, [both, c.entry]);
    await eventually(() => expect(late.links.open()).toEqual(['b', 'c']));
    late.links.useCertificate(fresh.certificate);
    const keyOfA = () => last.links.peers().find(({ id }) => id === 'a')?.nodeKey;
    await eventually(() => expect(keyOfA()).toBe(fresh.entry.nodeKeys[0]));
    expect(late.links.open()).toEqual(['b', 'c']);
  });
});

/** Of links, by what a node tells of them. */
function openAtOnceMax(story: readonly string[]): number {
  const open = story.map((_, index) => {
    const until = story.slice(0, index + 1);
    const count = (word: string) => until.filter((one) => one.startsWith(word)).length;
    return count('opened') - count('closed');
  });
  return Math.max(0, ...open);
}

const at = ({ entry }: Identity, port: number) => ({ ...entry, address: `wss://127.0.0.1:${port}` });

describe('a bootstrap address', () => {
  it('is dialled only while we are behind, and read like any stranger', async () => {
    const c = await identity('c');
    const { a, late } = await startLate({ bootstrap: [c.entry.address] });
    const server = await startNode(c, [c.entry, withoutAddress(a)]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(server.story).toEqual([]);
    late.links.behind(true);
    await eventually(() => expect(late.links.servers()).toContain(nameOf(c)));
    await eventually(() => expect(server.links.open()).toEqual(['a']));
    // Its one connection stays as it is.
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(server.story).toEqual(['opened a']);
    expect(server.lines.map(({ code }) => code)).toEqual(['link-opened']);
  });

  it('at which a peer of the book answers gives the ordinary link', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const stale = { ...b.entry, address: `wss://127.0.0.1:${await freePort()}` };
    await startNode(b, [b.entry, withoutAddress(a)]);
    const late = await startNode(a, [a.entry, stale], { bootstrap: [b.entry.address] });
    late.links.behind(true);
    await eventually(() => expect(late.links.open()).toEqual(['b']));
    expect([late.links.servers(), late.story]).toEqual([[], ['opened b']]);
  });

  it('that is our own is refused as a wrong identity', async () => {
    const a = await identity('a');
    const late = await startNode(a, [a.entry], { bootstrap: [a.entry.address] });
    late.links.behind(true);
    await eventually(() => expect(findLine(late, 'link-refused-wrong-identity', 'us')).toBeDefined());
    expect([late.links.servers(), late.story]).toEqual([[], []]);
  });
});

function withoutAddress({ entry }: Identity) {
  const { address: _, ...rest } = entry;
  return rest;
}

it('a node whose book is old says so in one calm line, and a stranger at one that is not is named', async () => {
  const [a, b, stranger] = (await identities('a', 'b', 'c')) as [Identity, Identity, Identity];
  let isOld = true;
  const node = await startNode(a, [a.entry, b.entry], {
    isBookOld: () => isOld,
    limits: { unknownKeyGraceMs: 500 },
  });
  await startNode(stranger, [a.entry, stranger.entry]);
  await eventually(() => expect(findLine(node, 'link-book-old')).toBeDefined());
  expect(findLine(node, 'link-refused-unknown-key', 'us')).toBeUndefined();
  isOld = false;
  await eventually(() => expect(findLine(node, 'link-refused-unknown-key', 'us')).toBeDefined());
  expect(node.lines.filter(({ code }) => code === 'link-book-old')).toHaveLength(1);
});

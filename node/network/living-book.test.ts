/** The address book changes while frames flow: what it says counts from that moment on, and nothing else stirs. */
import { afterEach, describe, expect, it } from 'vitest';
import type { PeerAddress } from './peer-book.ts';
import {
  eventually,
  findLine,
  freePort,
  type Identity,
  identities,
  identity,
  idOf,
  startNode,
  stopNodes,
  type TestNode,
  text,
  textsOf,
} from './test-support/nodes.ts';
import { call, closeOf, startVictim, stopAll } from './test-support/victim.ts';

afterEach(stopNodes);
afterEach(stopAll);

const linked = (node: TestNode, ...ids: string[]) =>
  eventually(() => expect([...node.links.open()].sort()).toEqual(ids));

/** Sends a numbered frame each millisecond: one each turn of the event loop would leave handshakes no time. */
function startFlow(from: TestNode, to: string) {
  let sent = 0;
  const timer = setInterval(() => from.links.send(idOf(to), text(`${to} ${sent++}`)), 1);
  return {
    sent: () => sent,
    stop(): string[] {
      clearInterval(timer);
      return Array.from({ length: sent }, (_, index) => `${to} ${index}`);
    },
  };
}

const moreThan = (flow: { sent(): number }, count: number) => {
  const goal = flow.sent() + count;
  return eventually(() => expect(flow.sent()).toBeGreaterThan(goal));
};

async function linkedPair(): Promise<{ a: Identity; b: Identity; first: TestNode; second: TestNode }> {
  const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
  const [first, second] = [
    await startNode(a, [a.entry, b.entry]),
    await startNode(b, [a.entry, b.entry]),
  ] as const;
  await linked(first, 'b');
  await linked(second, 'a');
  return { a, b, first, second };
}

/** A book in which this peer has these keys. */
const withKeys = (entry: PeerAddress, ...others: readonly Identity[]): PeerAddress => ({
  ...entry,
  nodeKeys: [...entry.nodeKeys, ...others.flatMap((one) => one.entry.nodeKeys)],
});

describe('a peer that is added', () => {
  it('is linked, while frames between the others flow on', async () => {
    const { a, b, first, second } = await linkedPair();
    const c = await identity('c');
    const book = [a.entry, b.entry, c.entry];
    const flow = startFlow(first, 'b');
    const third = await startNode(c, book);
    await eventually(() => expect(findLine(third, 'link-refused-unknown-key', 'peer')).toBeDefined());
    first.setBook(book);
    second.setBook(book);
    await linked(first, 'b', 'c');
    await linked(second, 'a', 'c');
    await linked(third, 'a', 'b');
    await moreThan(flow, 20);
    const sent = flow.stop();
    await eventually(() => expect(textsOf(second)).toEqual(sent));
    expect(first.story.filter((line) => line.endsWith(' b'))).toEqual(['opened b']);
  });

  it('without an address is not dialled, and may call', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const { address: _, ...unlisted } = b.entry;
    const first = await startNode(a, [a.entry, unlisted]);
    await startNode(b, [a.entry, b.entry]);
    await linked(first, 'b');
    expect(first.links.peers()).toMatchObject([{ id: 'b', dialer: 'b' }]);
  });

  it('at an address that is none is named, and dialled at once when it has one', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    // By itself it would not try again before the test is over.
    const limits = { backOffMinMs: 60_000, backOffMaxMs: 60_000 };
    const first = await startNode(a, [a.entry, { ...b.entry, address: 'nowhere' }], { limits });
    await eventually(() =>
      expect(first.links.peers()).toMatchObject([
        { lastFailure: 'link-unreachable', lastFailureReason: 'not a wss address' },
      ]),
    );
    // b does not know where a listens.
    await startNode(b, [{ ...a.entry, address: `wss://127.0.0.1:${await freePort()}` }]);
    first.setBook([a.entry, b.entry]);
    await linked(first, 'b');
  });
});

describe('a peer that is removed', () => {
  it('is hung up on while its frames flow, by name on both sides, and refused from then on', async () => {
    const { a, b, first, second } = await linkedPair();
    const flow = startFlow(second, 'a');
    await eventually(() => expect(first.received.length).toBeGreaterThan(20));
    first.setBook([a.entry]);
    const counted = first.received.length;
    expect([first.links.knows?.(b.entry.id), second.links.knows?.(a.entry.id)]).toEqual([false, true]);
    expect(first.links.open()).toEqual([]);
    expect(first.story).toEqual(['opened b', 'closed b']);
    await eventually(() => expect(second.links.peers()[0]?.open).toBe(false));
    await eventually(() => expect(findLine(second, 'link-refused-unknown-key', 'peer')).toBeDefined());
    await moreThan(flow, 20);
    flow.stop();
    expect(first.received.length).toBe(counted);
    expect(first.links.peers()).toEqual([]);
    expect(findLine(first, 'link-closed')?.facts).toEqual({ peer: 'b', reason: 'link-removed' });
    expect(findLine(second, 'link-closed')?.facts).toEqual({ peer: 'a', reason: 'link-removed' });
    expect(findLine(first, 'link-refused-unknown-key', 'us')?.facts.nodeKey).toBe(b.entry.nodeKeys[0]);
  });

  it('may come back', async () => {
    const { a, b, first } = await linkedPair();
    first.setBook([a.entry]);
    first.setBook([a.entry, b.entry]);
    await linked(first, 'b');
    await eventually(() => expect(first.story).toEqual(['opened b', 'closed b', 'opened b']));
  });

  it('before its hello gets no further', async () => {
    const victim = await startVictim();
    const ws = await call(victim);
    const closed = closeOf(ws);
    victim.setBook([]);
    await closed;
    expect([victim.story, victim.links.open()]).toEqual([[], []]);
    await expect(call(victim)).rejects.toThrow('403');
  });
});

describe('the key of a peer', () => {
  it('is replaced with overlap while frames flow both ways: none is lost, and the link never closes', async () => {
    const { a, b, first, second } = await linkedPair();
    const fresh = await identity('b');
    const [there, back] = [startFlow(first, 'b'), startFlow(second, 'a')];
    first.setBook([a.entry, withKeys(b.entry, fresh)]);
    await moreThan(there, 20);
    second.links.useCertificate(fresh.certificate);
    // The old key leaves the book only when the new one is proven.
    await eventually(() => expect(first.links.peers()).toMatchObject([{ nodeKey: fresh.entry.nodeKeys[0] }]));
    await moreThan(there, 20);
    first.setBook([a.entry, { ...b.entry, nodeKeys: fresh.entry.nodeKeys }]);
    await moreThan(there, 20);
    const [toSecond, toFirst] = [there.stop(), back.stop()];
    await eventually(() => expect(new Set(textsOf(second))).toEqual(new Set(toSecond)));
    await eventually(() => expect(new Set(textsOf(first))).toEqual(new Set(toFirst)));
    expect([first.story, second.story]).toEqual([['opened b'], ['opened a']]);
  });

  it('that leaves the book ends the link that had proven it, by name on both sides', async () => {
    const { a, b, first, second } = await linkedPair();
    const fresh = await identity('b');
    const flow = startFlow(second, 'a');
    await eventually(() => expect(first.received.length).toBeGreaterThan(20));
    first.setBook([a.entry, { ...b.entry, nodeKeys: fresh.entry.nodeKeys }]);
    const counted = first.received.length;
    expect(first.story).toEqual(['opened b', 'closed b']);
    await eventually(() => expect(findLine(second, 'link-closed')?.facts.reason).toBe('link-key-retired'));
    await eventually(() => expect(findLine(second, 'link-refused-unknown-key', 'peer')).toBeDefined());
    flow.stop();
    expect(first.received.length).toBe(counted);
    second.links.useCertificate(fresh.certificate);
    await linked(first, 'b');
  });
});

describe('the entry of a peer', () => {
  it('at another address is dialled there, and its open link stays until it ends', async () => {
    const { a, b, first, second } = await linkedPair();
    const moved = await identity('b');
    const entry = { ...b.entry, address: moved.entry.address };
    first.setBook([a.entry, entry]);
    expect(first.story).toEqual(['opened b']);
    await second.links.stop();
    // b does not know where a listens, so that only a can bring the link back.
    const nowhere = { ...a.entry, address: `wss://127.0.0.1:${await freePort()}` };
    await startNode({ ...b, entry }, [nowhere]);
    await eventually(() => expect(first.story).toEqual(['opened b', 'closed b', 'opened b']));
    expect(first.links.peers()).toMatchObject([{ address: moved.entry.address, dialer: 'a' }]);
  });

  it('of another kind takes effect at the next frame', async () => {
    const { a, b, first, second } = await linkedPair();
    second.links.send(idOf('a'), text('as a validator'));
    await eventually(() => expect(first.received).toHaveLength(1));
    first.setBook([a.entry, { ...b.entry, kind: 'former' }]);
    second.links.send(idOf('a'), text('as one of before'));
    await eventually(() =>
      expect(findLine(first, 'link-frame-refused')?.facts).toMatchObject({ peer: 'b', kind: 'former' }),
    );
    expect(textsOf(first)).toEqual(['as a validator']);
    expect(first.story).toEqual(['opened b']);
    expect(first.links.peers()).toMatchObject([{ id: 'b', kind: 'former', open: true }]);
  });
});

/** Rule C1 at the door: what a peer may send depends on what the book says that it is. */
import { afterEach, describe, expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { encodeMessage } from '../../shared/codec/messages.ts';
import {
  type BlockHash,
  epochOf,
  heightOf,
  type Signature,
  type TransactionId,
  viewOf,
} from '../../shared/types/brands.ts';
import type { PeerKind } from '../runtime/link-kinds.ts';
import { encodeLinkMessage, type LinkMessage } from '../runtime/wire.ts';
import {
  eventually,
  findLine,
  type Identity,
  identities,
  idOf,
  startNode,
  stopNodes,
  type TestNode,
} from './test-support/nodes.ts';

afterEach(stopNodes);

const seal = encodeMessage({
  kind: 'seal',
  sender: idOf('b'),
  epoch: epochOf(0),
  height: heightOf(7),
  block: 'ab'.repeat(32) as BlockHash,
  signature: new Uint8Array(64) as Signature,
});
const ids = ['01'.repeat(32) as TransactionId];
const vote: LinkMessage = { type: 'consensus', messages: [seal] };
const status: LinkMessage = {
  type: 'status',
  status: { epoch: epochOf(0), view: viewOf(0), height: heightOf(7), executed: heightOf(7) },
};
const request: LinkMessage = { type: 'get-blocks', from: heightOf(1), count: 5 };

async function pairWithKind(kind: PeerKind): Promise<{ first: TestNode; second: TestNode }> {
  const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
  const first = await startNode(a, [a.entry, { ...b.entry, kind }]);
  const second = await startNode(b, [a.entry, b.entry]);
  await eventually(() => expect([first.links.open(), second.links.open()]).toEqual([['b'], ['a']]));
  return { first, second };
}

const send = (node: TestNode, to: string, message: LinkMessage) =>
  node.links.send(idOf(to), encodeLinkMessage(message));

describe('the votes of', () => {
  it.each(['observer', 'pending', 'former'] as const)(
    'one that is %s are refused by name; what it may send arrives',
    async (kind) => {
      const { first, second } = await pairWithKind(kind);
      expect(first.story).toEqual([`opened b ${kind}`]);
      for (const message of [vote, { type: 'hand-over', ids } as const, status, request])
        send(second, 'a', message);
      await eventually(() => expect(first.received).toHaveLength(2));
      const refused = first.lines.filter(({ code }) => code === 'link-frame-refused');
      expect(refused.map(({ facts }) => facts)).toEqual([
        { peer: 'b', kind, type: 'consensus', direction: 'received', rule: 'C1', repeated: 0 },
        { peer: 'b', kind, type: 'hand-over', direction: 'received', rule: 'C1', repeated: 0 },
      ]);
      expect(first.received.map((one) => one.kind)).toEqual([kind, kind]);
      // It is told nothing of its own; the link stays.
      expect(first.links.open()).toEqual(['b']);
    },
  );

  it('a validator arrive as they are', async () => {
    const { first, second } = await pairWithKind('validator');
    for (const message of [vote, status]) send(second, 'a', message);
    await eventually(() => expect(first.received).toHaveLength(2));
    expect(first.received.map((one) => one.kind)).toEqual(['validator', 'validator']);
    expect(findLine(first, 'link-frame-refused')).toBeUndefined();
  });

  it('an observer, many of them, are read more and more slowly', async () => {
    const { first, second } = await pairWithKind('observer');
    for (let sent = 0; sent < 40; sent++) send(second, 'a', vote);
    await eventually(() => expect(findLine(first, 'link-read-slowly')).toBeDefined());
    expect(first.lines.filter(({ code }) => code === 'link-frame-refused')).toHaveLength(1);
    expect(first.received).toEqual([]);
  });
});

describe('a frame of an observer', () => {
  it.each([
    ['no CBOR', new Uint8Array([0xff])],
    ['no map', encode([1, 2])],
    ['without a type', encode({ status: 1 })],
    ['of a type that is no text', encode({ type: 7 })],
    ['of millions of empty items', new Uint8Array([0x9a, 0x00, 0x40, 0, 0, ...new Uint8Array(0x400000)])],
  ])('that is %s is refused as unreadable', async (_what, frame) => {
    const { first, second } = await pairWithKind('observer');
    second.links.send(idOf('a'), frame);
    await eventually(() => expect(findLine(first, 'link-frame-refused')?.facts.type).toBe('unreadable'));
    expect(first.received).toEqual([]);
  });

  it('of an unknown type is refused under at most 32 of its characters', async () => {
    const { first, second } = await pairWithKind('observer');
    second.links.send(idOf('a'), encode({ type: 'x'.repeat(1_000) }));
    await eventually(() => expect(findLine(first, 'link-frame-refused')?.facts.type).toBe('x'.repeat(32)));
  });

  it('that it may send arrives byte for byte', async () => {
    const { first, second } = await pairWithKind('observer');
    send(second, 'a', request);
    await eventually(() =>
      expect(first.received).toEqual([
        { from: 'b', text: Buffer.from(encodeLinkMessage(request)).toString(), kind: 'observer' },
      ]),
    );
  });
});

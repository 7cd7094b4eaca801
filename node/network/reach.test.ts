/** Whether a peer is where the book says (rule E3): a link that it opened itself does not show that. */
import { afterEach, expect, it } from 'vitest';
import {
  eventually,
  freePort,
  type Identity,
  identities,
  idOf,
  startNode,
  stopNodes,
  type TestNode,
} from './test-support/nodes.ts';

afterEach(stopNodes);

const reached = (node: TestNode, peer: string): Promise<boolean> =>
  new Promise((resolve) => node.links.reach(idOf(peer), resolve));
const linked = (node: TestNode, peer: string) =>
  eventually(() => expect(node.links.open()).toContain(idOf(peer)));

it('is so if its node key answers at its address; the link stays as it is', async () => {
  const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
  const first = await startNode(a, [a.entry, b.entry]);
  await startNode(b, [a.entry, b.entry]);
  await linked(first, 'b');
  expect(await reached(first, 'b')).toBe(true);
  expect(first.links.open()).toEqual(['b']);
  expect(first.story).toEqual(['opened b']);
});

it('is not so if nobody listens there, whoever called from elsewhere', async () => {
  const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
  const elsewhere = { ...b.entry, address: `wss://127.0.0.1:${await freePort()}` };
  const first = await startNode(a, [a.entry, elsewhere]);
  await startNode(b, [a.entry, b.entry]);
  await linked(first, 'b');
  expect(await reached(first, 'b')).toBe(false);
});

it('is not so if another of the book answers there, nor of who is not in the book', async () => {
  const [a, b, c] = (await identities('a', 'b', 'c')) as [Identity, Identity, Identity];
  const swapped = { ...b.entry, address: c.entry.address! };
  const first = await startNode(a, [a.entry, swapped, c.entry]);
  await startNode(b, [a.entry, b.entry, c.entry]);
  await startNode(c, [a.entry, b.entry, c.entry]);
  await linked(first, 'b');
  expect(await reached(first, 'b')).toBe(false);
  expect(await reached(first, 'nobody')).toBe(false);
});

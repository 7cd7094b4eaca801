import { describe, expect, test } from 'vitest';
import { depthMax, type Found, follow, nodesMax } from './provenance.ts';
import { keyOf, type Reference, referenceOf } from './references.ts';

describe('a reference', () => {
  test.each<[string, Reference]>([
    ['mill/1@0', { kind: 'event', stream: 'mill/1', revision: 0 }],
    ['a@b@12', { kind: 'event', stream: 'a@b', revision: 12 }],
    ['someone@example.org', { kind: 'stream', stream: 'someone@example.org' }],
    ['mill/1@01', { kind: 'stream', stream: 'mill/1@01' }],
    ['ab'.repeat(32), { kind: 'transaction', id: 'ab'.repeat(32) }],
    ['https://example.org/a@3', { kind: 'outside', text: 'https://example.org/a@3' }],
    ['orders/1', { kind: 'stream', stream: 'orders/1' }],
  ])('%s', (text, reference) => expect(referenceOf(text)).toEqual(reference));
});

/** A ledger that is nothing but references. */
function ledgerOf(references: { readonly [key: string]: readonly string[] }) {
  const asked: string[] = [];
  const find = async (reference: Reference): Promise<Found> => {
    const key = keyOf(reference);
    asked.push(key);
    return { reference, title: key, note: '', references: references[key] ?? [] };
  };
  return { asked, find };
}

test('leads to everything behind an event, each once', async () => {
  const { asked, find } = ledgerOf({
    'bakery@0': ['mill@0', 'salt', 'mill@0'],
    'mill@0': ['farm/a@0', 'farm/b@0', 'salt'],
  });
  const { nodes, edges } = await follow(referenceOf('bakery@0'), find);
  expect(nodes.map(({ key, depth }) => [key, depth])).toEqual([
    ['bakery@0', 0],
    ['mill@0', 1],
    ['salt', 1],
    ['farm/a@0', 2],
    ['farm/b@0', 2],
  ]);
  expect(edges).toContainEqual({ from: 'mill@0', to: 'salt' });
  expect(edges).toHaveLength(5);
  expect(asked).toHaveLength(5);
});

test('a circle ends', async () => {
  const { asked, find } = ledgerOf({ 'a@0': ['b@0'], 'b@0': ['a@0', 'b@0'] });
  const { edges } = await follow(referenceOf('a@0'), find);
  expect(asked).toEqual(['a@0', 'b@0']);
  expect(edges).toEqual([
    { from: 'a@0', to: 'b@0' },
    { from: 'b@0', to: 'a@0' },
    { from: 'b@0', to: 'b@0' },
  ]);
});

test('a long way and a wide one are cut, and say where', async () => {
  const chain = Object.fromEntries(
    Array.from({ length: 20 }, (_, step) => [`c${step}@0`, [`c${step + 1}@0`]]),
  );
  const long = await follow(referenceOf('c0@0'), ledgerOf(chain).find);
  expect(long.nodes).toHaveLength(depthMax + 1);
  expect(long.nodes.filter(({ isCut }) => isCut).map(({ depth }) => depth)).toEqual([depthMax]);
  const many = Array.from({ length: 200 }, (_, place) => `w${place}@0`);
  const wide = await follow(referenceOf('root@0'), ledgerOf({ 'root@0': many }).find);
  expect(wide.nodes).toHaveLength(nodesMax);
  expect(wide.nodes[0]?.isCut).toBe(true);
});

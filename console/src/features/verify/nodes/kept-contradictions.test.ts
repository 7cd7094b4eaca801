import { expect, test, vi } from 'vitest';
import { createStore } from '../../../lib/store.ts';
import type { Comparison, Contradiction } from './compare.ts';
import {
  type KeptContradiction,
  keptOf,
  keptOrFresh,
  readKept,
  seenBlocks,
  without,
} from './kept-contradictions.ts';

const compared = { first: 'https://alpha.example', second: 'https://beta.example', network: 'ab' };
const forked: Contradiction = {
  kind: 'contradiction',
  nodes: ['alpha', 'beta'],
  height: 7,
  blocks: ['aa', 'bb'],
};
const agreeing: Comparison = {
  kind: 'agree',
  nodes: ['alpha', 'beta'],
  heights: [9, 9],
  height: 9,
  block: 'cc',
};
const emptyStore = () => createStore<readonly KeptContradiction[]>([]);
const poll = (store: ReturnType<typeof emptyStore>, found: Comparison, of = compared) =>
  keptOrFresh(
    store,
    of,
    async () => found,
    () => 1_000,
  );

test.each<Comparison>([
  { kind: 'silent', node: 'beta.example' },
  { kind: 'closed', wasOpen: true },
  agreeing,
  { ...forked, height: 8, blocks: ['dd', 'ee'] },
])('a contradiction stays the first one when the next answer is %j', async (next) => {
  const store = emptyStore();
  expect(await poll(store, forked)).toEqual(forked);
  expect(await poll(store, next)).toEqual(forked);
  expect(store.get()).toEqual([
    { ...compared, nodes: ['alpha', 'beta'], height: 7, blocks: ['aa', 'bb'], seenAt: 1_000 },
  ]);
});

test('one that another tab keeps meanwhile is the first one', async () => {
  const store = emptyStore();
  const fresh = vi.fn(async () => {
    await poll(store, forked);
    return agreeing;
  });
  expect(await keptOrFresh(store, compared, fresh, () => 2_000)).toEqual(forked);
});

test('it is about these gateways and this network, and ends when it is dismissed', async () => {
  const store = emptyStore();
  await poll(store, forked);
  for (const other of [
    { ...compared, first: 'https://gamma.example' },
    { ...compared, second: 'https://gamma.example' },
    { ...compared, network: 'cd' },
  ]) {
    expect(await poll(store, agreeing, other)).toEqual(agreeing);
    expect(without(store.get(), other)).toEqual(store.get());
  }
  store.set(without(store.get(), compared));
  expect(keptOf(store.get(), compared)).toBeUndefined();
  expect(await poll(store, agreeing)).toEqual(agreeing);
});

test('nothing else is kept', async () => {
  const store = emptyStore();
  await poll(store, agreeing);
  await poll(store, { kind: 'unproven', node: 'beta', height: 7, why: 'Fewer seals than a quorum' });
  expect(store.get()).toEqual([]);
});

test('what was seen is told apart by gateways, also where both nodes were stored under one name', async () => {
  const store = emptyStore();
  await poll(store, { ...forked, nodes: ['alpha', 'alpha'] });
  expect(seenBlocks(store.get()[0]!)).toEqual([
    { origin: compared.first, node: 'alpha', block: 'aa' },
    { origin: compared.second, node: 'alpha', block: 'bb' },
  ]);
});

test('what was stored is read again, and what has another form is left out', async () => {
  const store = emptyStore();
  await poll(store, forked);
  const [kept] = store.get();
  expect(readKept(JSON.parse(JSON.stringify([kept])))).toEqual([kept]);
  expect(readKept(undefined)).toEqual([]);
  expect(readKept([{ ...kept, blocks: ['aa'] }, { ...kept, height: '7' }, null, 7])).toEqual([]);
});

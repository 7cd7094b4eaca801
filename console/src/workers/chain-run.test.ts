import { expect, test } from 'vitest';
import { buildExampleNetwork } from '../../../scripts/lib/example-network.ts';
import { verifyNobleAsync } from '../../../shared/crypto/ed25519.ts';
import type { Certificate } from '../../../shared/types/ledger.ts';
import type { ChainEvent, Checkpoint } from '../features/verify/chain/protocol.ts';
import { type ChainRunPorts, runChain } from './chain-run.ts';
import { type BlockPage, type ServedBlock, UnknownCursor } from './chain-source.ts';

const example = buildExampleNetwork({ validators: 4, epochs: 6, transactions: 1 });
const { network } = example;
const genesis = example.blocks[0]!;
const served: readonly ServedBlock[] = example.blocks.map((block, at) => ({
  height: at,
  header: block.headerBytes,
  certificate: block.certificate ?? ({ epoch: 0, height: 0, block: '', seals: [] } as unknown as Certificate),
}));
const tip = served.length - 1;

interface World {
  readonly events: ChainEvent[];
  readonly asked: (string | undefined)[];
  readonly verified: number[];
  kept: Checkpoint | undefined;
  stopped: boolean;
}
const worldOf = (kept?: Checkpoint): World => ({ events: [], asked: [], verified: [], kept, stopped: false });

/** Pages of two blocks; the cursor is the height of a page's last block. */
function portsOf(
  world: World,
  blocks: readonly ServedBlock[],
  changes: Partial<ChainRunPorts> = {},
): ChainRunPorts {
  let clock = 0;
  return {
    source: {
      link: async (epoch) => example.links[epoch - 1],
      genesis: async () => ({ header: genesis.headerBytes, validators: genesis.validators }),
      page: async (cursor): Promise<BlockPage> => {
        world.asked.push(cursor);
        if (cursor === 'of-another') throw new UnknownCursor(cursor);
        const from = cursor === undefined ? 0 : Number(cursor) + 1;
        const rows = blocks.slice(from, from + 2);
        const last = from + rows.length - 1;
        return { blocks: rows, ...(last < blocks.length - 1 ? { next: String(last) } : {}) };
      },
    },
    verify: verifyNobleAsync,
    nowMs: () => (clock += 400),
    load: async () => world.kept,
    save: async (checkpoint) => {
      world.kept = structuredClone(checkpoint);
    },
    tell: (event) => world.events.push(event),
    isStopped: () => world.stopped,
    ...changes,
  };
}
const lastOf = ({ events }: World): ChainEvent => events.at(-1)!;

test('a chain is verified to its tip, with progress on the way', async () => {
  const world = worldOf();
  await runChain(portsOf(world, served), { network, target: tip });
  expect(lastOf(world)).toMatchObject({
    type: 'verified',
    progress: { height: tip, block: example.blocks.at(-1)!.hash, seals: tip * 3, runBlocks: tip, kept: true },
  });
  expect(world.events.some(({ type }) => type === 'progress')).toBe(true);
});

test('what was stopped goes on from its checkpoint: nothing below is asked for or verified again', async () => {
  const world = worldOf();
  const stopping = portsOf(world, served, {
    tell: (event) => {
      world.events.push(event);
      world.stopped = true;
    },
  });
  await runChain(stopping, { network, target: tip });
  expect(lastOf(world).type).toBe('stopped');
  const { height } = world.kept!.point;
  expect(height).toBeGreaterThan(0);
  expect(height).toBeLessThan(tip);

  const later = worldOf(world.kept);
  await runChain(portsOf(later, served), { network, target: tip });
  expect(lastOf(later)).toMatchObject({
    type: 'verified',
    progress: { height: tip, seals: tip * 3, runBlocks: tip - height },
  });
  expect(later.asked).not.toContain(undefined);
});

test('blocks that came after the tip are verified from the checkpoint at the tip', async () => {
  const world = worldOf();
  await runChain(portsOf(world, served.slice(0, 5)), { network, target: 4 });
  const later = worldOf(world.kept);
  await runChain(portsOf(later, served), { network, target: tip });
  expect(lastOf(later)).toMatchObject({ type: 'verified', progress: { height: tip, runBlocks: tip - 4 } });
});

test('a gateway that does not know the cursor is read from the start', async () => {
  const world = worldOf();
  await runChain(portsOf(world, served.slice(0, 5)), { network, target: 4 });
  const later = worldOf({ ...world.kept!, cursor: 'of-another' });
  await runChain(portsOf(later, served), { network, target: tip });
  expect(lastOf(later)).toMatchObject({ type: 'verified', progress: { height: tip, runBlocks: tip - 4 } });
});

test('the first block that does not hold stops it; what is below stays kept', async () => {
  const world = worldOf();
  const changed = served.with(4, { ...served[4]!, header: served[3]!.header });
  await runChain(portsOf(world, changed), { network, target: tip });
  expect(lastOf(world)).toMatchObject({
    type: 'failed',
    failure: {
      height: 4,
      checks: [
        { id: 'decode', ok: true },
        { id: 'header', reason: 'height' },
      ],
    },
  });
  expect(world.kept?.point.height).toBe(3);
});

test('a gateway that serves less than it says has failed', async () => {
  const world = worldOf();
  await runChain(portsOf(world, served.slice(0, 4)), { network, target: tip });
  expect(lastOf(world)).toMatchObject({
    type: 'failed',
    progress: { height: 3 },
    failure: { height: 4, checks: [{ id: 'header', reason: 'height', actual: '3' }] },
  });
});

test('another genesis than the pinned one stops it before anything is asked', async () => {
  const world = worldOf();
  await runChain(portsOf(world, served), { network: 'ab'.repeat(32) as typeof network, target: tip });
  expect(world.events).toMatchObject([
    { type: 'failed', failure: { height: 0, checks: [{ id: 'history', reason: 'genesis-hash' }] } },
  ]);
  expect(world.asked).toEqual([]);
});

test('another block certified than this browser has seen at a height is a conflict, and is not kept as verified', async () => {
  const world = worldOf();
  const seen = { height: 3, block: 'ab'.repeat(32) };
  await runChain(portsOf(world, served), { network, target: tip, seen });
  expect(lastOf(world)).toMatchObject({
    type: 'failed',
    progress: { height: 2 },
    failure: { height: 3, checks: [{ id: 'history', reason: 'recovery-conflict', expected: seen.block }] },
  });
  expect(world.kept?.point.height).toBe(2);
  const same = worldOf();
  const own = { height: 3, block: example.blocks[3]!.hash };
  await runChain(portsOf(same, served), { network, target: tip, seen: own });
  expect(lastOf(same)).toMatchObject({ type: 'verified', progress: { height: tip } });
});

test('a block that nobody certified fails as that, whatever this browser has seen there', async () => {
  const world = worldOf();
  const seen = { height: 4, block: 'ab'.repeat(32) };
  const changed = served.with(4, { ...served[4]!, certificate: served[3]!.certificate });
  await runChain(portsOf(world, changed), { network, target: tip, seen });
  expect(lastOf(world)).toMatchObject({ type: 'failed', failure: { height: 4 } });
  expect(lastOf(world)).not.toMatchObject({ failure: { checks: [{ reason: 'recovery-conflict' }] } });
});

test('a browser that keeps nothing says so, and verifies all the same', async () => {
  const world = worldOf();
  const ports = portsOf(world, served, { save: () => Promise.reject(new Error('no room')) });
  await runChain(ports, { network, target: tip });
  expect(lastOf(world)).toMatchObject({ type: 'verified', progress: { kept: false } });
});

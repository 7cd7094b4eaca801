import { expect, it } from 'vitest';
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import { type Cast, createCast } from './cast.ts';
import { appendBlock, createDisk, type DurableBlock } from './disk.ts';
import { createEpochFold } from './epoch-fold.ts';
import { createEventQueue } from './event-queue.ts';
import { foundNetwork } from './founding.ts';
import { createNetwork } from './network.ts';
import { createPrng } from './prng.ts';
import { rosterOf } from './roster.ts';
import { drawSettings } from './settings.ts';
import { signAppend } from './transactions.ts';
import { createWorld } from './world.ts';

const alone = 'v0' as ValidatorId;

/** One validator, and so its own quorum: what waits on its disk is proposed, and written, while its node is made. */
function setAlone() {
  const queue = createEventQueue();
  const drawn = drawSettings(createPrng(1));
  const settings = {
    ...drawn,
    cryptoIsSlow: false,
    clockRateMax: 0,
    tuning: { ...drawn.tuning, batchDelayMs: 0, batchEnough: 1 },
  };
  const world = createWorld(queue, createPrng(1), settings);
  const founding = foundNetwork(1, settings.parameters);
  const stops: string[] = [];
  let signed = 0;
  const cast: Cast = createCast(
    world,
    founding,
    createNetwork(world, founding.ids),
    rosterOf(new Map()),
    createEpochFold(founding),
    {
      stirred: () => {},
      signing: () => {
        signed += 1;
      },
      lied: () => {},
      contradicted: () => {},
      pruning: () => {},
      appended: () => {},
      logged: () => {},
      crashed: () => {},
      stopped: (id, code) => {
        stops.push(code);
        cast.crash(id);
      },
    },
  );
  const waiting = signAppend(founding, {
    eventId: 'e1',
    stream: 's',
    expectedRevision: 'any',
    nonce: '1'.padStart(32, '0'),
    expiresAtMs: 30_000,
  });
  const disk = cast.disk(alone);
  disk.accepted.set(waiting.id, waiting.envelope);
  const runFor = (forMs: number): void => {
    for (const untilMs = queue.nowMs() + forMs; queue.nowMs() < untilMs && queue.runNext(); );
  };
  return { cast, disk, stops, signed: () => signed, runFor };
}

it('one whose disk is full while its node is made ends all the same: it signs and writes nothing once there is room', () => {
  const { cast, disk, stops, signed, runFor } = setAlone();
  disk.health.isFull = true;
  cast.start(alone);
  expect(stops).toEqual(['disk-full']);
  expect(cast.life(alone)).toBeUndefined();
  const signedBefore = signed();
  disk.health.isFull = false;
  runFor(2_000);
  expect(signed()).toBe(signedBefore);
  expect([disk.records, disk.blocks]).toEqual([[], []]);
  cast.start(alone);
  runFor(2_000);
  expect(signed()).toBeGreaterThan(signedBefore);
  expect(disk.blocks.map(({ block }) => block.height)[0]).toBe(1);
});

it('a block goes behind the last one on disk, and never above a gap', () => {
  const { genesis } = foundNetwork(1, drawSettings(createPrng(1)).parameters);
  const disk = createDisk(genesis, '0'.repeat(32) as never);
  const ofHeight = (height: number): DurableBlock =>
    ({ stored: {}, block: { height } as unknown as ExecutedBlock }) as DurableBlock;
  appendBlock(disk, ofHeight(1));
  expect(() => appendBlock(disk, ofHeight(3))).toThrow('Block 3 is written where block 2 belongs');
  expect(disk.blocks).toHaveLength(1);
});

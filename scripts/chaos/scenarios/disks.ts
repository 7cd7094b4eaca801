/** Disks that are full, broken or slow: the validator stops with a named error, or goes on; it never lies. */
import type { LocalNetwork } from '../../lib/local-network.ts';
import { foundNetwork, futureDataOf, underLoad } from '../arena.ts';
import {
  loopImpossible,
  mountLoop,
  mountTmpfs,
  slowDiskImpossible,
  tmpfsImpossible,
} from '../machine/disks.ts';
import type { Scenario } from '../scenario.ts';
import { type Storm, seconds, sleep } from '../storm.ts';

/** Primary of the first view. */
const victim = 0;
const endPatienceMs = 30_000;
/** EX_IOERR of sysexits.h: what a node ends with when its disk fails. */
const diskExit = 'exit code 74';

/** It must end by itself, with the exit code of a failed disk; what it said last goes to the notes. */
async function mustEnd(storm: Storm, when: string): Promise<void> {
  const { network } = storm;
  const reason = await Promise.race([network.endOf(victim), sleep(endPatienceMs).then(() => 'runs on')]);
  storm.mustBeZero('endedWithoutName', reason === diskExit ? 0 : 1);
  storm.notes.push(`${when}: ${reason}, ${lastWords(network)}`);
  if (network.isRunning(victim)) await network.kill(victim);
}

/** Headline of the last error that the validator wrote to standard error. */
function lastWords(network: LocalNetwork): string {
  const lines = network.warningsOf(victim);
  const codes = lines.flatMap((line) => /"code":"([a-z-]+)"|\[([a-z-]+)\]$/.exec(line)?.slice(1, 3) ?? []);
  return `said ${codes.filter((code) => code !== undefined).at(-1) ?? 'nothing'}`;
}

/** The disk fails under the running node, fails its restart too, and works again. */
async function failAndRepair(
  storm: Storm,
  name: string,
  fail: () => void,
  repair: () => void,
): Promise<void> {
  const { network } = storm;
  await storm.faultAndRecovery(
    name,
    async () => {
      fail();
      await mustEnd(storm, `${name}, running`);
      await storm.calm(2_000);
      network.start(victim);
      await mustEnd(storm, `${name}, started`);
    },
    () => {
      repair();
      network.start(victim);
    },
  );
  await storm.calm(2_000);
}

export const fullDisk: Scenario = {
  name: 'disk-full',
  title:
    'a full disk (tmpfs), of the primary and then of a backup; the node stops, and comes back when there is room',
  sizes: [4],
  seconds: () => 40,
  impossible: tmpfsImpossible,
  async perform(arena) {
    const disk = mountTmpfs(arena, futureDataOf(arena, victim), 48);
    return underLoad(arena, await foundNetwork(arena), async (storm) => {
      await failAndRepair(storm, 'full disk of the primary', disk.fill, disk.free);
      await failAndRepair(storm, 'full disk of a backup', disk.fill, disk.free);
    });
  },
};

export const readOnlyDisk: Scenario = {
  name: 'disk-read-only',
  title: 'a file system that fails and turns read-only (ext4), of the primary and then of a backup',
  sizes: [4],
  seconds: () => 40,
  impossible: loopImpossible,
  async perform(arena) {
    const disk = mountLoop(arena, futureDataOf(arena, victim), 96);
    return underLoad(arena, await foundNetwork(arena), async (storm) => {
      await failAndRepair(storm, 'read-only disk of the primary', disk.breakDown, disk.repair);
      await failAndRepair(storm, 'read-only disk of a backup', disk.breakDown, disk.repair);
    });
  },
};

/** An fsync takes about two writes: 100 ms each. */
const slowWritesPerSecond = 20;
const slowMs = 15_000;

export const slowDisk: Scenario = {
  name: 'disk-slow',
  title: 'an fsync of the primary takes 100 ms and more: 20 writes a second (blkio)',
  sizes: [4],
  seconds: () => 40,
  impossible: slowDiskImpossible,
  async perform(arena) {
    const disk = mountLoop(arena, futureDataOf(arena, victim), 96);
    return underLoad(arena, await foundNetwork(arena), async (storm) => {
      await storm.faultAndRecovery(
        'slow disk of the primary',
        async () => {
          const before = storm.acknowledged;
          disk.limitWrites(slowWritesPerSecond);
          await storm.calm(slowMs);
          storm.notes.push(`${storm.acknowledged - before} acknowledged in ${seconds(slowMs)} of it`);
        },
        () => disk.limitWrites(0),
      );
    });
  },
};

/** After SIGKILL a write-ahead log ends early, as on a disk that lied about its fsync: nothing may come of it. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { foundNetwork, underLoad } from '../arena.ts';
import { copyStores, removeStores, truncateWal } from '../machine/stores.ts';
import type { Scenario } from '../scenario.ts';
import { type Storm, sleep } from '../storm.ts';

const rounds = 12;

/** Back among its peers it votes if it has lost nothing that they know of, and observes otherwise. */
async function truncateOnce(storm: Storm, victim: number, number: number, intact: string): Promise<string> {
  const { network } = storm;
  const data = network.dataOf(victim);
  let where = '';
  await storm.faultAndRecovery(
    `truncation ${number} of ${rounds}`,
    async () => {
      await network.kill(victim);
      copyStores(data, intact);
      where = truncateWal(data, storm.random);
      await sleep(storm.random.between(0, 1_000));
    },
    () => network.start(victim),
  );
  const mode = (await storm.statusOf(victim))?.mode ?? 'silent';
  storm.say(`${where}: ${mode}`);
  // An observer signs nothing: what it had before the damage is still its newest state.
  if (mode === 'observing') await putBack(storm, victim, intact);
  rmSync(intact, { recursive: true });
  return mode;
}

async function putBack(storm: Storm, victim: number, intact: string): Promise<void> {
  const { network } = storm;
  const data = network.dataOf(victim);
  await network.end(victim);
  removeStores(data);
  copyStores(intact, data);
  network.start(victim);
  await network.ready();
}

export const truncatedWal: Scenario = {
  name: 'wal',
  title: 'a write-ahead log truncated at a random byte after SIGKILL',
  sizes: [4],
  seconds: () => 10 + rounds * 6,
  perform: async (arena) =>
    underLoad(arena, await foundNetwork(arena), async (storm) => {
      const modes: string[] = [];
      const intact = join(arena.directory, 'intact');
      for (let number = 1; number <= rounds; number += 1) {
        await storm.calm(storm.random.between(500, 2_000));
        modes.push(await truncateOnce(storm, number % storm.network.size, number, intact));
      }
      const count = (mode: string): number => modes.filter((one) => one === mode).length;
      storm.notes.push(`${count('observing')} noticed the loss and observed, ${count('voting')} voted on`);
      storm.mustBeZero('neitherVotedNorObserved', rounds - count('observing') - count('voting'));
    }),
};

/** An old copy of a data directory put back: its votes since then are lost, so it must not vote (rule D3). */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalNetwork } from '../../lib/local-network.ts';
import { foundNetwork, underLoad } from '../arena.ts';
import { copyStores, removeStores } from '../machine/stores.ts';
import { logLinesOf } from '../node-logs.ts';
import type { Scenario } from '../scenario.ts';
import type { Storm } from '../storm.ts';

const victim = 3;
const agedMs = 6_000;
const watchedMs = 6_000;

/** Certificates above `height` that hold a seal of the victim. */
async function sealsSince(storm: Storm, height: number): Promise<number> {
  let seals = 0;
  for (let at = height + 1; at <= storm.certified; at += 1) {
    for (const index of storm.all) {
      const signers = await storm.sealersOf(index, at);
      if (signers.includes(storm.network.idOf(victim))) seals += 1;
    }
  }
  return seals;
}

const votesLost = (network: LocalNetwork): number =>
  logLinesOf(network, victim).filter(({ code }) => code === 'votes-lost' || code === 'blocks-lost').length;

export const oldBackup: Scenario = {
  name: 'old-backup',
  title: 'an old backup put back: that validator follows and must not vote; its newest directory may again',
  sizes: [4],
  seconds: () => 45,
  async perform(arena) {
    const network = await foundNetwork(arena);
    const data = network.dataOf(victim);
    const [old, newest] = ['old', 'newest'].map((name) => join(arena.directory, name));
    return underLoad(arena, network, async (storm) => {
      await storm.calm(2_000);
      await network.end(victim);
      copyStores(data, old!);
      network.start(victim);
      await storm.calm(agedMs);
      await network.kill(victim);
      copyStores(data, newest!);
      await storm.faultAndRecovery(
        'the old one follows',
        async () => {
          removeStores(data);
          copyStores(old!, data);
        },
        () => network.start(victim),
      );
      const height = storm.certified;
      await storm.calm(watchedMs);
      storm.mustBeZero('votedWithLostVotes', await sealsSince(storm, height));
      const status = await storm.statusOf(victim);
      storm.mustBeZero('lossUnnoticed', status?.mode === 'observing' && votesLost(network) > 0 ? 0 : 1);
      storm.notes.push(`mode ${status?.mode}, ${storm.certified - height} blocks went on without its vote`);
      await storm.faultAndRecovery(
        'the newest one is back',
        async () => {
          await network.end(victim);
          removeStores(data);
          copyStores(newest!, data);
        },
        () => network.start(victim),
      );
      storm.mustBeZero('newestRefused', (await storm.statusOf(victim))?.mode === 'voting' ? 0 : 1);
      for (const copy of [old!, newest!]) rmSync(copy, { recursive: true });
    });
  },
};

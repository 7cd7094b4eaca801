/** Wrong clocks: one validator at a time, as primary and as backup, ahead and behind, by more than the drift. */
import { clockOffsetVariable } from '../../../node/config/clock-offset.ts';
import { foundNetwork, underLoad } from '../arena.ts';
import type { Scenario } from '../scenario.ts';
import { type Storm, seconds } from '../storm.ts';

const offsetsMs = [40_000, -40_000, 3_600_000, -3_600_000];
const wrongMs = 8_000;

/** Restarted with a wrong clock, watched, and restarted with the right one. */
async function live(storm: Storm, role: string, victim: number, offsetMs: number): Promise<void> {
  const { network } = storm;
  const before = storm.certified;
  await storm.faultAndRecovery(
    `clock of the ${role} ${network.idOf(victim)} off by ${seconds(offsetMs)}`,
    async () => {
      await network.end(victim);
      network.start(victim, { [clockOffsetVariable]: String(offsetMs) });
      await storm.calm(wrongMs);
    },
    async () => {
      await network.end(victim);
      network.start(victim);
    },
  );
  if (storm.certified === before)
    storm.faults.push(`nothing was certified with ${role} off by ${offsetMs} ms`);
}

export const clocks: Scenario = {
  name: 'clocks',
  title: 'clock of one validator off by ±40 s and ±1 h, as primary and as backup',
  sizes: [4, 7],
  seconds: () => 150,
  perform: async (arena) =>
    underLoad(arena, await foundNetwork(arena), async (storm) => {
      const { network } = storm;
      for (const offsetMs of offsetsMs) {
        await live(storm, 'primary', await storm.primary(), offsetMs);
        await live(storm, 'backup', ((await storm.primary()) + 2) % network.size, offsetMs);
      }
    }),
};

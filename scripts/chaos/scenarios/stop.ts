/** SIGSTOP: a validator that is there and says nothing, and goes on later as if no time had passed. */
import { foundNetwork, underLoad } from '../arena.ts';
import type { Scenario } from '../scenario.ts';
import type { Storm } from '../storm.ts';

const stoppedMs = 10_000;

function stop(storm: Storm, role: string, victim: number): Promise<number> {
  const pid = storm.network.pidOf(victim);
  return storm.faultAndRecovery(
    `SIGSTOP of the ${role} ${storm.network.idOf(victim)} for 10 s`,
    () => {
      process.kill(pid, 'SIGSTOP');
      return storm.calm(stoppedMs);
    },
    () => {
      process.kill(pid, 'SIGCONT');
    },
  );
}

export const sigstop: Scenario = {
  name: 'stop',
  title: 'SIGSTOP for 10 s: the primary, then a backup',
  sizes: [4, 7],
  seconds: () => 40,
  perform: async (arena) =>
    underLoad(arena, await foundNetwork(arena), async (storm) => {
      await stop(storm, 'primary', await storm.primary());
      await storm.calm(1_000);
      await stop(storm, 'backup', ((await storm.primary()) + 1) % storm.network.size);
    }),
};

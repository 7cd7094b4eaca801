/** SIGKILL at random instants: of one validator, of all at once, and of one more than the network can lose. */
import { foundNetwork, underLoad } from '../arena.ts';
import { createPace } from '../pace.ts';
import type { Scenario } from '../scenario.ts';
import { type Storm, seconds, sleep } from '../storm.ts';

export const kill: Scenario = {
  name: 'kill',
  title: 'SIGKILL of one validator at a random instant',
  sizes: [4, 7],
  seconds: ({ kills }) => 10 + kills * 4,
  perform: async (arena) =>
    underLoad(arena, await foundNetwork(arena), async (storm) => {
      const { network, random } = storm;
      const { kills } = arena.settings;
      const pace = createPace(kills);
      for (let number = 1; number <= kills; number += 1) {
        await storm.calm(random.between(100, 1_500));
        // Each in its turn, so that every one of them is killed as often as the others.
        const victim = number % network.size;
        await storm.faultAndRecovery(
          `kill ${number} of ${kills}${pace.after(number - 1)}, ${network.idOf(victim)}`,
          () => network.kill(victim).then(() => sleep(random.between(0, 2_000))),
          () => network.start(victim),
        );
      }
    }),
};

const killAll = (storm: Storm): Promise<void> =>
  Promise.all(storm.all.map((victim) => storm.network.kill(victim))).then(() => undefined);
const startAll = (storm: Storm): void => {
  for (const victim of storm.all) storm.network.start(victim);
};

export const killAllAtOnce: Scenario = {
  name: 'kill-all',
  title: 'SIGKILL of all validators at once at a random instant',
  sizes: [4, 7],
  seconds: ({ kills }, size) => 10 + kills * (2 + size * 0.7),
  perform: async (arena) =>
    underLoad(arena, await foundNetwork(arena), async (storm) => {
      const { kills } = arena.settings;
      const pace = createPace(kills);
      for (let number = 1; number <= kills; number += 1) {
        await storm.calm(storm.random.between(100, 1_500));
        await storm.standstill(
          `kill of all ${number} of ${kills}${pace.after(number - 1)}`,
          () => killAll(storm),
          () => startAll(storm),
        );
      }
    }),
};

const watchedMs = 5_000;

export const lostQuorum: Scenario = {
  name: 'lost-quorum',
  title: 'f+1 validators dead: nothing may commit; one back: everything goes on',
  sizes: [4, 7],
  seconds: () => 25,
  perform: async (arena) =>
    underLoad(arena, await foundNetwork(arena), async (storm) => {
      const { network } = storm;
      const victims = storm.all.slice(0, network.size - storm.quorum + 1);
      const resumedMs = await storm.standstill(
        `${victims.length} of ${network.size} dead`,
        async () => {
          await Promise.all(victims.map((victim) => network.kill(victim)));
          storm.mustBeZero('committedWithoutQuorum', await storm.commitsDuring(watchedMs));
        },
        () => {
          for (const victim of victims) network.start(victim);
        },
      );
      storm.notes.push(`all back and following after ${seconds(resumedMs)}`);
    }),
};

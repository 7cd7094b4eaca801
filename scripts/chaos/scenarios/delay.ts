/** Long roads between validators: every link through a relay that holds back what passes. */
import { type Arena, foundNetwork, loopbackPlaces, underLoad } from '../arena.ts';
import { relayTo } from '../machine/delay-relay.ts';
import type { Scenario } from '../scenario.ts';
import { seconds } from '../storm.ts';

const meanMs = 200;
const jitterMs = 50;
const delayedMs = 15_000;

const relayPortOf = ({ settings: { port } }: Arena, index: number): number => port + 25 + index;

export const delay: Scenario = {
  name: 'delay',
  title: 'every link 200 ± 50 ms long, in each direction',
  sizes: [4],
  seconds: () => 35,
  async perform(arena) {
    const places = loopbackPlaces(arena);
    const relays = await Promise.all(
      places.map((_, index) =>
        relayTo(relayPortOf(arena, index), arena.settings.port + index, arena.random.between),
      ),
    );
    for (const relay of relays) arena.atEnd(relay.close);
    const network = await foundNetwork(arena, {
      places: places.map((place, index) => ({
        links: `127.0.0.1:${relayPortOf(arena, index)}`,
        linksListen: place.links,
        gateway: place.gateway,
      })),
    });
    return underLoad(arena, network, (storm) =>
      storm
        .faultAndRecovery(
          'delay',
          async () => {
            const certified = storm.certified;
            const acknowledged = storm.acknowledged;
            for (const relay of relays) relay.delay(meanMs, jitterMs);
            await storm.calm(delayedMs);
            storm.notes.push(
              `${storm.certified - certified} blocks and ${storm.acknowledged - acknowledged} acknowledged in ${seconds(delayedMs)} of it`,
            );
          },
          () => {
            for (const relay of relays) relay.delay(0, 0);
          },
        )
        .then(() => undefined),
    );
  },
};

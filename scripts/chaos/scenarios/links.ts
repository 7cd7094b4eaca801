/** The network between the validators: each in a namespace of its own, with packets lost, cut off or overtaken. */
import { foundNetwork, underLoad } from '../arena.ts';
import { namespacesImpossible, type Switch, switchOf } from '../machine/namespaces.ts';
import type { Scenario } from '../scenario.ts';
import { type Storm, seconds } from '../storm.ts';

const impairedMs = 12_000;

interface LinksScenario extends Pick<Scenario, 'name' | 'title' | 'sizes'> {
  readonly lasts: number;
  rage(storm: Storm, wires: Switch): Promise<unknown>;
}

const linksScenario = ({ name, title, sizes, lasts, rage }: LinksScenario): Scenario => ({
  name,
  title,
  sizes,
  seconds: () => lasts,
  impossible: namespacesImpossible,
  async perform(arena) {
    const wires = await switchOf(arena);
    return underLoad(arena, await foundNetwork(arena, { places: wires.places }), async (storm) => {
      await rage(storm, wires);
    });
  },
});

/** Impaired for a while, with what was certified and acknowledged meanwhile as a note. */
async function weather(storm: Storm, wires: Switch, name: string, impair: () => void): Promise<void> {
  await storm.faultAndRecovery(
    name,
    async () => {
      const certified = storm.certified;
      const acknowledged = storm.acknowledged;
      impair();
      await storm.calm(impairedMs);
      storm.notes.push(
        `${name}: ${storm.certified - certified} blocks and ${storm.acknowledged - acknowledged} acknowledged in ${seconds(impairedMs)}`,
      );
    },
    wires.clear,
  );
  await storm.calm(1_000);
}

const oneWay = linksScenario({
  name: 'one-way',
  title: 'one-way loss: of one link, of all that the primary says, of all that a backup hears',
  sizes: [4, 7],
  lasts: 60,
  async rage(storm, wires) {
    const others = (index: number): readonly number[] => storm.all.filter((one) => one !== index);
    const primary = await storm.primary();
    await weather(storm, wires, 'one link', () => wires.lose(primary, others(primary)[0], 1));
    await weather(storm, wires, 'mute primary', () => wires.lose(primary, undefined, 1));
    const next = await storm.primary();
    const backup = others(next)[1]!;
    await weather(storm, wires, 'deaf backup', () => {
      for (const one of others(backup)) wires.lose(one, backup, 1);
    });
  },
});

/** No packet between validators that are not `joined`. */
function cut(storm: Storm, wires: Switch, joined: (a: number, b: number) => boolean): void {
  for (const from of storm.all)
    for (const to of storm.all) if (from !== to && !joined(from, to)) wires.lose(from, to, 1);
}

const split = linksScenario({
  name: 'split',
  title: 'split in two halves, none of which has a quorum',
  sizes: [4, 7],
  lasts: 30,
  async rage(storm, wires) {
    const half = Math.floor(storm.network.size / 2);
    await storm.standstill(
      `split ${half}|${storm.network.size - half}`,
      async () => {
        cut(storm, wires, (a, b) => a < half === b < half);
        storm.mustBeZero('committedWithoutQuorum', await storm.commitsDuring(impairedMs));
      },
      wires.clear,
    );
  },
});

const ring = linksScenario({
  name: 'ring',
  title: 'a ring: everybody reaches a quorum of neighbours, nobody reaches all',
  sizes: [4, 7],
  lasts: 30,
  async rage(storm, wires) {
    const n = storm.network.size;
    const reach = Math.ceil((storm.quorum - 1) / 2);
    const distance = (a: number, b: number): number => Math.min((a - b + n) % n, (b - a + n) % n);
    // No quorum of validators that all reach one another: commits are welcome and not to be expected.
    await storm.standstill(
      'ring',
      async () => {
        cut(storm, wires, (a, b) => distance(a, b) <= reach);
        const commits = await storm.commitsDuring(impairedMs);
        storm.notes.push(`${commits} blocks in ${seconds(impairedMs)} of it`);
      },
      wires.clear,
    );
  },
});

const loss = (percent: number): Scenario =>
  linksScenario({
    name: `loss-${percent}`,
    title: `${percent} % of all packets lost`,
    sizes: [4],
    lasts: 30,
    rage: (storm, wires) =>
      weather(storm, wires, `${percent} % loss`, () => {
        for (const one of storm.all) wires.lose(one, undefined, percent / 100);
      }),
  });

const overtaken = 0.25;

const reorder = linksScenario({
  name: 'reorder',
  title: 'a quarter of all packets overtaken by later ones',
  sizes: [4],
  lasts: 30,
  rage: (storm, wires) =>
    weather(storm, wires, 'reordered', () => {
      for (const one of storm.all) wires.reorder(one, overtaken);
    }),
});

export const linksScenarios: readonly Scenario[] = [oneWay, split, ring, loss(1), loss(5), loss(20), reorder];

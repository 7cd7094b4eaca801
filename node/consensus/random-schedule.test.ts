/**
 * Safety under any schedule (OSDI'99 §4.6): deliveries are lost, repeated and reordered, replicas crash with
 * what they had not persisted and come back; afterwards the network heals and must make progress.
 */
import { describe, expect, test } from 'vitest';
import { Cluster } from './test-support/cluster.ts';
import { idOf } from './test-support/forge.ts';
import { Steward } from './test-support/steward.ts';

/** Mulberry32: a seed is a universe. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Universe {
  readonly n: number;
  readonly seed: number;
  readonly steps: number;
  readonly twin?: number;
  /** Replicas that may come into the set, by activations that are scheduled and withdrawn at random. */
  readonly seats?: number;
}

function runUniverse({ n, seed, steps, twin, seats }: Universe): Cluster {
  const cluster = new Cluster(n, { window: 4, batchLimit: 10 }, twin, seats);
  const { length } = cluster.replicas;
  const names = cluster.replicas.map(({ name }) => name);
  const random = randomOf(seed);
  const steward = seats === undefined ? undefined : new Steward(cluster, random);
  const pick = (count: number): number => Math.floor(random() * count);
  const lossRate = random() * 0.2;
  let isCut = (_from: number, _to: number): boolean => false;
  const indexOf = (name: string): number => names.indexOf(name);
  cluster.links = (from, to) => random() >= lossRate && !isCut(indexOf(from), indexOf(to));
  for (let stepNumber = 0; stepNumber < steps; stepNumber += 1) {
    if (steward !== undefined && random() < 0.012) steward.act();
    if (steward !== undefined && random() < 0.001) steward.wipe();
    const dice = random();
    const replica = cluster.at(pick(length));
    if (dice < 0.45) cluster.workOnce(replica);
    else if (dice < 0.9) {
      const index = pick(Math.min(cluster.network.length, 40));
      const delivery = cluster.network[index];
      if (delivery !== undefined && random() < 0.05) cluster.network.push(delivery);
      cluster.deliverOnce(index);
    } else if (dice < 0.92) cluster.submit(`t${stepNumber}`);
    else if (dice < 0.97) {
      cluster.nowMs += pick(300);
      cluster.tick();
    } else if (dice < 0.98) cluster.exchangeStatus();
    else if (dice < 0.985 && replica.alive) cluster.crash(indexOf(replica.name));
    else if (dice < 0.993) {
      const down = cluster.replicas.find(({ alive }) => !alive);
      if (down !== undefined) cluster.restart(indexOf(down.name));
    } else if (dice < 0.996) {
      const group = Array.from({ length }, () => random() < 0.5);
      isCut = (from, to) => group[from] !== group[to];
    } else isCut = () => false;
  }
  cluster.links = () => true;
  for (let index = 0; index < length; index += 1) if (!cluster.at(index).alive) cluster.restart(index);
  return cluster;
}

const universes = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('random schedules', () => {
  test.each([
    [1, 10],
    [2, 20],
    [3, 30],
    [4, 100],
    [5, 30],
    [7, 30],
  ])(
    '%i validators, %i universes: agreement, no double signature, progress after healing',
    (n, count) => {
      for (const seed of universes(count)) {
        const cluster = runUniverse({ n, seed, steps: 1_500 });
        const before = Math.max(...cluster.heights());
        cluster.settle();
        for (let round = 0; round < 40; round += 1) {
          if (round % 10 === 0) cluster.submit(`last ${round}`);
          cluster.advance(1_000);
          if (Math.min(...cluster.heights()) > before && new Set(cluster.heights()).size === 1) break;
        }
        const story = { n, seed, before, heights: cluster.heights(), violations: cluster.violations };
        expect(story, JSON.stringify(cluster.replicas.map((_, index) => cluster.view(index)))).toMatchObject({
          violations: [],
          heights: cluster.heights().map(() => Math.max(...cluster.heights())),
        });
        expect(Math.min(...cluster.heights()), JSON.stringify(story)).toBeGreaterThan(before);
        for (let index = 0; index < n; index += 1) {
          expect(cluster.outputsOf(index, 'evidence'), `seed ${seed} ${idOf(index)}`).toEqual([]);
          expect(cluster.outputsOf(index, 'rejected'), `seed ${seed} ${idOf(index)}`).toEqual([]);
          expect(cluster.outputsOf(index, 'halt'), `seed ${seed} ${idOf(index)}`).toEqual([]);
          for (const code of ['votes-lost', 'blocks-lost'])
            expect(cluster.notes(index, code), `seed ${seed} ${idOf(index)}`).toEqual([]);
        }
      }
    },
    120_000,
  );

  test.each([
    [4, 3, 40],
    [4, 0, 40],
    [7, 1, 20],
  ])(
    '%i validators, the key of %i used by two at once, %i universes: agreement and progress of the others',
    (n, twin, count) => {
      for (const seed of universes(count)) {
        const cluster = runUniverse({ n, seed: 10_000 + seed, steps: 1_500, twin });
        const honest = cluster.replicas.filter(({ id }) => id !== cluster.twin);
        const heights = () => honest.map(({ state }) => state.certified.height);
        const before = Math.max(...heights());
        for (let round = 0; round < 60 && Math.min(...heights()) <= before; round += 1) {
          if (round % 10 === 0) cluster.submit(`last ${round}`);
          cluster.advance(1_000);
        }
        const story = { n, seed, before, heights: heights() };
        expect(cluster.violations, JSON.stringify(story)).toEqual([]);
        expect(Math.min(...heights()), JSON.stringify(story)).toBeGreaterThan(before);
        const accused = honest.flatMap(({ outputs }) =>
          outputs.flatMap((output) => (output.type === 'evidence' ? [output.evidence.validator] : [])),
        );
        expect(accused.filter((id) => id !== cluster.twin)).toEqual([]);
        expect(honest.map(({ state }) => state.mode)).toEqual(honest.map(() => 'voting'));
      }
    },
    120_000,
  );

  test.each([
    [4, 2, 60],
    [5, 1, 15],
    [7, 2, 15],
  ])(
    '%i validators and %i more, %i universes with activations: one chain, each height signed in its epoch, all go over',
    (n, seats, count) => {
      let epochs = 0;
      for (const seed of universes(count)) {
        const cluster = runUniverse({ n, seed: 20_000 + seed, steps: 3_000, seats });
        const before = Math.max(...cluster.heights());
        const tops = () => [cluster.heights(), cluster.epochs()].map((list) => new Set(list).size);
        cluster.settle();
        for (let round = 0; round < 60; round += 1) {
          if (round % 10 === 0) cluster.submit(`last ${round}`);
          cluster.advance(1_000);
          const isQuiet = cluster.replicas.every(({ state }) => state.horizon.lastHeight === undefined);
          if (isQuiet && Math.min(...cluster.heights()) > before && tops().every((size) => size === 1)) break;
        }
        cluster.advance(3_000);
        const story = { n, seed, before, heights: cluster.heights(), epochs: cluster.epochs() };
        expect(cluster.violations, JSON.stringify(story)).toEqual([]);
        expect(tops(), `${JSON.stringify(story)} ${cluster.story()}`).toEqual([1, 1]);
        expect(Math.min(...cluster.heights()), cluster.story()).toBeGreaterThan(before);
        for (const { name, outputs, state } of cluster.replicas) {
          const bad = outputs.filter(({ type }) =>
            ['evidence', 'rejected', 'halt', 'renounce'].includes(type),
          );
          expect(bad, `seed ${seed} ${name}`).toEqual([]);
          expect(state.mode, `seed ${seed} ${name}`).toBe(state.config.mayVote ? 'voting' : 'observing');
        }
        epochs += cluster.epochs()[0]!;
      }
      expect(epochs).toBeGreaterThan(count);
    },
    240_000,
  );
});

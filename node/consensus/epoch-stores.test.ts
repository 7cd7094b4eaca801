/**
 * Rule D3 across epochs: a vote store that lost votes of an epoch never votes in it, wherever its blocks stood when
 * it started.
 */
import { describe, expect, test } from 'vitest';
import type { ConsensusMessage } from '../../shared/types/messages.ts';
import { Cluster } from './test-support/cluster.ts';
import { idOf } from './test-support/forge.ts';
import type { Change, Command } from './test-support/ledger.ts';

const window = 4;
const parameters = { window, batchLimit: 10 };
const rotation = (index: number): Change => ({ key: { id: idOf(index), generation: 1 } });
const arm = (change: Change): Command => ({ kind: 'arm', change, notBefore: 0 });
const isIn = (cluster: Cluster, epoch: number, indexes: readonly number[]) => (): boolean =>
  indexes.every((index) => cluster.view(index).epoch === epoch);
const evidenceOf = (cluster: Cluster) =>
  cluster.replicas.flatMap(({ outputs }) => outputs.filter(({ type }) => type === 'evidence'));

function underLoad(cluster: Cluster, isDone: () => boolean): void {
  for (let index = 0; index < 200 && !isDone(); index += 1) {
    cluster.submit(`load ${cluster.nowMs}`);
    cluster.advance(50);
  }
  expect(isDone(), cluster.story()).toBe(true);
}

describe('blocks put back behind the epoch in which the store voted', () => {
  /** Who joined at a has votes of the new epoch on its disk; its blocks are put back to where it was no validator. */
  function joinerPutBack(): Cluster {
    const cluster = new Cluster(4, parameters, undefined, 1);
    cluster.command('join', arm({ join: idOf(4) }));
    underLoad(cluster, isIn(cluster, 1, [0, 1, 2, 3, 4]));
    cluster.advanceUntil(() => cluster.view(4).mode === 'voting', 10_000);
    cluster.advance(2_000);
    cluster.links = (_from, _to, message) => message?.kind !== 'seal';
    cluster.submit('stuck');
    cluster.settle();
    for (const index of [0, 1, 2, 3, 4]) cluster.crash(index);
    cluster.at(4).disk.putBlocksBack(window);
    cluster.links = () => true;
    return cluster;
  }

  test('who did not vote where its blocks end renounces its store all the same', () => {
    const cluster = joinerPutBack();
    // All had no power: nobody remembers what the joiner signed, but its own disk.
    for (const index of [0, 1, 2, 3, 4]) cluster.restart(index);
    expect(cluster.notes(4, 'blocks-lost')).toHaveLength(1);
    expect(cluster.at(4).disk.incarnation).toBe(1);
    cluster.advance(5_000);
    expect(cluster.view(4)).toMatchObject({ mode: 'observing', epoch: 1 });
    expect(cluster.violations).toEqual([]);
    expect(evidenceOf(cluster)).toEqual([]);
  });
});

describe('a disk rolled back behind a hand-over, while its peers still stand before it', () => {
  test('they tell what they hold for the next epoch, and it votes in neither', () => {
    const cluster = new Cluster(4, parameters);
    cluster.command('rotate', arm(rotation(2)));
    for (let height = 2; height <= window; height += 1) {
      cluster.submit(`load ${height}`);
      cluster.settle();
    }
    // All execute and seal a − 1. Only v1, the next primary, hears the seals.
    const isLast = (message?: ConsensusMessage) => message?.kind === 'seal' && message.height === window + 1;
    cluster.links = (_from, to, message) => to === 'v1' || (message !== undefined && !isLast(message));
    cluster.submit('the last of the epoch');
    const replica = cluster.at(1);
    let old = replica.disk.copy();
    for (let steps = 0; steps < 2_000 && cluster.view(1).epoch === 0; steps += 1) {
      if (replica.disk.tip() <= window) old = replica.disk.copy();
      for (const one of cluster.replicas) cluster.workOnce(one);
      cluster.deliverOnce(0);
    }
    expect(cluster.epochs()).toEqual([0, 1, 0, 0]);
    cluster.submit('first of the next epoch');
    cluster.settle();
    expect(cluster.intents(1, 'pre-prepare').filter(({ epoch }) => epoch === 1)).toHaveLength(1);
    cluster.crash(1);
    replica.disk = old;
    replica.executed.clear();
    cluster.links = (_from, _to, message) => message === undefined || !isLast(message);
    cluster.restart(1);
    cluster.settle();
    cluster.links = () => true;
    cluster.submit('another first one');
    cluster.advance(10_000);
    expect(cluster.notes(1, 'votes-lost')).toHaveLength(1);
    expect(cluster.violations).toEqual([]);
    expect(evidenceOf(cluster)).toEqual([]);
    expect(cluster.view(1)).toMatchObject({ mode: 'observing', epoch: 1 });
  });
});

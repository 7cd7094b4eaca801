/**
 * Rules E1–E3, D3, V2, V6 against the schedules that were tried on paper (decision 016, section 11): each test is
 * one of them, and fails without the rule that it names.
 */
import { describe, expect, test } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import type { Height } from '../../shared/types/brands.ts';
import type { ConsensusMessage } from '../../shared/types/messages.ts';
import { Cluster } from './test-support/cluster.ts';
import { batchOf, idOf } from './test-support/forge.ts';
import type { Change, Command } from './test-support/ledger.ts';

const window = 4;
const parameters = { window, batchLimit: 10 };
/** A rotation: the smallest change that makes a new epoch of the same validators. */
const rotation = (index: number, generation = 1): Change => ({ key: { id: idOf(index), generation } });
const arm = (change: Change, notBefore = 0): Command => ({ kind: 'arm', change, notBefore });
const isIn = (cluster: Cluster, epoch: number, indexes: readonly number[]) => (): boolean =>
  indexes.every((index) => cluster.view(index).epoch === epoch);
const isSealAt = (height: number) => (message?: ConsensusMessage) =>
  message?.kind === 'seal' && message.height === height;

/** Every block has a transaction, until all are in the epoch. */
function underLoad(cluster: Cluster, isDone: () => boolean, blocksMax = 200): void {
  for (let index = 0; index < blocksMax && !isDone(); index += 1) {
    cluster.submit(`load ${cluster.nowMs}`);
    cluster.advance(50);
  }
  expect(isDone(), cluster.story()).toBe(true);
}

function expectSound(cluster: Cluster): void {
  expect(cluster.violations).toEqual([]);
  for (const { name, outputs } of cluster.replicas)
    for (const type of ['evidence', 'rejected', 'halt'])
      expect(
        outputs.filter((output) => output.type === type),
        name,
      ).toEqual([]);
}

describe('fork at the boundary', () => {
  test('schedule 1, votes at or above a before d is known: under load the old epoch runs dry at a − 1', () => {
    const cluster = new Cluster(4, parameters);
    cluster.links = (_, to) => to !== 'v3';
    cluster.command('rotate', arm(rotation(1)));
    underLoad(cluster, isIn(cluster, 1, [0, 1, 2]));
    const { firstHeight } = cluster.at(0).state.config;
    expect(firstHeight).toBe(1 + window + 1);
    cluster.links = () => true;
    underLoad(cluster, isIn(cluster, 1, [0, 1, 2, 3]));
    cluster.advance(3_000);
    expect(Math.min(...cluster.heights())).toBeGreaterThan(firstHeight);
    expectSound(cluster);
  });

  test('schedule 2, a bigger window counts from a on, where h = a − 1', () => {
    const cluster = new Cluster(4, parameters);
    cluster.command('widen', arm({ parameters: { window: 9 } }));
    underLoad(cluster, isIn(cluster, 1, [0, 1, 2, 3]));
    expect(cluster.at(0).state.config.parameters.window).toBe(9);
    expectSound(cluster);
  });

  test('schedule 3, d executed but not certified: nothing at or above a is signed meanwhile', () => {
    const cluster = new Cluster(4, parameters);
    cluster.links = (_from, _to, message) => message?.kind !== 'seal';
    cluster.command('rotate', arm(rotation(1)));
    for (let index = 0; index < 8; index += 1) {
      cluster.submit(`load ${index}`);
      cluster.settle();
    }
    expect(cluster.heights()).toEqual([0, 0, 0, 0]);
    expect(cluster.view(0).executed).toBe(window);
    cluster.links = () => true;
    underLoad(cluster, isIn(cluster, 1, [0, 1, 2, 3]));
    expectSound(cluster);
  });

  test('schedule 4, withdrawn, then a new change with a smaller a', () => {
    const cluster = new Cluster(4, parameters);
    cluster.command('far', arm(rotation(1), 60));
    underLoad(cluster, () => cluster.at(0).state.horizon.lastHeight === 59);
    cluster.command('back', { kind: 'withdraw' });
    cluster.command('near', arm(rotation(2)));
    underLoad(cluster, isIn(cluster, 1, [0, 1, 2, 3]));
    expect(cluster.at(0).state.config.firstHeight).toBeLessThan(20);
    expectSound(cluster);
  });

  test('schedule 5, withdrawn inside a − 1, and half of them certify it late: nobody goes over', () => {
    const cluster = new Cluster(4, parameters);
    cluster.command('rotate', arm(rotation(1)));
    const last = 1 + window;
    for (let height = 2; height < last; height += 1) {
      cluster.submit(`load ${height}`);
      cluster.settle();
    }
    expect(cluster.heights()).toEqual(Array(4).fill(last - 1));
    const isLate = isSealAt(last);
    cluster.links = (_, to, message) => (to !== 'v2' && to !== 'v3') || !isLate(message);
    cluster.command('back', { kind: 'withdraw' });
    cluster.settle();
    cluster.submit('after');
    cluster.settle();
    expect(cluster.heights()).toEqual([last, last, last - 1, last - 1]);
    cluster.links = () => true;
    cluster.advance(3_000);
    expect(cluster.epochs()).toEqual([0, 0, 0, 0]);
    expect(Math.min(...cluster.heights())).toBeGreaterThan(last);
    expectSound(cluster);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20])(
    'schedule 9, a crash %i steps after a − 1 is on its way to the disk',
    (steps) => {
      const cluster = new Cluster(4, parameters);
      cluster.command('rotate', arm(rotation(2)));
      const replica = cluster.at(2);
      let left = Number.POSITIVE_INFINITY;
      for (let index = 0; index < 5_000 && left > 0; index += 1) {
        if (index % 40 === 0) cluster.submit(`load ${index}`);
        for (const one of cluster.replicas) {
          if (one.local.length > 0 && one === replica) left -= 1;
          cluster.workOnce(one);
        }
        cluster.deliverOnce(0);
        if (left > 1_000 && replica.disk.tip() === 1 + window) left = steps;
      }
      expect(left).toBeLessThanOrEqual(0);
      cluster.crash(2);
      cluster.restart(2);
      underLoad(cluster, isIn(cluster, 1, [0, 1, 2, 3]));
      cluster.advance(3_000);
      expect(new Set(cluster.heights()).size).toBe(1);
      expect(cluster.view(2).mode).toBe('voting');
      expectSound(cluster);
    },
  );

  test('schedule 9, blocks put back behind a: votes of a later epoch than the tip, so it renounces its store', () => {
    const cluster = new Cluster(4, parameters);
    cluster.command('rotate', arm(rotation(1)));
    underLoad(cluster, isIn(cluster, 1, [0, 1, 2, 3]));
    // Seals are lost, so that votes of the new epoch stay on the disk.
    cluster.links = (_from, _to, message) => message?.kind !== 'seal';
    cluster.submit('stuck');
    cluster.settle();
    cluster.crash(2);
    cluster.at(2).disk.putBlocksBack(window);
    cluster.links = () => true;
    cluster.restart(2);
    expect(cluster.notes(2, 'blocks-lost')).toHaveLength(1);
    expect(cluster.at(2).disk.incarnation).toBe(1);
    cluster.advance(5_000);
    expect(cluster.view(2)).toMatchObject({ mode: 'observing', epoch: 1 });
    expect(new Set(cluster.heights()).size).toBe(1);
    expectSound(cluster);
  });

  test('schedule 10, a disk rolled back across the boundary: it asks again in the new epoch, and is told', () => {
    const cluster = new Cluster(4, parameters);
    cluster.command('rotate', arm(rotation(1)));
    underLoad(cluster, () => cluster.view(3).certified === 3);
    const old = cluster.at(3).disk.copy();
    underLoad(cluster, isIn(cluster, 1, [0, 1, 2, 3]));
    cluster.submit('in the new epoch');
    cluster.advance(500);
    cluster.crash(3);
    cluster.at(3).disk = old;
    cluster.restart(3);
    cluster.advance(5_000);
    expect(cluster.view(3)).toMatchObject({ mode: 'observing', epoch: 1 });
    expect(cluster.notes(3, 'votes-lost')).not.toEqual([]);
    expect(new Set(cluster.heights()).size).toBe(1);
    cluster.command('register', arm({ incarnation: { id: idOf(3), value: cluster.at(3).disk.incarnation } }));
    underLoad(cluster, isIn(cluster, 2, [0, 1, 2, 3]));
    cluster.advance(2_000);
    expect(cluster.view(3).mode).toBe('voting');
    expectSound(cluster);
  });
});

describe('halt at the boundary', () => {
  /** All have executed and sealed a − 1; only v0 hears the seals of the others, and nobody hears how v0 stands. */
  function onlyOneCertifies(): Cluster {
    const cluster = new Cluster(4, parameters);
    cluster.command('rotate', arm(rotation(1)));
    for (let height = 2; height <= window; height += 1) {
      cluster.submit(`load ${height}`);
      cluster.settle();
    }
    const isLast = isSealAt(1 + window);
    cluster.links = (_, to, message) => to === 'v0' || (message !== undefined && !isLast(message));
    cluster.submit('the last of the epoch');
    cluster.settle();
    expect(cluster.epochs()).toEqual([1, 0, 0, 0]);
    return cluster;
  }

  test('schedule 14, the only one that forms the certificate of a − 1 dies: the others have their seals', () => {
    const cluster = onlyOneCertifies();
    cluster.crash(0);
    cluster.links = () => true;
    underLoad(cluster, isIn(cluster, 1, [1, 2, 3]));
    cluster.restart(0);
    cluster.advance(5_000);
    expect(new Set(cluster.heights()).size).toBe(1);
    expectSound(cluster);
  });

  test('schedule 14, it lives and prunes: it gives the certificate to who stands in the epoch before (V6)', () => {
    const cluster = onlyOneCertifies();
    const isLast = isSealAt(1 + window);
    cluster.links = (_from, _to, message) => !isLast(message);
    cluster.advanceUntil(isIn(cluster, 1, [0, 1, 2, 3]), 10_000);
    expect(cluster.outputsOf(0, 'epoch-certificate')).toMatchObject([
      { epoch: 0 },
      { epoch: 0 },
      { epoch: 0 },
    ]);
    underLoad(cluster, () => Math.min(...cluster.heights()) > 1 + window);
    expectSound(cluster);
  });

  test('schedule 15, a laggard changes views for ever, three epochs behind and every key changed since', () => {
    const cluster = new Cluster(4, parameters);
    cluster.links = (from, to) => from !== 'v3' && to !== 'v3';
    for (const index of [0, 1, 2]) {
      cluster.command(`rotate ${index}`, arm(rotation(index)));
      underLoad(cluster, isIn(cluster, index + 1, [0, 1, 2]));
    }
    cluster.advance(5_000);
    expect(cluster.view(3)).toMatchObject({ epoch: 0, certified: 0 });
    expect(cluster.intents(3, 'view-change')).not.toEqual([]);
    cluster.links = () => true;
    cluster.advanceUntil(isIn(cluster, 3, [0, 1, 2, 3]), 20_000);
    cluster.submit('together');
    cluster.advance(5_000);
    expect(new Set(cluster.heights()).size).toBe(1);
    expect(cluster.view(3).mode).toBe('voting');
    expectSound(cluster);
  });

  test('schedule 15, power failure of all, one with tip a − 1: it serves while it still asks', () => {
    const cluster = onlyOneCertifies();
    for (const index of [0, 1, 2, 3]) cluster.crash(index);
    cluster.links = () => true;
    for (const index of [0, 1, 2, 3]) cluster.restart(index);
    expect(cluster.view(0)).toMatchObject({ epoch: 1, mode: 'starting' });
    cluster.advanceUntil(isIn(cluster, 1, [0, 1, 2, 3]), 10_000);
    underLoad(cluster, () => Math.min(...cluster.heights()) > 1 + window);
    cluster.advance(2_000);
    expect(cluster.replicas.map(({ state }) => state.mode)).toEqual(Array(4).fill('voting'));
    expectSound(cluster);
  });

  test('schedule 15, power failure of all, and who has the certificate never returns: the same block again', () => {
    const cluster = onlyOneCertifies();
    const { block } = cluster.at(0).state.certified;
    for (const index of [0, 1, 2, 3]) cluster.crash(index);
    cluster.links = () => true;
    for (const index of [1, 2, 3]) cluster.restart(index);
    cluster.advanceUntil(isIn(cluster, 1, [1, 2, 3]), 10_000);
    expect(cluster.certified.get((1 + window) as Height)).toBe(block);
    underLoad(
      cluster,
      () => Math.min(...[1, 2, 3].map((index) => cluster.view(index).certified)) > 1 + window,
    );
    expectSound(cluster);
  });

  test('schedule 16, the first primary of the epoch is the joiner, dead: view 1, on certificates of the old set', () => {
    const cluster = new Cluster(4, parameters, undefined, 1);
    for (const index of [0, 1, 2]) {
      cluster.command(`rotate ${index}`, arm(rotation(index)));
      underLoad(cluster, isIn(cluster, index + 1, [0, 1, 2, 3]));
    }
    cluster.crash(4);
    cluster.command('join', arm({ join: idOf(4) }));
    cluster.advanceUntil(isIn(cluster, 4, [0, 1, 2, 3]), 20_000);
    const { firstHeight } = cluster.at(0).state.config;
    expect(cluster.view(0)).toMatchObject({ view: 0, primary: idOf(4) });
    cluster.advanceUntil(() => [0, 1, 2, 3].every((index) => cluster.view(index).view === 1), 10_000);
    const [first] = cluster.intents(0, 'view-change').filter(({ epoch }) => epoch === 4);
    expect(first).toMatchObject({
      view: 1,
      body: { height: firstHeight - 1, certificate: { epoch: 3, height: firstHeight - 1 } },
    });
    cluster.restart(4);
    underLoad(cluster, () => Math.min(...cluster.heights()) >= firstHeight);
    cluster.advance(3_000);
    expect(cluster.view(4)).toMatchObject({ mode: 'voting', epoch: 4 });
    expectSound(cluster);
  });

  test('schedule 19, an idle network is driven to a by its primary, one empty block a heartbeat', () => {
    const cluster = new Cluster(4, parameters);
    cluster.command('rotate', arm(rotation(1)));
    cluster.advanceUntil(isIn(cluster, 1, [0, 1, 2, 3]), (window + 3) * 300);
    expect(cluster.heights()).toEqual(Array(4).fill(1 + window));
    cluster.advance(5_000);
    expect(cluster.heights()).toEqual(Array(4).fill(1 + window));
    expect(cluster.intents(1, 'view-change')).toEqual([]);
    expectSound(cluster);
  });

  test('schedule 19, a primary that does not drive is replaced', () => {
    const cluster = new Cluster(4, parameters);
    cluster.command('rotate', arm(rotation(1)));
    cluster.settle();
    cluster.driving = ({ id }) => id !== idOf(0);
    const { waitingTimeoutMs } = cluster.at(0).state.config.parameters;
    cluster.advanceUntil(isIn(cluster, 1, [0, 1, 2, 3]), waitingTimeoutMs + 4_000);
    expect(cluster.notes(1, 'primary-suspected')).toMatchObject([{ facts: { reason: 'waiting' } }]);
    expectSound(cluster);
  });

  test('schedule 19, a primary that drives one block for each deadline delays a, and cannot stop it', () => {
    const cluster = new Cluster(4, parameters);
    cluster.command('rotate', arm(rotation(1)));
    cluster.settle();
    const { waitingTimeoutMs } = cluster.at(0).state.config.parameters;
    cluster.driving = () => false;
    for (let block = 0; block < window; block += 1) {
      cluster.advance(waitingTimeoutMs - 100);
      const batch = { ...batchOf(cluster.now().wallMs, idOf(0)), ids: [] };
      cluster.input(cluster.at(0), { type: 'propose', batch, digest: batchDigest(batch) });
      cluster.settle();
    }
    expect(cluster.epochs()).toEqual([1, 1, 1, 1]);
    for (const index of [1, 2, 3]) expect(cluster.intents(index, 'view-change')).toEqual([]);
    expectSound(cluster);
  });

  test('schedule 20, a lapse is certified on an idle network; without a block its primary is replaced', () => {
    const cluster = new Cluster(4, parameters);
    const { driftMs } = cluster.at(0).state.config.parameters;
    const deadline = cluster.now().wallMs + 5_000;
    cluster.command('approve', { kind: 'approve', deadline });
    cluster.settle();
    expect(cluster.at(0).state.horizon).toEqual({ lapseAt: deadline });
    cluster.driving = ({ id }) => id !== idOf(0);
    cluster.advance(5_000 + driftMs - 1_000);
    expect(cluster.heights()).toEqual([1, 1, 1, 1]);
    expect(cluster.intents(1, 'view-change')).toEqual([]);
    cluster.advanceUntil(() => cluster.at(1).state.horizon.lapseAt === undefined, 10_000);
    expect(cluster.view(1)).toMatchObject({ view: 1, certified: 2 });
    expectSound(cluster);
  });
});

describe('who comes and who goes', () => {
  test('a joiner follows as observer, asks its peers once it is a validator, and votes', () => {
    const cluster = new Cluster(4, parameters, undefined, 1);
    expect(cluster.view(4).mode).toBe('observing');
    cluster.command('join', arm({ join: idOf(4) }));
    underLoad(cluster, isIn(cluster, 1, [0, 1, 2, 3]));
    cluster.advanceUntil(() => cluster.view(4).mode === 'voting', 10_000);
    cluster.submit('of five');
    cluster.advance(2_000);
    expect(cluster.intents(4, 'seal')).not.toEqual([]);
    expect(new Set(cluster.heights()).size).toBe(1);
    expectSound(cluster);
  });

  test('who is removed observes from a on, and signs nothing any more', () => {
    const cluster = new Cluster(5, parameters);
    cluster.command('leave', arm({ leave: idOf(4) }));
    underLoad(cluster, isIn(cluster, 1, [0, 1, 2, 3, 4]));
    const signed = cluster.outputsOf(4, 'intent').length;
    cluster.submit('of four');
    cluster.advance(3_000);
    expect(cluster.view(4).mode).toBe('observing');
    expect(cluster.outputsOf(4, 'intent').length).toBe(signed);
    expect(Math.min(...cluster.heights().slice(0, 4))).toBeGreaterThan(1 + window);
    expectSound(cluster);
  });

  test('a store that was replaced observes until an activation registers it', () => {
    const cluster = new Cluster(4, parameters);
    cluster.submit('before');
    cluster.settle();
    cluster.crash(3);
    cluster.wipe(3);
    cluster.restart(3);
    cluster.advance(2_000);
    expect(cluster.view(3).mode).toBe('observing');
    cluster.command('register', arm({ incarnation: { id: idOf(3), value: cluster.at(3).disk.incarnation } }));
    underLoad(cluster, isIn(cluster, 1, [0, 1, 2, 3]));
    cluster.advanceUntil(() => cluster.view(3).mode === 'voting', 10_000);
    expectSound(cluster);
  });
});

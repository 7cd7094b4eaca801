/** Rules D1–D3: what rests on disk, what a restart restores, and a vote store that lost votes. */
import { describe, expect, test } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import type { Height } from '../../shared/types/brands.ts';
import { ownNewestFor, wantsProposal } from './step.ts';
import { Cluster } from './test-support/cluster.ts';
import { Disk } from './test-support/disk.ts';
import {
  batchOf,
  certificateOf,
  configOf,
  idOf,
  newViewOf,
  preparedOf,
  proposalOf,
  sealOf,
  viewChangeOf,
  voteOf,
} from './test-support/forge.ts';
import { Solo } from './test-support/solo.ts';

const batch = batchOf(1_000_000, idOf(0), 'a');
const digest = batchDigest(batch);

describe('D1: durable before it leaves', () => {
  test('PREPARE rests on the batch, COMMIT on the prepared certificate, a seal on the order', () => {
    const solo = new Solo();
    solo.order(1, batch);
    const rests = solo
      .all('intent')
      .flatMap(({ message, restsOn }) => restsOn.map(({ kind }) => [message.kind, kind]));
    expect(rests).toEqual([
      ['prepare', 'batch'],
      ['commit', 'prepared'],
      ['seal', 'ordered'],
    ]);
  });

  test('a COMMIT to another batch than the one prepared before a restart rests on that batch too', () => {
    const first = batchOf(1_000_000, idOf(0), 'first');
    const restored = {
      votes: [voteOf('prepare', 0, 1, batchDigest(first), idOf(1))],
      batches: new Map([[batchDigest(first), first]]),
    };
    const solo = new Solo({ restored });
    solo.propose(1, batch);
    for (const peer of [2, 3]) solo.prepare(1, digest, peer);
    expect(solo.signed('prepare')).toEqual([]);
    expect(solo.all('intent').find(({ message }) => message.kind === 'commit')).toMatchObject({
      message: { content: digest },
      restsOn: [{ kind: 'batch', digest }, { kind: 'prepared' }],
    });
  });

  test('a seal of a batch that was never prepared here rests on the batch too', () => {
    const solo = new Solo();
    solo.answersChecks = false;
    for (const peer of [0, 2, 3]) solo.commit(1, digest, peer);
    expect(solo.all('check-batch')).toMatchObject([
      { digest, reproposal: true, holders: ['v0', 'v2', 'v3'] },
    ]);
    solo.answer(digest, batch);
    expect(solo.all('intent').at(-1)).toMatchObject({
      message: { kind: 'seal', height: 1 },
      restsOn: [
        { kind: 'batch', digest },
        { kind: 'ordered', height: 1 },
      ],
    });
  });

  test('PRE-PREPARE rests on the batch', () => {
    const solo = new Solo({ self: 0 });
    solo.feed({ type: 'propose', batch, digest });
    expect(solo.all('intent').find(({ message }) => message.kind === 'pre-prepare')).toMatchObject({
      restsOn: [{ kind: 'batch', digest }],
      send: true,
    });
  });
});

describe('D2: restart', () => {
  const restored = {
    votes: [voteOf('prepare', 0, 1, digest, idOf(1)), voteOf('commit', 0, 1, digest, idOf(1))],
    batches: new Map([[digest, batch]]),
    prepared: [preparedOf(new Solo().config, 0, 1, digest)],
    ordered: [{ height: 1 as Height, batch: digest }],
  };

  test('what was ordered is executed again, the same block is not sealed twice', () => {
    const before = new Solo();
    before.order(1, batch);
    const block = before.blocks.get(1)!;
    const solo = new Solo({ restored: { ...restored, seals: [sealOf(1, block, idOf(1))] } });
    expect(solo.all('execute')).toMatchObject([{ height: 1, digest }]);
    expect(solo.signed('seal')).toEqual([]);
    for (const peer of [0, 2]) solo.seal(1, block, peer);
    expect(solo.view().certified).toBe(1);
  });

  test('another block than the one sealed before is a divergence, not a second seal (X4)', () => {
    const solo = new Solo({ restored: { ...restored, seals: [sealOf(1, 'other', idOf(1))] } });
    expect(solo.all('halt')).toMatchObject([{ code: 'state-divergence', height: 1, others: ['other'] }]);
    expect(solo.signed('seal')).toEqual([]);
  });

  test('no slot is signed with another content after a restart', () => {
    const solo = new Solo({ restored });
    solo.propose(1, batchOf(1_000_000, idOf(0), 'rival'));
    expect(
      solo.all('intent').filter(({ message }) => message.kind !== 'heartbeat' && message.kind !== 'seal'),
    ).toEqual([]);
  });

  test('who prepared a batch before the restart does not judge its time again', () => {
    const vote = voteOf('prepare', 0, 1, digest, idOf(1));
    const solo = new Solo({ restored: { votes: [vote], batches: restored.batches } });
    solo.wallMs += 60_000;
    solo.propose(1, batch);
    expect(solo.signed('commit', solo.prepare(1, digest, 2))).toHaveLength(1);
  });

  test('h never falls', () => {
    const solo = new Solo();
    solo.catchUpTo(5, 'b5');
    expect(solo.catchUpTo(4, 'b4')).toEqual([]);
    expect(solo.view().certified).toBe(5);
  });
});

describe('D3: has this vote store lost votes?', () => {
  const answerFrom = (
    solo: Solo,
    peer: number,
    messages: Parameters<typeof ownNewestFor>[0] | readonly never[],
  ) => solo.answerNewest(peer, messages as readonly never[]);

  test('a starting validator asks, and signs nothing before Q−1 answers; the same peer counts once', () => {
    const solo = new Solo({ unanswered: true });
    expect(solo.all('ask-own-newest')).toHaveLength(1);
    solo.propose(1, batch);
    answerFrom(solo, 0, []);
    answerFrom(solo, 0, []);
    answerFrom(solo, 1, []);
    expect(solo.view().mode).toBe('starting');
    expect(solo.all('intent')).toEqual([]);
    answerFrom(solo, 2, []);
    expect(solo.view().mode).toBe('voting');
    expect(solo.signed('prepare')).toMatchObject([{ sequence: 1 }]);
  });

  test('asks again while answers are missing, and answers others meanwhile', () => {
    const solo = new Solo({ unanswered: true });
    solo.propose(1, batch);
    expect(solo.all('ask-own-newest', solo.advance(1_000))).toHaveLength(1);
    expect(ownNewestFor(solo.state, idOf(0))).toEqual([proposalOf(solo.config, 0, 1, batch)]);
    expect(ownNewestFor(solo.state, idOf(3))).toEqual([]);
  });

  test.each([
    ['PREPARE', { kind: 'prepare', vote: voteOf('prepare', 0, 1, digest, idOf(1)) } as const],
    ['COMMIT', { kind: 'commit', vote: voteOf('commit', 0, 1, digest, idOf(1)) } as const],
    ['VIEW-CHANGE', viewChangeOf(1, { height: 0 as Height, prepared: [] }, idOf(1))],
    ['seal', sealOf(1, 'b', idOf(1))],
  ])('a %s beyond the store: it observes', (_, message) => {
    const solo = new Solo({ unanswered: true });
    solo.answerNewest(0, [message]);
    answerFrom(solo, 2, []);
    answerFrom(solo, 3, []);
    expect(solo.view().mode).toBe('observing');
    expect(solo.noted('votes-lost')).toHaveLength(1);
    solo.order(1, batch);
    expect(solo.all('intent')).toEqual([]);
    expect(solo.all('execute')).toHaveLength(1);
    solo.advance(60_000);
    expect(solo.all('intent')).toEqual([]);
  });

  test('a vote nested in another’s message counts as well', () => {
    const prepared = preparedOf(configOf(4, 3), 0, 1, digest);
    const solo = new Solo();
    solo.message(viewChangeOf(1, { height: 0 as Height, prepared: [prepared] }, idOf(3)));
    expect(prepared.prepares.map(({ sender }) => sender)).toContain('v1');
    expect(solo.view().mode).toBe('observing');
  });

  test('what the store knows is not beyond it', () => {
    const vote = voteOf('prepare', 0, 1, digest, idOf(1));
    const solo = new Solo({
      restored: { votes: [vote], batches: new Map([[digest, batch]]) },
      unanswered: true,
    });
    for (const peer of [0, 2]) solo.answerNewest(peer, [{ kind: 'prepare', vote }]);
    expect(solo.view().mode).toBe('voting');
  });

  test('catch-up while starting does not hide a loss', () => {
    const solo = new Solo({ unanswered: true });
    solo.catchUpTo(5, 'b5');
    solo.answerNewest(0, [sealOf(3, 'b3', idOf(1))]);
    expect(solo.view().mode).toBe('observing');
  });

  test.each([
    ['the last of the window', 4, 'voting'],
    ['one beyond it', 5, 'observing'],
  ])('votes up to %s above the blocks on disk: %i, it is %s', (_, sequence, mode) => {
    const vote = voteOf('prepare', 0, sequence, digest, idOf(1));
    const solo = new Solo({ restored: { votes: [vote], batches: new Map([[digest, batch]]) } });
    expect(solo.config.parameters.window).toBe(4);
    expect(solo.view().mode).toBe(mode);
    const sealed = new Solo({ restored: { seals: [sealOf(sequence, 'b', idOf(1))] } });
    expect(sealed.view().mode).toBe(mode);
    expect(solo.noted('blocks-lost')).toHaveLength(mode === 'observing' ? 1 : 0);
  });

  test('an unregistered incarnation observes from the start', () => {
    const config = { mayVote: false };
    const solo = new Solo({ config });
    expect(solo.view().mode).toBe('observing');
    expect(solo.all('ask-own-newest')).toEqual([]);
    expect(wantsProposal(new Solo({ self: 0, config }).state)).toBeUndefined();
  });

  test('peers keep a validator’s newest messages outside pruning, and its seal in the latest certificate', () => {
    const solo = new Solo();
    solo.certify(1, batch);
    expect(
      ownNewestFor(solo.state, idOf(3))
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['commit', 'prepare', 'seal']);
    solo.catchUpTo(7, 'b7');
    const certificate = certificateOf(solo.config, 7, 'b7');
    expect(certificate.seals.map(({ validator }) => validator)).toContain('v0');
    expect(ownNewestFor(solo.state, idOf(0))).toContainEqual(sealOf(7, 'b7', idOf(0)));
  });

  test('what a peer restored tells of others’ votes, too: all lost their memory at once, and one its disk', () => {
    const config = configOf(4, 1);
    const prepared = preparedOf(config, 0, 1, digest);
    const votes = [voteOf('commit', 0, 1, digest, idOf(1))];
    const restored = { votes, prepared: [prepared], batches: new Map([[digest, batch]]) };
    const solo = new Solo({ restored, unanswered: true });
    const told = (peer: number) => ownNewestFor(solo.state, idOf(peer));
    expect(told(0)).toEqual([{ kind: 'pre-prepare', vote: prepared.prePrepare, batch }]);
    const preparing = prepared.prepares.find(({ sender }) => sender === idOf(2))!;
    expect(told(2)).toEqual([{ kind: 'prepare', vote: preparing }]);
    for (const loser of [0, 2]) {
      const wiped = new Solo({ self: loser, unanswered: true });
      wiped.answerNewest(1, told(loser));
      expect(wiped.view().mode).toBe('observing');
    }
    // What is heard again is said once.
    solo.message({ kind: 'prepare', vote: preparing });
    expect(told(2)).toHaveLength(1);
  });

  test('so does the NEW-VIEW that it holds, with the VIEW-CHANGEs in it', () => {
    const body = { height: 0 as Height, prepared: [] };
    const viewChanges = [0, 2, 3].map((peer) => viewChangeOf(1, body, idOf(peer)));
    const newView = newViewOf(1, { viewChanges, prePrepares: [] }, idOf(1));
    const solo = new Solo({ self: 0, restored: { newView }, unanswered: true });
    expect(ownNewestFor(solo.state, idOf(1))).toEqual([newView]);
    expect(ownNewestFor(solo.state, idOf(3))).toEqual([viewChanges[2]]);
    const wiped = new Solo({ self: 3, unanswered: true });
    wiped.answerNewest(0, ownNewestFor(solo.state, idOf(3)));
    expect(wiped.view().mode).toBe('observing');
    solo.message(viewChanges[2]!);
    expect(ownNewestFor(solo.state, idOf(3))).toHaveLength(1);
  });

  test('a wiped disk among four: it observes, the others go on, and it follows', () => {
    const cluster = new Cluster(4);
    cluster.submit('t1');
    cluster.settle();
    cluster.crash(3);
    cluster.at(3).disk = new Disk();
    cluster.restart(3);
    cluster.settle();
    expect(cluster.view(3).mode).toBe('observing');
    cluster.submit('t2');
    cluster.advance(2_000);
    expect(cluster.heights()).toEqual([2, 2, 2, 2]);
    expect(cluster.violations).toEqual([]);
  });

  test('a cold start of all: everyone answers while starting, all vote', () => {
    const cluster = new Cluster(7);
    expect(cluster.replicas.map((_, index) => cluster.view(index).mode)).toEqual(Array(7).fill('voting'));
  });
});

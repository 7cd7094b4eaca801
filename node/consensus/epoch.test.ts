/** Rules E1–E3, M3, V2, D3 at one replica: the end of an epoch, what is held for the next, and entering it. */
import { describe, expect, test } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import { epochOf, type Height, type View } from '../../shared/types/brands.ts';
import type { ConsensusMessage, ViewChangeMessage } from '../../shared/types/messages.ts';
import { bufferFigures } from './buffers.ts';
import { certificateFault } from './certificate-check.ts';
import { nextDeadlineMs, wantsEmpty, wantsProposal } from './step.ts';
import {
  batchOf,
  certificateOf,
  configOf,
  idOf,
  newViewOf,
  proposalOf,
  sealOf,
  validatorOf,
  viewChangeOf,
  voteOf,
} from './test-support/forge.ts';
import { Solo } from './test-support/solo.ts';
import type { ConsensusConfig, Horizon } from './types.ts';
import { newViewFault, viewChangeFault } from './view-change-check.ts';

const window = 4;
/** The epoch of all tests here ends with 6: d was 1. */
const last = 1 + window + 1;
const first = last + 1;
const validators = configOf(4).validators;
const scheduled: Horizon = {
  lastHeight: last as Height,
  nextEpoch: epochOf(1),
  nextValidators: validators,
};
const previous = { epoch: epochOf(0), validators };
const nextOf = (self = 1, change: Partial<ConsensusConfig> = {}): ConsensusConfig => ({
  ...configOf(4, self),
  epoch: epochOf(1),
  firstHeight: first as Height,
  previous,
  ...change,
});

const batch = batchOf(1_000_000, idOf(0), 'a');
const digest = batchDigest(batch);
/** By the primary of view 0 in epoch 1. */
const ofNext = batchOf(1_000_000, idOf(1), 'next');
const nextDigest = batchDigest(ofNext);
const inNext = { epoch: epochOf(1) };
const prepareInNext = (sequence: number, sender: number, view = 0): ConsensusMessage => ({
  kind: 'prepare',
  vote: voteOf('prepare', view, sequence, nextDigest, idOf(sender), inNext),
});

/** At height 1, where a change was armed. */
function withSchedule(options: ConstructorParameters<typeof Solo>[0] = {}, horizon = scheduled): Solo {
  const solo = new Solo(options);
  solo.catchUpTo(1, 'b1', [], horizon);
  return solo;
}

function enter(solo: Solo, next = nextOf(Number(solo.config.self.slice(1)))) {
  return solo.catchUpTo(last, `b${last}`, [], { kind: 'handover', next });
}

describe('E1: the end of an epoch', () => {
  test('nothing above a − 1 is proposed or accepted, though the window reaches further', () => {
    const solo = withSchedule();
    solo.catchUpTo(4, 'b4', [], scheduled);
    for (const sequence of [5, 6, 7, 8])
      solo.propose(sequence, batchOf(1_000_000, idOf(0), `of ${sequence}`));
    expect(solo.signed('prepare').map(({ sequence }) => sequence)).toEqual([5, 6]);
    const primary = withSchedule({ self: 0 });
    primary.catchUpTo(5, 'b5', [], scheduled);
    expect(wantsProposal(primary.state)).toBe(6);
    primary.feed({ type: 'propose', batch, digest });
    expect(wantsProposal(primary.state)).toBeUndefined();
  });

  test('a PRE-PREPARE above a − 1 is held, no offence, and counts if the change is withdrawn', () => {
    const solo = withSchedule();
    solo.catchUpTo(5, 'b5', [], scheduled);
    const outputs = solo.propose(7, batch);
    expect(outputs).toEqual([]);
    expect(solo.signed('prepare', solo.catchUpTo(6, 'b6', [], {}))).toMatchObject([{ sequence: 7 }]);
  });

  test('Q COMMITs above a − 1 decide nothing', () => {
    const solo = withSchedule();
    solo.catchUpTo(5, 'b5', [], scheduled);
    solo.propose(7, batch);
    for (const peer of [0, 2, 3]) solo.commit(7, digest, peer);
    expect(solo.all('execute')).toEqual([]);
  });

  test('a schedule below what was signed here, or a last block that does not hand over, stops the core', () => {
    const solo = new Solo();
    solo.propose(4, batch);
    expect(() => solo.catchUpTo(1, 'b1', [], { ...scheduled, lastHeight: 3 as Height })).toThrow('E1');
    expect(() => withSchedule().catchUpTo(last, 'b', [], scheduled)).toThrow('E1');
    expect(() => withSchedule().catchUpTo(5, 'b', [], { kind: 'handover', next: nextOf() })).toThrow('E1');
  });

  test('entering: view 0, the next primary, nothing of the old epoch, and the outputs in their order', () => {
    const solo = withSchedule();
    solo.propose(3, batch);
    solo.propose(first, batch);
    solo.advance(1_000);
    expect(solo.view()).toMatchObject({ changingTo: 1 });
    const outputs = enter(solo);
    expect(outputs.map(({ type }) => type)).toEqual(['prune', 'epoch-entered']);
    expect(outputs[1]).toEqual({ type: 'epoch-entered', epoch: 1, firstHeight: first, mode: 'voting' });
    expect(solo.view()).toMatchObject({ epoch: 1, view: 0, primary: idOf(1), certified: last, slots: [] });
    expect(solo.view().changingTo).toBeUndefined();
    expect(wantsProposal(solo.state)).toBe(first);
    expect(solo.state.ownViewChange).toBeUndefined();
    expect(solo.state.slots.size).toBe(0);
  });

  test('who left has no place among the heights of peers', () => {
    const solo = withSchedule({ n: 5 });
    const status = { epoch: epochOf(0), view: 0 as View, height: 1 as Height, executed: 1 as Height };
    for (const peer of [3, 4]) solo.feed({ type: 'peer-status', from: idOf(peer), status });
    enter(solo, nextOf(1, { previous: { epoch: epochOf(0), validators: configOf(5).validators } }));
    expect([...solo.state.peerHeights.keys()]).toEqual(['v3']);
  });

  test('waiting transactions stay, with a new deadline of the new parameters', () => {
    const solo = withSchedule({ parameters: { primarySilenceMs: 60_000 } });
    solo.feed({ type: 'waiting', from: idOf(0), ids: [batch.ids[0]!] });
    solo.advance(3_000);
    const parameters = { ...solo.config.parameters, waitingTimeoutMs: 10_000 };
    enter(solo, nextOf(1, { parameters }));
    expect(solo.state.waiting.size).toBe(1);
    solo.advance(9_000);
    expect(solo.signed('view-change')).toEqual([]);
    solo.advance(1_000);
    expect(solo.signed('view-change')).toMatchObject([{ epoch: 1, view: 1 }]);
  });
});

describe('E2: messages count in their own epoch', () => {
  test('schedule 8: own intents of the old epoch that come back later change nothing', () => {
    const solo = withSchedule();
    solo.holdIntents = true;
    solo.propose(2, batch);
    solo.advance(1_000);
    expect(solo.held.map(({ kind }) => kind)).toEqual(['prepare', 'view-change', 'heartbeat']);
    enter(solo);
    expect(solo.release()).toEqual([]);
    expect(solo.state.ownViewChange).toBeUndefined();
    expect(solo.view()).toMatchObject({ view: 0, viewChanges: [], slots: [] });
  });

  test('votes of the old epoch are stale, and tell that their sender needs its last certificate (V6)', () => {
    const solo = withSchedule();
    enter(solo);
    const outputs = solo.commit(first, digest, 3);
    expect(outputs).toEqual([{ type: 'epoch-certificate', to: idOf(3), epoch: 0 }]);
    expect(solo.state.slots.size).toBe(0);
    expect(solo.all('epoch-certificate', solo.commit(first, digest, 3))).toEqual([]);
    solo.advance(solo.config.parameters.heartbeatMs * 4);
    expect(solo.all('epoch-certificate', solo.commit(first, digest, 3))).toHaveLength(1);
  });

  test('V6 by status: below, the certificate and nothing else; above, our status; seldom, whatever is claimed', () => {
    const solo = withSchedule();
    enter(solo);
    const status = { epoch: epochOf(0), view: 0 as View, height: 1 as Height, executed: 1 as Height };
    const feed = (from: number, epoch: number) =>
      solo.feed({ type: 'peer-status', from: idOf(from), status: { ...status, epoch: epochOf(epoch) } });
    expect(feed(3, 0)).toEqual([{ type: 'epoch-certificate', to: idOf(3), epoch: 0 }]);
    expect(feed(3, 0)).toEqual([]);
    expect(feed(2, 5)).toEqual([{ type: 'status-due', to: idOf(2) }]);
    for (const epoch of [-1, 0.5]) expect(feed(0, epoch)).toEqual([]);
    for (let index = 0; index < 60; index += 1) feed(index, 0);
    expect(solo.state.epochEndsToldMs.size).toBe(8);
  });
});

describe('M3: what is held for the next epoch', () => {
  const flood = (solo: Solo, sender: number): void => {
    for (let view = 0; view < 5; view += 1)
      for (let sequence = 0; sequence < 40; sequence += 1) {
        solo.message(prepareInNext(sequence, sender, view));
        for (const kind of ['commit', 'pre-prepare'] as const) {
          const vote = voteOf(kind, view, sequence, nextDigest, idOf(sender), inNext);
          solo.message(kind === 'commit' ? { kind, vote } : { kind, vote, batch: ofNext });
        }
        solo.message(sealOf(sequence, `b${view}`, idOf(sender), inNext));
      }
    for (let view = 1; view < 60; view += 1) {
      const body = { height: last as Height, prepared: [] };
      solo.message(viewChangeOf(view, body, idOf(sender), inNext));
      solo.message(newViewOf(view, { viewChanges: [], prePrepares: [] }, idOf(sender), inNext));
    }
  };

  test('schedule 23: a liar fills its own places, and the honest ones find theirs', () => {
    const joiner = idOf(4);
    const nextValidators = [...validators, validatorOf(joiner)];
    const solo = withSchedule({}, { ...scheduled, nextValidators } as Horizon);
    flood(solo, 4);
    flood(solo, 9);
    const places = () => solo.state.nextEpoch!.held;
    expect(places().get(joiner)!.size).toBe(8 * window + 2);
    expect([...places().keys()]).toEqual([joiner]);
    const figure = bufferFigures(solo.state).find(({ name }) => name === 'next epoch')!;
    expect(figure).toEqual({ name: 'next epoch', size: 8 * window + 2, bound: 5 * (8 * window + 2) });
    for (let sequence = first - 1; sequence <= first + 2 * window; sequence += 1)
      solo.message(prepareInNext(sequence, 2));
    expect([...places().get(idOf(2))!.keys()].sort()).toEqual(
      Array.from({ length: 2 * window }, (_, index) => `prepare/0/${first + index}`).sort(),
    );
    expect(solo.view().slots).toEqual([]);
  });

  test('of VIEW-CHANGE and NEW-VIEW the highest of a sender is held', () => {
    const solo = withSchedule();
    for (const view of [3, 7, 5])
      solo.message(viewChangeOf(view, { height: last as Height, prepared: [] }, idOf(3), inNext));
    const held = solo.state.nextEpoch!.held.get(idOf(3))!;
    expect([...held.values()].map(({ message }) => (message as ViewChangeMessage).vote.view)).toEqual([7]);
  });

  test('it is taken up in the order of arrival once the epoch is entered, and the first of a slot stays', () => {
    const solo = withSchedule();
    const proposer = new Solo({ self: 2 });
    const next = nextOf(2);
    const { vote } = proposalOf(next, 0, first, ofNext);
    solo.message(prepareInNext(first, 3));
    solo.message({ kind: 'pre-prepare', vote, batch: ofNext });
    expect(solo.signed('prepare')).toEqual([]);
    // Not at the primary itself: as v2 it votes for what it held.
    proposer.catchUpTo(1, 'b1', [], scheduled);
    proposer.message({ kind: 'pre-prepare', vote, batch: ofNext });
    proposer.message(prepareInNext(first, 3));
    proposer.message({ kind: 'prepare', vote: { ...voteOf('prepare', 0, first, digest, idOf(3), inNext) } });
    const outputs = enter(proposer, next);
    expect(proposer.signed('prepare', outputs)).toMatchObject([
      { epoch: 1, sequence: first, content: nextDigest },
    ]);
    expect(proposer.signed('commit', outputs)).toMatchObject([
      { epoch: 1, sequence: first, content: nextDigest },
    ]);
    expect(proposer.all('evidence')).toEqual([]);
  });

  test('nothing is held without a schedule, nor for an epoch after the next', () => {
    const solo = new Solo();
    solo.message(prepareInNext(first, 3));
    expect(solo.state.nextEpoch).toBeUndefined();
    const other = withSchedule();
    const vote = voteOf('prepare', 0, first, nextDigest, idOf(3), { epoch: epochOf(2) });
    expect(other.message({ kind: 'prepare', vote })).toEqual([]);
    expect(other.state.nextEpoch!.held.size).toBe(0);
  });

  test.each<[string, Horizon]>([
    ['withdrawn', {}],
    ['another a', { ...scheduled, lastHeight: (last + 4) as Height } as Horizon],
    [
      'schedule 7: the same a and the same ids, with another key',
      {
        ...scheduled,
        nextValidators: validators.map(({ id }) => validatorOf(id, id === idOf(3) ? 1 : 0)),
      } as Horizon,
    ],
    ['other validators', { ...scheduled, nextValidators: validators.slice(0, 3) } as Horizon],
  ])('it goes with its schedule: %s', (_, horizon) => {
    const solo = withSchedule();
    solo.message(prepareInNext(first, 3));
    solo.feed({ type: 'certificate', certificate: certificateOf(nextOf(), first + 1, 'b') });
    solo.catchUpTo(2, 'b2', [], scheduled);
    expect(solo.state.nextEpoch!.held.size).toBe(1);
    solo.catchUpTo(3, 'b3', [], horizon);
    expect(solo.state.nextEpoch?.held.size ?? 0).toBe(0);
    expect(solo.state.nextEpoch?.hint).toBeUndefined();
  });

  test('schedule 7: what was verified with other keys than those of the epoch entered is not taken up', () => {
    const solo = withSchedule({ self: 2 });
    const rotated = validators.map(({ id }) => validatorOf(id, id === idOf(3) ? 1 : 0));
    solo.message(proposalOf(nextOf(2), 0, first, ofNext));
    solo.message(prepareInNext(first, 3));
    const outputs = enter(solo, nextOf(2, { validators: rotated }));
    expect(solo.signed('prepare', outputs)).toEqual([]);
    expect(solo.state.slots.size).toBe(0);
  });

  test('schedule 6: a certificate and votes of the next epoch are a hint that ours is over, and no more', () => {
    const solo = withSchedule({ self: 2 });
    const certificate = certificateOf(nextOf(2), first + 9, 'b');
    const outputs = solo.feed({ type: 'certificate', certificate });
    for (const sender of [0, 1, 3])
      solo.message(viewChangeOf(3, { height: last as Height, prepared: [] }, idOf(sender), inNext));
    expect(solo.all('behind', outputs)).toMatchObject([{ height: last, peers: ['v0', 'v1'] }]);
    expect(solo.view()).toMatchObject({ epoch: 0, view: 0, certified: 1 });
    expect(solo.state.highestCertificate).toBeUndefined();
    solo.catchUpTo(3, 'b3', [], {});
    expect(solo.all('behind', solo.advance(60_000))).toEqual([]);
  });

  test('once entered, the hint counts as what it is', () => {
    const solo = withSchedule({ self: 2 });
    solo.feed({ type: 'certificate', certificate: certificateOf(nextOf(2), first + 9, 'b') });
    expect(solo.all('behind', enter(solo))).toMatchObject([{ height: first + 9 }]);
  });

  test('a certificate of the next epoch without its quorum is no hint', () => {
    const solo = withSchedule({ self: 2 });
    const certificate = certificateOf(nextOf(2), first + 9, 'b');
    solo.feed({ type: 'certificate', certificate: { ...certificate, seals: certificate.seals.slice(1) } });
    solo.feed({ type: 'certificate', certificate: { ...certificate, height: last as Height } });
    solo.advance(900);
    expect(solo.all('behind')).toEqual([]);
  });

  test('order of arrival, over all senders', () => {
    const solo = withSchedule({ self: 2 });
    const { vote } = proposalOf(nextOf(2), 0, first, ofNext);
    // Each is refused once it counts: a PRE-PREPARE of a backup, a PREPARE of the primary.
    const ofBackup = (sequence: number): ConsensusMessage => ({
      kind: 'pre-prepare',
      vote: { ...vote, sequence: sequence as Height, sender: idOf(3) },
      batch: ofNext,
    });
    solo.message(ofBackup(first + 1));
    solo.message(prepareInNext(first, 1));
    solo.message(ofBackup(first));
    solo.message(ofBackup(first + 2));
    expect(solo.all('rejected', enter(solo)).map(({ from }) => from)).toEqual(['v3', 'v1', 'v3', 'v3']);
  });
});

describe('V2: the certificate of the epoch before', () => {
  const config = nextOf(3);
  const ofOld = { ...configOf(4), epoch: epochOf(0) };
  const lastOfOld = certificateOf(ofOld, last, 'b');
  const withHeight = (height: number, certificate?: ReturnType<typeof certificateOf>): ViewChangeMessage =>
    viewChangeOf(
      1,
      { height: height as Height, prepared: [], ...(certificate === undefined ? {} : { certificate }) },
      idOf(0),
      inNext,
    );

  test('the last block of the epoch before is proven by its own set; so is any of this one', () => {
    expect(viewChangeFault(config, withHeight(last, lastOfOld))).toBeUndefined();
    expect(viewChangeFault(config, withHeight(first, certificateOf(config, first, 'b')))).toBeUndefined();
  });

  test.each<[string, ViewChangeMessage]>([
    ['no certificate', withHeight(last)],
    ['a height before the epoch', withHeight(last - 1, certificateOf(ofOld, last - 1, 'b'))],
    ['its last block sealed by this epoch', withHeight(last, certificateOf(config, last, 'b'))],
    ['a block of this epoch sealed by the one before', withHeight(first, certificateOf(ofOld, first, 'b'))],
  ])('refused: %s', (_, message) => {
    expect(viewChangeFault(config, message)).toBeTypeOf('string');
    const newView = newViewOf(
      1,
      { viewChanges: [message, message, message], prePrepares: [] },
      idOf(2),
      inNext,
    );
    expect(newViewFault(config, newView)).toBeTypeOf('string');
  });

  test('seals are counted by the set of the certificate’s own epoch', () => {
    const five = [...validators, validatorOf(idOf(4))];
    const grown = nextOf(3, { validators: five });
    expect(certificateFault(grown, lastOfOld)).toBeUndefined();
    expect(
      certificateFault(grown, { ...certificateOf(grown, first, 'b'), seals: lastOfOld.seals }),
    ).toBeTypeOf('string');
    const stranger = { ...lastOfOld.seals[2]!, validator: idOf(4) };
    const seals = [...lastOfOld.seals.slice(0, 2), stranger];
    expect(certificateFault(grown, { ...lastOfOld, seals })).toBeTypeOf('string');
  });

  test('without an epoch before (genesis, a recovery) that height comes without one, in what we send as well', () => {
    const { previous: _, ...recovered } = config;
    expect(viewChangeFault(recovered, withHeight(last))).toBeUndefined();
    expect(viewChangeFault(recovered, withHeight(last, lastOfOld))).toBeTypeOf('string');
    expect(viewChangeFault(recovered, withHeight(last - 1))).toBeTypeOf('string');
    const certified = { height: last as Height, block: 'b' as never, certificate: lastOfOld };
    const solo = new Solo({ config: { ...recovered, self: idOf(3) }, self: 3, restored: { certified } });
    solo.advance(1_000);
    expect(solo.signed('view-change')[0]!.body).toEqual({ height: last, prepared: [] });
  });

  test('the first VIEW-CHANGE of an epoch carries it', () => {
    const solo = withSchedule({ self: 3 });
    enter(solo);
    solo.advance(1_000);
    expect(solo.signed('view-change')).toMatchObject([
      { epoch: 1, view: 1, body: { height: last, certificate: { epoch: 0, height: last } } },
    ]);
  });
});

describe('D3: who may vote in the next epoch', () => {
  test.each([
    ['a voter goes on', false, true, 'voting'],
    ['who was still asking asks again', true, true, 'starting'],
    ['who has no registered store there observes', false, false, 'observing'],
  ] as const)('%s', (_, unanswered, mayVote, mode) => {
    const solo = withSchedule({ unanswered });
    if (unanswered) solo.answerNewest(0);
    const asked = solo.all('ask-own-newest').length;
    enter(solo, nextOf(1, { mayVote }));
    expect(solo.view().mode).toBe(mode);
    expect(solo.all('ask-own-newest').length - asked).toBe(mode === 'starting' ? 1 : 0);
  });

  test('who observed asks before it votes: its own votes of this epoch may have been lost', () => {
    const solo = withSchedule({ config: { mayVote: false } });
    enter(solo, nextOf(1, { mayVote: true }));
    expect(solo.view().mode).toBe('starting');
    solo.answerNewest(0, [], epochOf(0));
    solo.answerNewest(2, [], epochOf(2));
    expect(solo.view().mode).toBe('starting');
    solo.answerNewest(0);
    solo.answerNewest(3, [prepareInNext(first, 1)]);
    expect(solo.view().mode).toBe('observing');
    expect(solo.all('renounce')).toEqual([{ type: 'renounce', reason: 'votes-lost' }]);
  });

  test('records of an earlier epoch say nothing any more; those of a later one mean that blocks were lost', () => {
    const certified = {
      height: last as Height,
      block: 'b' as never,
      certificate: certificateOf(configOf(4), last, 'b'),
    };
    const old = {
      votes: [voteOf('prepare', 4, last, digest, idOf(1))],
      viewChange: viewChangeOf(5, { height: 1 as Height, prepared: [] }, idOf(1)),
      newView: newViewOf(4, { viewChanges: [], prePrepares: [] }, idOf(0)),
    };
    const solo = new Solo({ config: nextOf(), restored: { ...old, certified } });
    expect(solo.view()).toMatchObject({ mode: 'voting', epoch: 1, view: 0, viewChanges: [] });
    expect(solo.state.asked).toBe(0);
    const ahead = new Solo({ restored: { isAhead: true } });
    expect(ahead.view().mode).toBe('observing');
    expect(ahead.noted('blocks-lost')).toHaveLength(1);
    expect(ahead.all('renounce')).toHaveLength(1);
  });

  test('a schedule that the tip tells of counts from the start', () => {
    const restored = { horizon: scheduled, certified: { height: 4 as Height, block: 'b4' as never } };
    const certificate = certificateOf(configOf(4), 4, 'b4');
    const solo = new Solo({ restored: { ...restored, certified: { ...restored.certified, certificate } } });
    for (const sequence of [6, 7]) solo.propose(sequence, batchOf(1_000_000, idOf(0), `of ${sequence}`));
    expect(solo.signed('prepare').map(({ sequence }) => sequence)).toEqual([6]);
    solo.message(prepareInNext(first, 3));
    expect(solo.state.nextEpoch!.held.size).toBe(1);
  });
});

describe('F2, E3: driving an activation', () => {
  const heartbeat = configOf(4).parameters.heartbeatMs;

  test('one empty batch in each heartbeat while a change is scheduled, the next once the last is certified', () => {
    const solo = withSchedule({ self: 0 });
    const wants = () => wantsEmpty(solo.state, solo.now());
    expect(wants()).toBe(false);
    solo.advance(heartbeat);
    expect(wants()).toBe(true);
    const empty = batchOf(solo.wallMs, idOf(0));
    solo.feed({ type: 'propose', batch: empty, digest: batchDigest(empty) });
    solo.advance(heartbeat);
    expect(wants()).toBe(false);
    solo.catchUpTo(2, 'b2', [], scheduled);
    expect(wants()).toBe(true);
    solo.catchUpTo(3, 'b3', [], {});
    expect(wants()).toBe(false);
  });

  test('only the primary in its view drives', () => {
    const backup = withSchedule({ self: 1 });
    backup.advance(heartbeat);
    expect(wantsEmpty(backup.state, backup.now())).toBe(false);
  });

  test('a lapse is due for the primary at its time, for its backups after the drift', () => {
    const parameters = { driftMs: 500, primarySilenceMs: 60_000 };
    const lapseAt = 1_010_000;
    const primary = withSchedule({ self: 0, parameters }, { lapseAt });
    const backup = withSchedule({ self: 1, parameters }, { lapseAt });
    for (const solo of [primary, backup]) solo.advance(9_999);
    expect(wantsEmpty(primary.state, primary.now())).toBe(false);
    for (const solo of [primary, backup]) solo.advance(1);
    expect(wantsEmpty(primary.state, primary.now())).toBe(true);
    backup.advance(499);
    expect(backup.state.activationItem).toBeUndefined();
    backup.advance(1);
    const dueMs = backup.nowMs + backup.config.parameters.waitingTimeoutMs;
    expect(backup.state.activationItem?.deadlineMs).toBe(dueMs);
    expect(nextDeadlineMs(backup.state)).toBeLessThanOrEqual(dueMs);
    backup.advance(dueMs - backup.nowMs - 1);
    expect(backup.signed('view-change')).toEqual([]);
    backup.advance(1);
    expect(backup.signed('view-change')).toHaveLength(1);
  });

  test('its deadline starts anew with each certified block, however many, and with each view', () => {
    const parameters = { primarySilenceMs: 60_000, waitingTimeoutMs: 1_000 };
    const far: Horizon = { ...scheduled, lastHeight: 99 as Height } as Horizon;
    const solo = withSchedule({ parameters }, far);
    for (let height = 2; height < 60; height += 1) {
      solo.advance(999);
      solo.catchUpTo(height, `b${height}`, [], far);
    }
    expect(solo.signed('view-change')).toEqual([]);
    solo.advance(1_000);
    expect(solo.noted('primary-suspected')).toMatchObject([{ facts: { reason: 'waiting' } }]);
  });

  test('a view that owes an activation is not calm: failed views are not forgotten', () => {
    const solo = withSchedule();
    solo.state.failedViews = 3;
    solo.state.primaryHeardMs = solo.nowMs + 60_000;
    solo.advance(4 * solo.config.parameters.waitingTimeoutMs);
    expect(solo.state.failedViews).toBe(4);
  });
});

import { describe, expect, test } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import { epochOf, heightOf, viewOf } from '../../shared/types/brands.ts';
import type { ConsensusMessage } from '../../shared/types/messages.ts';
import { type Ballot, observe } from './observe.ts';
import { batchOf, genesisBlock, idOf, signAs } from './test-support/forge.ts';
import { Solo } from './test-support/solo.ts';

const batch = batchOf(1_000_000, idOf(0), 'a');
const digest = batchDigest(batch);
const columnOf = (solo: Solo, kind: Exclude<keyof Ballot, 'validator' | 'viewChange'>): string =>
  observe(solo.state, solo.now())
    .ballots.map((ballot) => ballot[kind])
    .join(' ');

describe('messages held and missing for the next height', () => {
  test('nothing is missing where nothing is due', () => {
    const solo = new Solo();
    expect(observe(solo.state, solo.now())).toMatchObject({ sequence: 1, phase: 'none', owed: 0 });
    for (const kind of ['prePrepare', 'prepare', 'commit', 'seal'] as const)
      expect(columnOf(solo, kind)).toBe('not-due not-due not-due not-due');
  });

  test('each phase asks for the next message of each validator; the primary prepares nothing', () => {
    const solo = new Solo();
    solo.propose(1, batch);
    expect(columnOf(solo, 'prePrepare')).toBe('held not-due not-due not-due');
    expect(columnOf(solo, 'prepare')).toBe('not-due held missing missing');
    expect(columnOf(solo, 'commit')).toBe('not-due not-due not-due not-due');
    solo.prepare(1, digest, 2);
    expect(columnOf(solo, 'commit')).toBe('missing held missing missing');
    expect(observe(solo.state, solo.now())).toMatchObject({ phase: 'prepared', owed: 1 });
    solo.commit(1, digest, 0);
    solo.commit(1, digest, 2);
    expect(columnOf(solo, 'seal')).toBe('missing held missing missing');
    expect(observe(solo.state, solo.now()).phase).toBe('executed');
  });

  test('a vote over another batch is neither held nor missing', () => {
    const solo = new Solo();
    solo.propose(1, batch);
    solo.prepare(1, batchDigest(batchOf(1, idOf(0), 'b')), 3);
    expect(columnOf(solo, 'prepare')).toBe('not-due held missing other');
  });

  test('a vote without a proposal shows that the PRE-PREPARE is missing', () => {
    const solo = new Solo();
    solo.prepare(1, digest, 2);
    expect(columnOf(solo, 'prePrepare')).toBe('missing not-due not-due not-due');
  });
});

test('who signed a heartbeat of this epoch lately, over its own link', () => {
  const solo = new Solo();
  const beatOf = (index: number, epoch = 0): ConsensusMessage =>
    signAs(idOf(index), {
      kind: 'heartbeat',
      epoch: epochOf(epoch),
      view: viewOf(0),
      height: heightOf(0),
      block: genesisBlock,
      time: 1,
    });
  const ages = () => [0, 2, 3].map((at) => observe(solo.state, solo.now()).heartbeatAgesMs.get(idOf(at)));
  solo.advance(40);
  expect(ages()).toEqual([40, 40, 40]);
  solo.message(beatOf(0));
  solo.message(beatOf(2), idOf(3));
  solo.message(beatOf(3, 1));
  expect(ages()).toEqual([0, 40, 40]);
  solo.message(beatOf(3));
  solo.advance(10);
  expect(ages()).toEqual([10, 50, 10]);
  expect(observe(solo.state, solo.now()).heartbeatAgesMs.has(solo.config.self)).toBe(false);
});

describe('leaving a view', () => {
  test('why, when, who asks, and whose turn it is', () => {
    const solo = new Solo({ self: 1 });
    solo.advance(solo.config.parameters.primarySilenceMs - 1);
    expect(observe(solo.state, solo.now())).toMatchObject({
      primary: idOf(0),
      primarySilentMs: solo.config.parameters.primarySilenceMs - 1,
    });
    solo.advance(1);
    solo.advance(40);
    const { ballots, ...rest } = observe(solo.state, solo.now());
    expect(rest).toMatchObject({
      view: 0,
      changingTo: 1,
      nextPrimary: idOf(1),
      lastViewChange: { from: 0, to: 1, reason: 'silent', agoMs: 40 },
    });
    expect(rest.primarySilentMs).toBeUndefined();
    expect(ballots.map(({ viewChange }) => viewChange)).toEqual([undefined, 1, undefined, undefined]);
  });
});

describe('who strayed', () => {
  test('a seal over another block than the certified one names its validator, early or late', () => {
    const solo = new Solo();
    solo.order(1, batch);
    const own = solo.blocks.get(1)!;
    solo.seal(1, 'x', 3);
    expect(columnOf(solo, 'seal')).toBe('missing held missing other');
    for (const peer of [0, 2]) solo.seal(1, own, peer);
    const strayed = { validator: idOf(3), height: 1, block: 'x', certified: own };
    expect(observe(solo.state, solo.now()).strayed).toEqual([strayed]);
    expect(solo.noted('seal-differs')).toHaveLength(1);

    const late = new Solo();
    late.certify(1, batch);
    late.seal(1, 'x', 3);
    late.seal(1, 'x', 3);
    expect(observe(late.state, late.now()).strayed).toEqual([strayed]);
    expect(late.noted('seal-differs')).toHaveLength(1);
  });

  test('equal seals that come late name nobody, and the memory is one window', () => {
    const solo = new Solo();
    for (let height = 1; height <= 40; height++)
      solo.certify(height, batchOf(1_000_000, idOf(0), `${height}`));
    solo.seal(40, solo.blocks.get(40)!, 3);
    expect(observe(solo.state, solo.now()).strayed).toEqual([]);
    expect(solo.state.certifiedBlocks.size).toBe(solo.config.parameters.window);
  });
});

import { describe, expect, test } from 'vitest';
import type { BlockHash, Height, View } from '../../../shared/types/brands.ts';
import { diagnoseNetwork, type Gathered, type LastWords, type NodeAnswer } from './across.ts';
import { diagnose } from './diagnose.ts';
import type { DiagnosisFacts } from './facts.ts';
import { factsOf, idOf, observation, peer } from './test-support.ts';

const answer = (name: string, change: Partial<DiagnosisFacts> = {}, block = 'a'.repeat(64)): NodeAnswer => ({
  gateway: `http://${name}`,
  diagnosis: diagnose(factsOf({ self: idOf(name), ...change })),
  tip: { height: 1204, block, stateRoot: 'e'.repeat(64) },
});
const verdictOf = (gathered: Partial<Gathered>) => {
  const verdict = diagnoseNetwork({ answers: [], silent: [], lastWords: [], nowMs: 10_000, ...gathered });
  return { ...verdict, codes: verdict.causes.map(({ code }) => code) };
};
const words = (validator: string, change: Partial<LastWords> = {}): LastWords => ({
  validator,
  isAlive: false,
  at: 4_000,
  facts: {},
  ...change,
});
const silence = (validator: string) => ({
  validator,
  gateway: `http://${validator}`,
  reason: 'ECONNREFUSED',
});
const lost = (name: string) => peer(name, { connected: false, failure: 'link-silent' });

describe('several nodes together', () => {
  test('healthy: one sentence, nothing to do', () => {
    const { sentence, healthy, causes } = verdictOf({ answers: [answer('alpha'), answer('beta')] });
    expect([sentence, healthy, causes]).toEqual([
      'The network commits: height 1,204, 2 of 2 gateways answered.',
      true,
      [],
    ]);
  });

  test('one cut off does not stop the network; its own account is told as its own', () => {
    const { commits, healthy, causes } = verdictOf({
      answers: [
        answer('alpha', { peers: [peer('beta'), lost('delta'), peer('gamma')] }),
        answer('delta', { peers: [lost('alpha'), lost('beta'), lost('gamma')] }),
      ],
    });
    expect([commits, healthy]).toEqual([true, false]);
    expect(causes[0]).toMatchObject({
      code: 'quorum-unreachable',
      severity: 'impair',
      sentence: expect.stringMatching(/^As delta sees it: 1 of 4/),
      reportedBy: ['delta'],
    });
  });

  const others = (name: string) =>
    ['alpha', 'beta', 'delta', 'gamma'].filter((one) => one !== name).map((one) => peer(one));
  const stuck = {
    waiting: { transactions: 12, sinceMs: 60_000 },
    consensus: observation({ changingTo: 3 as View, nextPrimary: idOf('delta') }),
  };
  const follower = answer('watcher', {
    peers: others('watcher'),
    consensus: observation({ mode: 'observing' }),
  });

  test('a follower, with which nothing waits, does not outvote validators that cannot commit', () => {
    const answers = ['alpha', 'beta', 'delta', 'gamma'].map((name) =>
      answer(name, { ...stuck, peers: others(name) }),
    );
    expect(answers.map(({ diagnosis }) => diagnosis.commits)).toEqual([false, false, false, false]);
    const { commits, sentence } = verdictOf({ answers: [...answers, follower] });
    expect([commits, sentence]).toEqual([
      false,
      expect.stringMatching(/^The network does not commit: View 3/),
    ]);
  });

  test('a follower that is asked alone says how little it knows', () => {
    const { commits, sentence } = verdictOf({ answers: [follower] });
    expect([commits, sentence]).toEqual([
      true,
      'The network commits, as far as those can tell that only follow: height 1,204, 1 of 1 gateway answered.',
    ]);
  });

  test('one idle validator does not outvote three that are stuck', () => {
    const answers = ['alpha', 'beta', 'delta'].map((name) => answer(name, { ...stuck, peers: others(name) }));
    const { commits } = verdictOf({ answers: [...answers, answer('gamma', { peers: others('gamma') })] });
    expect(commits).toBe(false);
  });

  test('two voters of four commit nothing, also while nothing waits: who is out of reach, and who observes', () => {
    const around = (name: string) => ({
      peers: [...others(name).filter((one) => one.validator !== 'gamma'), lost('gamma')],
    });
    const observing = { consensus: observation({ mode: 'observing' }) };
    const { commits, sentence, act, codes } = verdictOf({
      answers: [
        answer('alpha', around('alpha')),
        answer('beta', around('beta')),
        // Restored from a backup: the others have not noticed yet.
        answer('delta', { ...around('delta'), ...observing }),
      ],
      silent: [silence('gamma')],
    });
    expect([commits, act]).toEqual([false, ['delta', 'gamma']]);
    expect(sentence).toBe(
      'The network does not commit: 2 of 4 validators vote, 3 are needed, so that the next transaction would not commit: gamma cannot be reached; delta is there and does not vote.',
    );
    expect(codes).toEqual(['quorum-not-voting', 'validator-unreachable', 'votes-lost']);
  });

  test('why one does not vote is told as it says itself, and not as others see it', () => {
    const mute = { heartbeatAgesMs: new Map([[idOf('delta'), 9_000]]) };
    const { commits, codes } = verdictOf({
      answers: [
        answer('alpha', { peers: others('alpha'), consensus: observation(mute) }),
        answer('delta', { peers: others('delta'), consensus: observation({ mode: 'observing' }) }),
      ],
    });
    expect([commits, codes]).toEqual([true, ['votes-lost']]);
  });

  test('the same cause is told once, with who reports it', () => {
    const peers = [peer('gamma'), lost('delta')];
    const { causes } = verdictOf({
      answers: [
        answer('alpha', { peers: [peer('beta'), ...peers] }),
        answer('beta', { peers: [peer('alpha'), ...peers] }),
      ],
      silent: [silence('delta')],
    });
    expect(causes).toMatchObject([
      { code: 'validator-unreachable', facts: { validator: 'delta' }, reportedBy: ['alpha', 'beta'] },
    ]);
  });

  test('different blocks at one height stop everything', () => {
    const { commits, causes } = verdictOf({ answers: [answer('alpha'), answer('beta', {}, 'b'.repeat(64))] });
    expect([commits, causes]).toMatchObject([
      false,
      [
        {
          code: 'ledgers-differ',
          severity: 'stall',
          facts: { height: 1204, blocks: [{ validators: ['alpha'] }, {}] },
        },
      ],
    ]);
  });

  test('nobody answers', () => {
    const { commits, healthy, sentence } = verdictOf({ silent: [silence('alpha')] });
    expect([commits, healthy]).toEqual([false, false]);
    expect(sentence).toMatch(/^No gateway of 1 answered: The gateway of alpha .* ECONNREFUSED/);
  });
});

describe('last words', () => {
  const peers = [peer('beta'), lost('delta'), peer('gamma')];
  const withWords = (lastWords: LastWords) =>
    verdictOf({ answers: [answer('alpha', { peers })], silent: [silence('delta')], lastWords: [lastWords] });

  test.each([
    ['disk-full', 'disk-full'],
    ['disk-error', 'disk-failed'],
    ['data-damaged', 'disk-failed'],
    ['stopped', 'validator-stopped'],
    ['defect', 'validator-stopped'],
    [undefined, 'validator-stopped'],
  ])('%s is told as %s, instead of being out of reach', (code, expected) => {
    const facts = { file: '/data/delta/votes.db' };
    const { codes, act } = withWords(words('delta', { facts, ...(code !== undefined && { code }) }));
    expect([codes, act]).toEqual([[expected], ['delta']]);
  });

  test('software that does not know the rules is told with the protocol that it lacks', () => {
    const facts = { height: 57, protocol: 2, newest: 1 };
    const { causes, sentence } = withWords(words('delta', { code: 'protocol-unsupported', facts }));
    expect(sentence).toContain('knows the rules up to protocol 1, and the network follows protocol 2');
    expect(causes[0]).toMatchObject({
      code: 'validator-stopped',
      next: expect.stringContaining('installs a version that knows protocol 2'),
      facts: { reason: 'protocol-unsupported' },
    });
  });

  test('a process that is there and does not answer is told from one that is gone', () => {
    expect(withWords(words('delta', { isAlive: true })).sentence).toMatch(
      /has a process that does not answer/,
    );
    expect(withWords(words('delta')).sentence).toMatch(/was killed, or its machine lost power/);
  });

  const disputed = (changes: Record<string, string>, block: string) => ({
    height: 17 as Height,
    block,
    changes,
  });

  test('state-divergence names height and the keys that differ', () => {
    const strayed = {
      validator: idOf('delta'),
      height: 17 as Height,
      block: 'x' as BlockHash,
      certified: 'y' as BlockHash,
    };
    const healthy = answer('alpha', {
      peers,
      consensus: observation({ strayed: [strayed] }),
      disputed: [disputed({ 'streams/a': '1', 'streams/b': '2', 'bound/p': '3' }, 'y')],
    });
    const { causes, sentence } = verdictOf({
      answers: [healthy],
      silent: [silence('delta')],
      lastWords: [
        words('delta', {
          code: 'state-divergence',
          facts: { height: 17, disputed: disputed({ 'streams/a': '1', 'streams/c': '2' }, 'x') },
        }),
      ],
    });
    expect(causes).toMatchObject([
      {
        code: 'state-divergence',
        facts: { validator: 'delta', height: 17, keys: ['streams/b', 'streams/c', 'bound/p'] },
        reportedBy: ['alpha', 'doctor'],
      },
    ]);
    expect(sentence).toMatch(/delta derived another block at height 17 .* The state differs at streams\/b/);
  });

  test('split-execution names height, keys and everybody who has to act', () => {
    const split = (validator: string, value: string) =>
      words(validator, {
        code: 'split-execution',
        facts: { height: 17, disputed: disputed({ 'streams/a': value, 'streams/b': 'same' }, value) },
      });
    const { commits, codes, act, causes } = verdictOf({
      silent: [silence('alpha'), silence('beta'), silence('delta'), silence('gamma')],
      lastWords: [split('alpha', '1'), split('beta', '1'), split('delta', '2'), split('gamma', '2')],
    });
    expect([commits, codes, act]).toEqual([false, ['split-execution'], ['alpha', 'beta', 'delta', 'gamma']]);
    expect(causes[0]?.facts).toMatchObject({ height: 17, keys: ['streams/a'] });
  });
});

import { describe, expect, test } from 'vitest';
import { diagnosisSchema } from '../../../shared/api/diagnosis.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  type Height,
  type Incarnation,
  type View,
} from '../../../shared/types/brands.ts';
import { diagnose } from './diagnose.ts';
import type { DiagnosisFacts } from './facts.ts';
import { factsOf, idleBallots, idOf, observation, peer } from './test-support.ts';

/** Verdict and the codes of its causes, most important first. */
function verdictOf(change: Partial<DiagnosisFacts>) {
  const diagnosis = diagnose(factsOf(change));
  expect(diagnosisSchema.safeParse(diagnosis).error).toBeUndefined();
  return { ...diagnosis, codes: diagnosis.causes.map(({ code }) => code) };
}
const waiting = { transactions: 12, sinceMs: 8_000 };
const view = (number: number): View => number as View;
const height = (number: number): Height => number as Height;

describe('a network that commits', () => {
  test('says so in one sentence and asks for nothing', () => {
    const { commits, healthy, causes, sentence, next } = verdictOf({});
    expect([commits, healthy, causes, next]).toEqual([true, true, [], undefined]);
    expect(sentence).toBe('The network commits: height 1,204, 4 of 4 validators reachable, nothing waits.');
  });

  test('work under way for a moment is no stall', () => {
    const { commits, sentence } = verdictOf({ waiting: { transactions: 3, sinceMs: 40 } });
    expect([commits, sentence]).toEqual([true, expect.stringMatching(/it is at work\.$/)]);
  });

  test('one that stopped is named with the reason, and the operator who has to act', () => {
    const gone = peer('delta', {
      connected: false,
      silentMs: 12_000,
      failure: 'link-unreachable',
      failureReason: 'connect ECONNREFUSED 127.0.0.1:7103',
    });
    const { commits, healthy, codes, sentence, act } = verdictOf({
      peers: [peer('alpha'), gone, peer('gamma')],
    });
    expect([commits, healthy, codes, act]).toEqual([true, false, ['validator-unreachable'], ['delta']]);
    expect(sentence).toBe(
      'The network commits: height 1,204, 3 of 4 validators reachable, nothing waits; but delta cannot be reached: no process listens at its address, last heard 12 s ago.',
    );
  });
});

describe('fewer than a quorum', () => {
  const lost = (name: string) => peer(name, { connected: false, silentMs: 41_000, failure: 'link-silent' });

  test('says how many are needed and who is missing, before everything that follows from it', () => {
    const { commits, codes, sentence, act, causes } = verdictOf({
      peers: [lost('alpha'), peer('delta'), lost('gamma')],
      waiting,
      consensus: observation({ changingTo: view(1), nextPrimary: idOf('beta') }),
    });
    expect([commits, codes[0], act]).toEqual([false, 'quorum-unreachable', ['alpha', 'gamma']]);
    expect(sentence).toBe(
      'The network does not commit: 2 of 4 validators can be reached, 3 are needed; missing: alpha and gamma. No block for 60 s.',
    );
    expect(causes[0]?.facts).toMatchObject({
      missing: [{ validator: 'alpha', reason: 'it stopped answering', silentMs: 41_000 }, {}],
    });
  });

  test('a node that reaches nobody looks at itself first', () => {
    const { act, next } = verdictOf({ peers: [lost('alpha'), lost('delta'), lost('gamma')] });
    expect([act, next]).toEqual([['beta'], expect.stringContaining('its network first')]);
  });

  const muted = (...names: string[]) => ({
    heartbeatAgesMs: new Map(
      ['alpha', 'delta', 'gamma'].map((name) => [idOf(name), names.includes(name) ? 9_000 : 120]),
    ),
  });

  test('who answers and does not vote is no part of it', () => {
    const { commits, healthy, sentence, act, causes, quorum } = verdictOf({
      peers: [peer('alpha'), peer('delta'), lost('gamma')],
      consensus: observation(muted('delta')),
    });
    expect([commits, healthy, act]).toEqual([false, false, ['delta', 'gamma']]);
    expect(sentence).toBe(
      'The network does not commit: 2 of 4 validators vote, 3 are needed, so that the next transaction would not commit: gamma cannot be reached; delta is there and does not vote. No block for 60 s.',
    );
    expect(quorum).toMatchObject({ reachable: 3, voting: 2 });
    expect(causes).toMatchObject([
      {
        code: 'quorum-not-voting',
        severity: 'stall',
        facts: { voting: 2, needed: 3, missing: [{ validator: 'gamma' }], notVoting: ['delta'] },
      },
    ]);
  });

  test('one of four that does not vote is told, and the others commit', () => {
    const { commits, healthy, sentence, causes } = verdictOf({ consensus: observation(muted('delta')) });
    expect([commits, healthy]).toEqual([true, false]);
    expect(sentence).toBe(
      'The network commits: height 1,204, 3 of 4 validators vote, nothing waits; but delta can be reached and does not vote: no heartbeat of it for 9.0 s.',
    );
    expect(causes).toMatchObject([
      { code: 'validator-not-voting', severity: 'impair', act: ['delta'], facts: { heartbeatMs: 9_000 } },
    ]);
  });

  test('this node counts only while it votes: not without its store, nor without its signer', () => {
    const gone = { peers: [peer('alpha'), peer('delta'), lost('gamma')] };
    expect(verdictOf(gone)).toMatchObject({ commits: true, votes: true });
    const observing = verdictOf({ ...gone, consensus: observation({ mode: 'observing' }) });
    expect(observing).toMatchObject({ commits: false, votes: false, quorum: { voting: 2 } });
    expect(observing.codes).toEqual(['quorum-not-voting', 'votes-lost']);
    const signerAbsence = { forMs: 4_000, reason: 'connect ENOENT' };
    expect(verdictOf({ ...gone, signerAbsence })).toMatchObject({ commits: false, quorum: { voting: 2 } });
  });

  test('who fetches blocks hears heartbeats of another epoch, and goes by whom it reaches', () => {
    const fetching = {
      catchUpTarget: height(9_000),
      consensus: observation(muted('alpha', 'delta', 'gamma')),
    };
    const { commits, quorum } = verdictOf(fetching);
    expect([commits, quorum.voting]).toEqual([true, undefined]);
  });

  test('a link that is open over which nothing comes counts as lost', () => {
    const { quorum } = verdictOf({
      peers: [peer('alpha', { silentMs: 3_000 }), peer('delta'), peer('gamma')],
    });
    expect(quorum.reachable).toBe(3);
  });
});

describe('the primary', () => {
  test('silent beyond the deadline', () => {
    const { commits, codes, sentence, act } = verdictOf({
      consensus: observation({ primarySilentMs: 1_600 }),
    });
    expect([commits, codes, act]).toEqual([false, ['primary-silent'], ['alpha']]);
    expect(sentence).toMatch(/alpha, the primary of view 0, has been silent for 1\.6 s\./);
  });

  const left = (reason: string, agoMs: number) => ({
    from: view(0),
    to: view(1),
    primary: idOf('alpha'),
    reason,
    agoMs,
  });

  test('is named while the view changes, with who asks and whose turn it is', () => {
    const ballots = idleBallots.map((ballot) =>
      ballot.validator === 'alpha' ? ballot : { ...ballot, viewChange: view(1) },
    );
    const { codes, current } = verdictOf({
      consensus: observation({
        changingTo: view(1),
        nextPrimary: idOf('beta'),
        lastViewChange: left('joined', 30),
        ballots,
      }),
      peers: [peer('alpha', { silentMs: 4_000 }), peer('delta'), peer('gamma')],
    });
    expect(codes).toEqual(['primary-silent', 'view-change-open', 'validator-unreachable']);
    expect(current.awaited).toEqual({ message: 'new-view', from: ['beta'] });
  });

  test('who asks alone while blocks are certified stands apart, and is told what ends it', () => {
    const ballots = idleBallots.map((ballot) =>
      ballot.validator === 'beta' ? { ...ballot, viewChange: view(1) } : ballot,
    );
    const asking = (sinceCertifiedMs: number) =>
      verdictOf({
        sinceCertifiedMs,
        consensus: observation({ changingTo: view(1), lastViewChange: left('waiting', 120_000), ballots }),
      });
    const { commits, causes } = asking(2_000);
    expect([commits, causes]).toMatchObject([
      true,
      [{ code: 'view-change-open', severity: 'impair', act: ['alpha'], facts: { from: 0, to: 1 } }],
    ]);
    expect(causes[0]?.next).toContain('the next change of primary or of the epoch');
    expect(asking(300_000).causes).toMatchObject([{ code: 'view-change-open', severity: 'stall' }]);
  });

  test('is remembered for a minute after it was replaced, and no longer', () => {
    const replaced = (agoMs: number) => ({
      consensus: observation({ view: view(1), primary: idOf('beta'), lastViewChange: left('silent', agoMs) }),
    });
    const { healthy, causes } = verdictOf(replaced(4_000));
    expect([healthy, causes]).toMatchObject([
      true,
      [{ code: 'primary-silent', severity: 'notice', facts: { validator: 'alpha', replacedIn: 1 } }],
    ]);
    expect(verdictOf(replaced(61_000)).causes).toEqual([]);
  });

  test.each(['waiting', 'invalid-proposal', 'equivocation', 'view-timeout'])('suspected for %s', (reason) => {
    const { causes } = verdictOf({
      consensus: observation({
        changingTo: view(1),
        nextPrimary: idOf('beta'),
        lastViewChange: left(reason, 30),
      }),
    });
    expect(causes[0]).toMatchObject({
      code: 'primary-suspected',
      severity: 'stall',
      facts: { validator: 'alpha', view: 0, reason },
    });
  });
});

test('views diverge: no view has a quorum of those who can be reached', () => {
  const scattered = {
    consensus: observation({ view: view(3), primary: idOf('gamma'), primarySilentMs: 0 }),
    peers: [
      peer('alpha', { view: view(3) }),
      peer('delta', { view: view(5) }),
      peer('gamma', { view: view(0) }),
    ],
    waiting,
  };
  const { codes, sentence } = verdictOf(scattered);
  expect(codes).toEqual(['views-diverging']);
  const idle = verdictOf({ ...scattered, waiting: { transactions: 0 } });
  expect([idle.commits, idle.codes]).toEqual([false, ['views-diverging']]);
  expect(sentence).toMatch(/beta in 3, alpha in 3, delta in 5 and gamma in 0/);
  const rejoined = {
    ...scattered,
    peers: [...scattered.peers.slice(0, 2), peer('gamma', { view: view(3) })],
  };
  expect(verdictOf(rejoined).codes).not.toContain('views-diverging');
});

describe('votes', () => {
  const prepared = idleBallots.map((ballot, index) => ({
    ...ballot,
    commit: index < 2 ? ('held' as const) : ('missing' as const),
  }));

  test('missing ones are named with their message, once it takes too long', () => {
    const consensus = observation({ phase: 'prepared', slotAgeMs: 6_000, ballots: prepared, owed: 1 });
    const { causes, current } = verdictOf({ consensus, waiting });
    expect(causes).toMatchObject([
      { code: 'votes-missing', facts: { sequence: 1205, message: 'commit', missing: ['delta', 'gamma'] } },
    ]);
    expect(current.awaited).toEqual({ message: 'commit', from: ['delta', 'gamma'] });
    expect(
      verdictOf({ consensus, waiting: { transactions: 9, sinceMs: 100 }, sinceCertifiedMs: 100 }).causes,
    ).toEqual([]);
  });

  test('nothing proposed though something waits: it is the turn of the primary', () => {
    const { causes } = verdictOf({ waiting });
    expect(causes).toMatchObject([
      { code: 'votes-missing', act: ['alpha'], facts: { message: 'pre-prepare' } },
    ]);
  });

  test('a missing vote that the quorum does not need is awaited by nobody', () => {
    const ballots = prepared.map((ballot, index) => ({
      ...ballot,
      commit: index < 3 ? ('held' as const) : ('missing' as const),
    }));
    const { current } = verdictOf({ consensus: observation({ phase: 'prepared', ballots }) });
    expect(current.awaited).toBeUndefined();
  });
});

describe('clocks', () => {
  test('the one that is far from the middle of all is off', () => {
    const { commits, causes } = verdictOf({
      peers: [peer('alpha'), peer('delta', { clockOffsetMs: 40_000 }), peer('gamma')],
    });
    expect([commits, causes]).toMatchObject([
      true,
      [{ code: 'clock-off', severity: 'impair', act: ['delta'], facts: { offsetMs: 39_997 } }],
    ]);
  });

  test('our own is off if all others are as far from it', () => {
    const off = (name: string) => peer(name, { clockOffsetMs: -40_000 });
    const { causes } = verdictOf({ peers: [off('alpha'), off('delta'), off('gamma')] });
    expect(causes).toMatchObject([{ code: 'clock-off', act: ['beta'], facts: { offsetMs: 40_000 } }]);
    expect(causes).toHaveLength(1);
  });

  test('two clocks do not tell which is right', () => {
    const { causes } = verdictOf({
      validators: [idOf('alpha'), idOf('beta')],
      peers: [peer('alpha', { clockOffsetMs: 5_000 })],
    });
    expect(causes).toMatchObject([{ code: 'clock-off', severity: 'notice', act: ['beta', 'alpha'] }]);
  });
});

describe('the machine', () => {
  test('a disk that is nearly full, and one that is full', () => {
    const disk = (freeBytes: number) => ({ host: { disk: { path: '/data', freeBytes, totalBytes: 1e10 } } });
    expect(verdictOf(disk(200e6)).causes).toMatchObject([{ code: 'disk-full', severity: 'notice' }]);
    expect(verdictOf(disk(1e6)).causes).toMatchObject([
      { code: 'disk-full', severity: 'impair', act: ['beta'], facts: { path: '/data', freeBytes: 1e6 } },
    ]);
  });

  test('a disk that is slow explains missing votes', () => {
    const { codes } = verdictOf({
      host: { commit: { commits: 20, medianMs: 400, p99Ms: 900 } },
      waiting,
    });
    expect(codes).toEqual(['votes-missing', 'disk-slow']);
    const few = { host: { commit: { commits: 3, medianMs: 400, p99Ms: 900 } } };
    expect(verdictOf(few).causes).toEqual([]);
  });

  test('a recovery that peers show and nobody accepted here, with the next step', () => {
    const shown = { recovery: 'ab'.repeat(32) as Digest, epoch: epochOf(2), height: height(1204) };
    const recoveriesShown = [{ ...shown, from: [idOf('alpha'), idOf('gamma')] }];
    const cause = { code: 'recovery-not-accepted', act: ['beta'] };
    const commits = verdictOf({ recoveriesShown });
    expect(commits).toMatchObject({ commits: true, causes: [{ ...cause, severity: 'notice' }] });
    const silent = { connected: false, silentMs: 600_000 };
    const peers = [peer('alpha'), peer('delta', silent), peer('gamma', silent)];
    const stalled = verdictOf({ recoveriesShown, peers });
    expect(stalled.codes).toContain('recovery-not-accepted');
    const told = stalled.causes.find(({ code }) => code === 'recovery-not-accepted');
    expect(told).toMatchObject({
      ...cause,
      severity: 'stall',
      facts: { from: ['alpha', 'gamma'], epoch: 2 },
    });
    expect(told?.sentence).toMatch(/alpha and gamma go by a recovery behind height 1,204 .*abababab/);
    expect(told?.next).toContain('concordat network recover accept');
  });

  test('payloads that are still to be fetched, which stall nothing', () => {
    const missing = (count: number) =>
      verdictOf({ missingPayloads: { count, ...(count > 0 && { digest: 'ab'.repeat(32) as Digest }) } });
    expect(missing(0).causes).toEqual([]);
    expect(missing(2).causes).toMatchObject([
      { code: 'payloads-missing', severity: 'notice', facts: { validator: 'beta', missing: 2 } },
    ]);
    expect(missing(1).causes[0]?.sentence).toMatch(/beta does not have 1 payload .* abababab/);
  });

  test('stored blocks that are damaged, and that they were replaced', () => {
    const damage = (heights: readonly number[], repaired: number) =>
      verdictOf({ damage: { damaged: heights.map(height), repaired } });
    expect(damage([], 0).causes).toEqual([]);
    expect(damage([7, 9], 1).causes).toMatchObject([
      {
        code: 'data-damaged',
        severity: 'impair',
        act: ['beta'],
        facts: { validator: 'beta', height: 7, damaged: 2, repaired: 1 },
      },
    ]);
    expect(damage([7, 9], 1).sentence).toMatch(/2 stored blocks of beta do not match .* at height 7/);
    expect(damage([], 3)).toMatchObject({
      healthy: true,
      causes: [{ code: 'data-damaged', severity: 'notice', facts: { damaged: 0, repaired: 3 } }],
    });
  });

  test('a gateway certificate near its end', () => {
    const inDays = (days: number) => ({
      host: {
        certificates: [{ name: 'gateway certificate', expiresAt: 1_700_000_000_000 + days * 86_400_000 }],
      },
    });
    expect(verdictOf(inDays(31)).causes).toEqual([]);
    expect(verdictOf(inDays(20)).causes).toMatchObject([
      { code: 'certificate-expiring', severity: 'notice', facts: { daysLeft: 20 } },
    ]);
    expect(verdictOf(inDays(3)).causes).toMatchObject([{ severity: 'impair' }]);
    expect(verdictOf(inDays(-1)).sentence).toMatch(/has expired/);
  });

  test('an event loop that runs late is a notice', () => {
    expect(verdictOf({ host: { loopDelayMs: 900 } })).toMatchObject({
      healthy: true,
      causes: [{ code: 'node-overloaded' }],
    });
  });
});

describe('conduct', () => {
  test('a validator that sealed another block, with height and blocks', () => {
    const strayed = {
      validator: idOf('gamma'),
      height: height(1100),
      block: 'x' as BlockHash,
      certified: 'y' as BlockHash,
    };
    const { commits, causes, sentence } = verdictOf({ consensus: observation({ strayed: [strayed] }) });
    expect([commits, causes]).toMatchObject([
      true,
      [{ code: 'state-divergence', act: ['gamma'], facts: { height: 1100, block: 'x', certified: 'y' } }],
    ]);
    expect(sentence).toMatch(/gamma derived another block at height 1,100/);
  });

  test('what a peer sent against a rule is told for ten minutes', () => {
    const refusal = (agoMs: number) => ({
      refusals: [{ validator: idOf('gamma'), rule: 'C3', count: 7, reason: 'a gap', agoMs }],
    });
    expect(verdictOf(refusal(1_000)).causes).toMatchObject([
      { code: 'peer-misbehaved', severity: 'notice', facts: { validator: 'gamma', rule: 'C3', count: 7 } },
    ]);
    expect(verdictOf(refusal(700_000)).causes).toEqual([]);
  });

  test('an observer says that it lost its votes; a starting node that it starts', () => {
    expect(verdictOf({ consensus: observation({ mode: 'observing' }) }).codes).toEqual(['votes-lost']);
    const { consensus: _, ...without } = factsOf();
    expect(diagnose(without)).toMatchObject({ commits: true, causes: [{ code: 'node-starting' }] });
    const starting = observation({ mode: 'starting', answers: { have: 1, needed: 2 } });
    expect(verdictOf({ consensus: starting }).causes[0]?.sentence).toMatch(/own votes: 1 of 2 have answered/);
  });

  test('who was restored from a backup says what it waits for, and for how long once that is known', () => {
    const consensus = observation({ mode: 'observing' });
    const incarnation = 'ab'.repeat(16) as Incarnation;
    const [waits] = verdictOf({ consensus, unregisteredStore: { incarnation } }).causes;
    expect(waits).toMatchObject({ act: ['beta'], facts: { validator: 'beta', incarnation } });
    expect(waits?.next).toContain(`register-incarnation beta --incarnation ${incarnation}`);
    const votesFrom = 1_206 as Height;
    const [scheduled] = verdictOf({ consensus, unregisteredStore: { incarnation, votesFrom } }).causes;
    expect(scheduled).toMatchObject({ act: [], facts: { votesFrom } });
    expect(scheduled?.next).toMatch(/from height 1,206 on; 1 block before it/);
  });

  test('one that no set names has lost nothing: it is no part of the quorum', () => {
    const follows = {
      self: idOf('mirror'),
      consensus: observation({ mode: 'observing' }),
      peers: [peer('alpha'), peer('beta'), peer('delta'), peer('gamma')],
    };
    expect(verdictOf(follows)).toMatchObject({
      commits: true,
      healthy: true,
      codes: [],
      quorum: { n: 4, reachable: 4 },
    });
    const two = verdictOf({ ...follows, peers: [peer('alpha'), peer('beta')] });
    expect(two).toMatchObject({ commits: false, quorum: { reachable: 2 } });
    const peers = follows.peers.map((one) => ({ ...one, connected: false }));
    expect(verdictOf({ ...follows, peers })).toMatchObject({
      commits: false,
      act: ['mirror'],
      sentence: expect.stringContaining('0 of 4 validators can be reached, 3 are needed'),
    });
  });

  test('a signer that is away explains the votes that are missing', () => {
    const signerAbsence = { forMs: 4_000, reason: 'connect ENOENT' };
    expect(verdictOf({ signerAbsence })).toMatchObject({
      commits: true,
      healthy: false,
      sentence: expect.stringMatching(/but beta does not vote: its signer has been away for 4.0 s\.$/),
      act: ['beta'],
      causes: [{ code: 'signer-unreachable', severity: 'impair', facts: { reason: 'connect ENOENT' } }],
    });
    const stalled = verdictOf({ signerAbsence, waiting: { transactions: 1, sinceMs: 9_000 } });
    expect(stalled).toMatchObject({ commits: false, act: ['beta'] });
    expect(stalled.codes).toEqual(['signer-unreachable', 'votes-missing']);
  });

  test('who is far behind', () => {
    const { causes } = verdictOf({
      peers: [peer('alpha'), peer('delta', { height: height(9) }), peer('gamma')],
    });
    expect(causes).toMatchObject([{ code: 'validator-behind', facts: { validator: 'delta', blocks: 1195 } }]);
  });
});

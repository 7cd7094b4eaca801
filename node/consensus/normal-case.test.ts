/** Rules N1–N7 in the absence of view changes; OSDI'99 §4.2, with execution and seals behind it. */
import { describe, expect, test } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import type { Height } from '../../shared/types/brands.ts';
import { wantsProposal } from './step.ts';
import { Cluster } from './test-support/cluster.ts';
import { batchOf, idOf, proposalOf, voteOf } from './test-support/forge.ts';
import { Solo } from './test-support/solo.ts';

const batch = batchOf(1_000_000, idOf(0), 'a');
const digest = batchDigest(batch);

describe('all replicas (OSDI 99 §4.2)', () => {
  test.each([1, 2, 3, 4, 5, 7])('%i validators order, execute, seal and certify', (n) => {
    const cluster = new Cluster(n);
    for (let i = 1; i <= 10; i += 1) {
      cluster.submit(`t${i}`);
      cluster.settle();
      expect(cluster.heights()).toEqual(Array.from({ length: n }, () => i));
    }
    expect(cluster.violations).toEqual([]);
  });

  test('an idle primary proposes nothing, though an empty batch is welcome (F2)', () => {
    const cluster = new Cluster(4);
    cluster.advance(5_000);
    expect(cluster.heights()).toEqual([0, 0, 0, 0]);
    expect(wantsProposal(cluster.at(0).state)).toBe(1);
    expect(cluster.replicas.slice(1).map(({ state }) => wantsProposal(state))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('n − f validators are enough', () => {
    const cluster = new Cluster(7);
    cluster.crash(5);
    cluster.crash(6);
    cluster.submit('t');
    cluster.settle();
    expect(cluster.heights()).toEqual([1, 1, 1, 1, 1, 0, 0]);
  });
});

describe('N1: what a backup accepts', () => {
  test('a PRE-PREPARE of its view and primary, in the window, is prepared', () => {
    const solo = new Solo();
    const outputs = solo.propose(1, batch);
    expect(solo.signed('prepare', outputs)).toMatchObject([{ view: 0, sequence: 1, content: digest }]);
  });

  test('not of another sender: rejected with its rule', () => {
    const solo = new Solo();
    const vote = voteOf('pre-prepare', 0, 1, digest, idOf(2));
    const outputs = solo.message({ kind: 'pre-prepare', vote, batch });
    expect(solo.all('rejected', outputs)).toMatchObject([{ rule: 'N1', from: 'v2' }]);
    expect(solo.signed('prepare')).toEqual([]);
  });

  test('not at or below h, not above h + window; above is held and taken up when the window slides (M3)', () => {
    const solo = new Solo();
    const above = batchOf(1_000_000, idOf(0), 'above');
    solo.propose(0, batch);
    solo.propose(5, above);
    expect(solo.signed('prepare')).toEqual([]);
    solo.catchUpTo(1, 'b1');
    expect(solo.signed('prepare')).toMatchObject([{ sequence: 5 }]);
  });

  test('only the first of its slot', () => {
    const solo = new Solo();
    solo.propose(1, batch);
    solo.propose(1, batch);
    expect(solo.signed('prepare')).toHaveLength(1);
  });

  test('one batch at two heights is asked for once, and prepared at both', () => {
    const solo = new Solo();
    solo.answersChecks = false;
    const proposed = [...solo.propose(1, batch), ...solo.propose(2, batch)];
    expect(solo.all('check-batch', proposed)).toMatchObject([{ sequence: 1 }]);
    const outputs = solo.feed({ type: 'batch-checked', digest, verdict: { ok: true, batch } });
    expect(solo.signed('prepare', outputs)).toMatchObject([{ sequence: 1 }, { sequence: 2 }]);
  });

  test('a batch early by the clock is held, not refused', () => {
    const solo = new Solo();
    const early = batchOf(1_000_000 + 30_100, idOf(0), 'early');
    solo.propose(1, early);
    expect(solo.signed('prepare')).toEqual([]);
    solo.advance(100);
    expect(solo.signed('prepare')).toMatchObject([{ sequence: 1 }]);
  });

  test('a batch late by more than drift is not voted for, and its primary is not accused of it', () => {
    const solo = new Solo();
    solo.propose(1, batchOf(1_000_000 - 30_001, idOf(0), 'late'));
    expect(solo.signed('prepare')).toEqual([]);
    expect(solo.signed('view-change')).toEqual([]);
  });
});

describe('N2, N3: the batch', () => {
  test('PREPARE waits for the bodies; those who PREPAREd are asked too', () => {
    const solo = new Solo();
    solo.answersChecks = false;
    solo.prepare(1, digest, 3);
    const outputs = solo.propose(1, batch);
    expect(solo.all('check-batch', outputs)).toMatchObject([
      { digest, reproposal: false, holders: ['v0', 'v3'] },
    ]);
    expect(solo.signed('prepare')).toEqual([]);
    expect(solo.signed('prepare', solo.answer(digest, batch))).toHaveLength(1);
  });

  test('a provably invalid batch raises suspicion (V1)', () => {
    const solo = new Solo();
    solo.answersChecks = false;
    solo.propose(1, batch);
    const verdict = { ok: false, reason: 'bad signature' } as const;
    const outputs = solo.feed({ type: 'batch-checked', digest, verdict });
    expect(solo.all('rejected', outputs)).toMatchObject([{ rule: 'N2', from: 'v0' }]);
    expect(solo.signed('view-change', outputs)).toMatchObject([{ view: 1 }]);
  });

  test('a batch in the name of another proposer is invalid by its form: the block would say so for ever', () => {
    const solo = new Solo();
    const outputs = solo.propose(1, batchOf(1_000_000, idOf(2), 'a'));
    expect(solo.signed('prepare')).toEqual([]);
    expect(solo.all('rejected', outputs)).toMatchObject([{ rule: 'N2', from: 'v0' }]);
    expect(solo.signed('view-change', outputs)).toMatchObject([{ view: 1 }]);
  });

  test('a batch above the limit is invalid by its form', () => {
    const solo = new Solo({ parameters: { batchLimit: 2 } });
    const outputs = solo.propose(1, batchOf(1_000_000, idOf(0), 'a', 'b', 'c'));
    expect(solo.all('rejected', outputs)).toMatchObject([{ rule: 'N2' }]);
    expect(solo.signed('view-change', outputs)).toHaveLength(1);
  });
});

describe('N4: prepared, committed, executed', () => {
  test('prepared needs Q−1 distinct backups: ours and one other of four', () => {
    const solo = new Solo();
    solo.propose(1, batch);
    expect(solo.signed('commit')).toEqual([]);
    const outputs = solo.prepare(1, digest, 2);
    expect(solo.signed('commit', outputs)).toMatchObject([{ sequence: 1, content: digest }]);
  });

  test('the primary’s PREPARE does not count and is provably bad', () => {
    const solo = new Solo();
    solo.propose(1, batch);
    const outputs = solo.prepare(1, digest, 0);
    expect(solo.all('rejected', outputs)).toMatchObject([{ rule: 'N4', from: 'v0' }]);
    expect(solo.signed('commit')).toEqual([]);
  });

  test('a PREPARE for another digest, or the same twice, does not count', () => {
    const solo = new Solo({ n: 7 });
    solo.propose(1, batch);
    solo.prepare(1, digest, 2);
    solo.prepare(1, digest, 2);
    solo.prepare(1, batchDigest(batchOf(1, idOf(0))), 3);
    solo.prepare(1, digest, 4);
    expect(solo.signed('commit')).toEqual([]);
    solo.prepare(1, digest, 5);
    expect(solo.signed('commit')).toHaveLength(1);
  });

  test('own votes count only when they come back durable and signed (D1)', () => {
    const solo = new Solo();
    solo.holdIntents = true;
    solo.propose(1, batch);
    solo.prepare(1, digest, 2);
    expect(solo.signed('commit')).toEqual([]);
    expect(solo.signed('commit', solo.release())).toHaveLength(1);
  });

  test('PREPAREs may come before the PRE-PREPARE', () => {
    const solo = new Solo();
    solo.prepare(1, digest, 2);
    solo.prepare(1, digest, 3);
    expect(solo.signed('commit', solo.propose(1, batch))).toHaveLength(1);
  });

  test('Q COMMITs order; execution is in order of sequence and once', () => {
    const solo = new Solo();
    const second = batchOf(1_000_000, idOf(0), 'b');
    expect(solo.all('execute', solo.order(2, second))).toEqual([]);
    const outputs = solo.order(1, batch);
    expect(solo.all('execute', outputs).map(({ height }) => height)).toEqual([1, 2]);
    solo.commit(1, digest, 0);
    expect(solo.all('execute')).toHaveLength(2);
  });

  test('COMMITs of different views do not add up', () => {
    const solo = new Solo();
    solo.propose(1, batch);
    solo.commit(1, digest, 0, 0);
    solo.commit(1, digest, 2, 1);
    solo.commit(1, digest, 3, 2);
    expect(solo.all('execute')).toEqual([]);
  });
});

describe('N6: the primary', () => {
  test('proposes within the window, each sequence once', () => {
    const solo = new Solo({ self: 0 });
    const sequences: (number | undefined)[] = [];
    for (let i = 0; i < 5; i += 1) {
      sequences.push(wantsProposal(solo.state));
      const next = batchOf(1_000_000, idOf(0), `b${i}`);
      solo.feed({ type: 'propose', batch: next, digest: batchDigest(next) });
    }
    expect(sequences).toEqual([1, 2, 3, 4, undefined]);
    expect(solo.noted('proposal-dropped')).toHaveLength(1);
  });

  test('its next sequence comes from disk, and an unsent PRE-PREPARE is sent again byte for byte', () => {
    const vote = voteOf('pre-prepare', 0, 1, digest, idOf(0));
    const solo = new Solo({ self: 0, restored: { votes: [vote], batches: new Map([[digest, batch]]) } });
    expect(wantsProposal(solo.state)).toBe(2);
    expect(solo.all('send').flatMap(({ messages }) => messages)).toContainEqual(
      proposalOf(solo.config, 0, 1, batch),
    );
    expect(solo.signed('pre-prepare')).toEqual([]);
  });

  test('h is certified and executed here, never one alone (D2)', () => {
    const solo = new Solo();
    solo.order(1, batch);
    expect(solo.state.certified.height).toBe(0);
    const block = solo.blocks.get(1)!;
    solo.seal(1, block, 0);
    expect(solo.all('certified')).toEqual([]);
    const outputs = solo.seal(1, block, 2);
    expect(solo.all('certified', outputs)[0]!.certificate.seals.map(({ validator }) => validator)).toEqual([
      'v0',
      'v1',
      'v2',
    ]);
    expect(solo.all('prune', outputs)).toEqual([{ type: 'prune', height: 1 as Height }]);
    expect(solo.view()).toMatchObject({ certified: 1, executed: 1, slots: [] });
  });
});

/** Rules M3, M4, W1, E2: the log of messages, what is held, and what is evidence (OSDI'99 §4.2, §4.3). */
import { describe, expect, test } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import { epochOf, type Height } from '../../shared/types/brands.ts';
import type { ConsensusMessage } from '../../shared/types/messages.ts';
import {
  batchOf,
  contentOf,
  idOf,
  newViewOf,
  proposalOf,
  sealOf,
  viewChangeOf,
  voteOf,
} from './test-support/forge.ts';
import { Solo } from './test-support/solo.ts';

const batch = batchOf(1_000_000, idOf(0), 'a');
const digest = batchDigest(batch);
const rival = batchOf(1_000_000, idOf(0), 'b');
const rivalDigest = batchDigest(rival);

describe('M3, M4: slots', () => {
  test('messages of strangers, or with malformed slots, are rejected', () => {
    const solo = new Solo();
    const vote = voteOf('commit', 0, 1, digest, idOf(2));
    const bad: ConsensusMessage[] = [
      { kind: 'commit', vote: { ...vote, epoch: epochOf(-1) } },
      { kind: 'commit', vote: { ...vote, sender: idOf(9) } },
      { kind: 'commit', vote: { ...vote, sequence: -1 as Height } },
      { kind: 'commit', vote: { ...vote, sequence: 1.5 as Height } },
      { kind: 'commit', vote: { ...vote, kind: 'prepare' } },
      { ...sealOf(1, 'b', idOf(2)), epoch: epochOf(0.5) },
    ];
    for (const message of bad)
      expect(solo.all('rejected', solo.message(message, idOf(2)))).toMatchObject([
        { rule: 'M3', from: 'v2' },
      ]);
    expect(solo.view().slots).toEqual([]);
  });

  test('messages of another epoch count nowhere, and are no offence: their senders are elsewhere (E2)', () => {
    const solo = new Solo();
    const vote = voteOf('commit', 0, 1, digest, idOf(2), { epoch: epochOf(1) });
    expect(solo.message({ kind: 'commit', vote })).toEqual([]);
    expect(solo.message(sealOf(1, 'b', idOf(2), { epoch: epochOf(2) }))).toEqual([]);
    expect(solo.state.slots.size).toBe(0);
  });

  test('duplicates change nothing and are no evidence', () => {
    const solo = new Solo();
    solo.propose(1, batch);
    const before = solo.outputs.length;
    solo.propose(1, batch);
    solo.seal(1, 'b', 2);
    solo.seal(1, 'b', 2);
    expect(solo.outputs).toHaveLength(before);
  });

  test('stale messages are ignored: below the view, at or below h', () => {
    const solo = new Solo();
    solo.catchUpTo(3, 'b3');
    const before = solo.outputs.length;
    solo.propose(3, batch);
    solo.prepare(2, digest, 2);
    solo.commit(1, digest, 2);
    solo.seal(3, 'b3', 2);
    expect(solo.outputs).toHaveLength(before);
  });

  test('messages of a higher view are held, and count once its NEW-VIEW is here', () => {
    const solo = new Solo({ self: 2 });
    const ofNext = batchOf(1_000_000, idOf(1), 'a');
    solo.propose(1, ofNext, 1);
    solo.prepare(1, batchDigest(ofNext), 3, 1);
    expect(solo.signed('prepare')).toEqual([]);
    const viewChanges = [0, 1, 3].map((i) => viewChangeOf(1, { height: 0 as Height, prepared: [] }, idOf(i)));
    const outputs = solo.message(newViewOf(1, { viewChanges, prePrepares: [] }, idOf(1)));
    expect(solo.signed('prepare', outputs)).toMatchObject([{ view: 1, sequence: 1 }]);
    expect(solo.signed('commit', outputs)).toMatchObject([{ view: 1, sequence: 1 }]);
  });

  test('a flood of one liar over views and sequences stays bounded', () => {
    const solo = new Solo();
    for (let view = 0; view < 60; view += 1)
      for (let sequence = 0; sequence < 60; sequence += 1) {
        solo.prepare(sequence, digest, 3, view);
        solo.commit(sequence, digest, 3, view);
        if (view % 4 === 3) solo.message(proposalOf(solo.config, view, sequence, batch));
        solo.seal(sequence, `b${view}`, 3);
      }
    for (let view = 1; view < 200; view += 1)
      solo.message(viewChangeOf(view, { height: 0 as Height, prepared: [] }, idOf(3)));
    const { slots, viewChanges, certificates, checks, waitingSlots, newest } = solo.state;
    expect(slots.size).toBe(8);
    for (const slot of slots.values()) {
      expect(slot.prepares.get(idOf(3))!.size).toBeLessThanOrEqual(4);
      expect(slot.commits.get(idOf(3))!.size).toBe(4);
      expect(slot.prePrepares.get(idOf(3))!.size).toBe(2);
      expect(slot.seals.size).toBe(1);
    }
    expect(viewChanges.size).toBe(1);
    expect(certificates.size + checks.size + waitingSlots.size).toBe(0);
    expect([...newest.keys()]).toEqual(['v3']);
    expect(solo.all('evidence')).toHaveLength(1);
    expect(solo.signed('view-change')).toEqual([]);
  });

  test('a liar that evicts its own votes cannot put another in their place', () => {
    const solo = new Solo();
    solo.prepare(1, digest, 3, 0);
    for (const view of [4, 5, 6, 8]) solo.prepare(1, digest, 3, view);
    solo.prepare(1, rivalDigest, 3, 0);
    expect([
      ...solo.state.slots
        .get(1 as Height)!
        .prepares.get(idOf(3))!
        .keys(),
    ]).toEqual([4, 5, 6, 8]);
  });

  test('of VIEW-CHANGE only the sender’s highest view is kept', () => {
    const solo = new Solo({ n: 7 });
    const body = { height: 0 as Height, prepared: [] };
    solo.message(viewChangeOf(3, body, idOf(3)));
    solo.message(viewChangeOf(2, body, idOf(3)));
    expect(solo.view().viewChanges).toEqual([{ validator: 'v3', view: 3 }]);
  });
});

describe('W1: two signed messages that conflict in a slot', () => {
  test('the primary’s equivocation in this view is evidence and suspicion (V1)', () => {
    const solo = new Solo();
    solo.propose(1, batch);
    const outputs = solo.propose(1, rival);
    const [first, second] = [digest, rivalDigest].sort();
    expect(solo.all('evidence', outputs)).toMatchObject([
      {
        evidence: {
          validator: 'v0',
          kind: 'pre-prepare',
          first: { content: first },
          second: { content: second },
        },
      },
    ]);
    expect(solo.signed('view-change', outputs)).toMatchObject([{ view: 1 }]);
  });

  test.each(['prepare', 'commit'] as const)('another member’s %s is evidence, not suspicion', (kind) => {
    const solo = new Solo();
    solo[kind](1, digest, 3);
    const outputs = solo[kind](1, rivalDigest, 3);
    expect(solo.all('evidence', outputs)).toMatchObject([{ evidence: { validator: 'v3', kind } }]);
    expect(solo.signed('view-change')).toEqual([]);
  });

  test('two seals of one height conflict, whatever the view (D2)', () => {
    const solo = new Solo();
    solo.seal(1, 'x', 3);
    expect(solo.all('evidence', solo.seal(1, 'y', 3))).toMatchObject([{ evidence: { kind: 'seal' } }]);
  });

  test('two VIEW-CHANGEs for one view conflict; for two views they do not', () => {
    const solo = new Solo({ n: 7 });
    const body = { height: 0 as Height, prepared: [] };
    const other = {
      kind: 'view-change',
      vote: voteOf('view-change', 2, 0, contentOf('x'), idOf(3)),
      body,
    } as const;
    solo.message(viewChangeOf(1, body, idOf(3)));
    expect(solo.all('evidence', solo.message(viewChangeOf(2, body, idOf(3))))).toEqual([]);
    expect(solo.all('evidence', solo.message(other))).toMatchObject([{ evidence: { kind: 'view-change' } }]);
  });

  test('votes of two views never conflict: a view change produces no evidence', () => {
    const solo = new Solo();
    solo.prepare(1, digest, 3, 0);
    solo.prepare(1, rivalDigest, 3, 1);
    solo.commit(1, digest, 3, 0);
    solo.commit(1, rivalDigest, 3, 1);
    expect(solo.all('evidence')).toEqual([]);
  });

  test('once per validator and kind', () => {
    const solo = new Solo();
    for (let i = 0; i < 20; i += 1) solo.prepare(1, batchDigest(batchOf(i, idOf(0))), 3);
    expect(solo.all('evidence')).toHaveLength(1);
  });
});

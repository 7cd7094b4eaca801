/** Rule W1 on a node: told, verified, submitted in turn, dropped when recorded; bounded whatever peers tell. */
import { describe, expect, it } from 'vitest';
import { evidenceKinds, evidenceOf } from '../../shared/codec/conflict.ts';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { encodeEvidence, evidenceToCbor } from '../../shared/codec/evidence.ts';
import { toHex } from '../../shared/codec/hex.ts';
import { signingBytesOf } from '../../shared/protocol/verify-evidence.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type Signature,
  type ValidatorId,
  viewOf,
} from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { Evidence, EvidenceKind, SlotMessage } from '../../shared/types/messages.ts';
import { limits } from '../ledger/limits.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { createEvidenceRoom, type EvidenceRoom } from './evidence.ts';
import { createSignatureCache } from './signatures.ts';
import type { SubmissionResult } from './submission.ts';
import { createTestContext, ids, keyOf, signatureOf, startMs, type TestContext } from './test-support.ts';
import { createVoteLane } from './verification.ts';

const [v1, v2, v3, v4] = ids as readonly [ValidatorId, ValidatorId, ValidatorId, ValidatorId];
const none = new Uint8Array(64) as Signature;

interface Setup {
  readonly test: TestContext;
  readonly room: EvidenceRoom;
  readonly submitted: Transaction[];
  /** What the next submissions answer. */
  answer: SubmissionResult['status'];
  voting: boolean;
  /** Certified. */
  height: number;
  /** Records of epochs that state holds besides genesis'. */
  readonly ended: Map<string, Uint8Array>;
  record(evidence: Evidence): void;
}

function setUp(self: ValidatorId = v1): Setup {
  const test = createTestContext(self);
  const submitted: Transaction[] = [];
  const recorded = new Set<string>();
  const { state } = test.context.ports;
  const ended = new Map<string, Uint8Array>();
  const context = {
    ...test.context,
    certifiedHeight: () => heightOf(setup.height),
    ports: {
      ...test.context.ports,
      state: {
        ...state,
        get: (key: string) => (recorded.has(key) ? encode(0) : (ended.get(key) ?? state.get(key))),
      },
    },
  };
  const lane = createVoteLane(test.ports.verifier, createSignatureCache(100));
  const setup: Setup = {
    test,
    submitted,
    answer: 'accepted',
    voting: true,
    height: 0,
    ended,
    record: ({ validator, epoch, kind }) => recorded.add(stateKeys.evidenceOf(validator, epoch, kind)),
    room: createEvidenceRoom(
      context,
      lane,
      {
        submit: (transactions, done) => {
          submitted.push(...transactions);
          done(transactions.map(({ id }) => ({ id, status: setup.answer })));
        },
      },
      { isVoting: () => setup.voting, nowMs: () => test.ports.clock.wallMs() },
    ),
  };
  return setup;
}

function messageOf(kind: EvidenceKind, sender: ValidatorId, content: string, epoch = 0): SlotMessage {
  const hex = content.repeat(32);
  const unsigned: SlotMessage =
    kind === 'seal'
      ? {
          kind,
          epoch: epochOf(epoch),
          height: heightOf(3),
          block: hex as BlockHash,
          sender,
          signature: none,
        }
      : {
          kind,
          epoch: epochOf(epoch),
          view: viewOf(1),
          sequence: heightOf(kind === 'view-change' || kind === 'new-view' ? 0 : 3),
          content: hex as Digest,
          sender,
          signature: none,
        };
  const { network } = createTestContext().context;
  return { ...unsigned, signature: signatureOf(keyOf(sender), signingBytesOf(network, unsigned)) };
}
const evidenceAgainst = (sender: ValidatorId, kind: EvidenceKind = 'prepare', epoch = 0): Evidence =>
  evidenceOf(messageOf(kind, sender, 'aa', epoch), messageOf(kind, sender, 'bb', epoch))!;
const forged = (evidence: Evidence): Evidence => ({
  ...evidence,
  second: { ...evidence.second, signature: none },
});

const codes = (setup: Setup): string[] => setup.test.logged.map(({ code }) => code);

describe('evidence that consensus found', () => {
  it('is told to all, and submitted at once by the first in turn, signed by its consensus key', () => {
    const setup = setUp();
    const evidence = evidenceAgainst(v4);
    setup.room.found(evidence);
    setup.test.completeAll();
    expect(setup.test.sent).toEqual([
      { to: 'all', message: { type: 'evidence', evidence: [encodeEvidence(evidence)] } },
    ]);
    expect(setup.submitted.map(({ body }) => body)).toMatchObject([
      {
        sender: keyOf(v1),
        action: 'validator.evidence',
        args: evidenceToCbor(evidence),
        expiresAt: startMs + 60_000,
      },
    ]);
    expect(setup.room.count()).toBe(1);
    expect(codes(setup)).toEqual(['evidence', 'evidence-submitted']);
  });

  it('is submitted once while its transaction lives, and again when that expired', () => {
    const setup = setUp();
    setup.room.found(evidenceAgainst(v4));
    setup.room.found(evidenceAgainst(v4));
    setup.test.completeAll();
    for (let second = 0; second < 58; second += 1) step(setup, 1_000);
    expect(setup.submitted).toHaveLength(1);
    for (let second = 0; second < 5; second += 1) step(setup, 1_000);
    expect(setup.submitted).toHaveLength(2);
    expect(setup.submitted[0]!.body.nonce).not.toBe(setup.submitted[1]!.body.nonce);
  });

  it('stops when it is recorded, by whomever', () => {
    const setup = setUp(v2);
    const evidence = evidenceAgainst(v4);
    setup.room.found(evidence);
    setup.record(evidence);
    setup.room.certified();
    for (let second = 0; second < 20; second += 1) step(setup, 1_000);
    expect(setup.submitted).toEqual([]);
    expect(setup.room.held()).toEqual([]);
    setup.room.found(evidence);
    expect(setup.room.held()).toEqual([]);
    expect(codes(setup)).toEqual(['evidence', 'evidence-recorded']);
  });

  it('waits for its turn: each place a waiting timeout later, the accused never', () => {
    const turns = [v1, v2, v3].map((self) => {
      const setup = setUp(self);
      setup.room.found(evidenceAgainst(v3));
      setup.test.completeAll();
      for (let second = 0; second < 30; second += 1) {
        if (setup.submitted.length > 0) return second;
        step(setup, 1_000);
      }
      return 'never';
    });
    expect(turns).toEqual([0, 4, 'never']);
  });

  it('is tried again when the pool refuses it', () => {
    const setup = setUp();
    setup.answer = { code: 'pool-full', facts: {} };
    setup.room.found(evidenceAgainst(v4));
    setup.test.completeAll();
    step(setup, 1_000);
    setup.answer = 'accepted';
    step(setup, 1_000);
    step(setup, 1_000);
    expect(setup.submitted).toHaveLength(3);
  });

  it('is never signed by who does not vote (D3), and told all the same', () => {
    const setup = setUp();
    setup.voting = false;
    setup.room.found(evidenceAgainst(v4));
    for (let second = 0; second < 30; second += 1) step(setup, 1_000);
    expect(setup.submitted).toEqual([]);
    expect(setup.test.asked.filter((what) => what.startsWith('sign'))).toEqual([]);
    expect(setup.test.sent).toHaveLength(1);
    setup.voting = true;
    step(setup, 1_000);
    expect(setup.submitted).toHaveLength(1);
  });
});

describe('evidence that a peer tells', () => {
  it('is verified, held, and told on', () => {
    const setup = setUp();
    setup.room.told(v2, [encodeEvidence(evidenceAgainst(v4, 'seal'))]);
    expect(setup.room.held()).toEqual([]);
    setup.test.completeAll();
    expect(setup.room.held()).toEqual([evidenceAgainst(v4, 'seal')]);
    expect(setup.test.sent).toHaveLength(1);
    expect(setup.submitted).toHaveLength(1);
  });

  it.each([
    ['a forged signature', encodeEvidence(forged(evidenceAgainst(v4)))],
    ['no evidence', new Uint8Array([1, 2, 3])],
    ['against a stranger', encodeEvidence(evidenceAgainst('v9' as ValidatorId))],
  ])('%s is dropped and noted with the rule', (_name, bytes) => {
    const setup = setUp();
    setup.room.told(v2, [bytes]);
    setup.test.completeAll();
    expect(setup.room.held()).toEqual([]);
    expect(setup.submitted).toEqual([]);
    expect(setup.test.logged).toMatchObject([{ code: 'evidence-dropped', facts: { from: v2, rule: 'W1' } }]);
  });

  it('of an epoch that has not begun here is left alone, and its honest sender is not blamed', () => {
    const setup = setUp();
    setup.room.told(v2, [encodeEvidence(evidenceAgainst(v4, 'prepare', 1))]);
    setup.test.completeAll();
    expect(setup.room.held()).toEqual([]);
    expect(setup.test.logged).toEqual([]);
  });

  it('is not verified again while it is held or recorded', () => {
    const setup = setUp();
    const bytes = encodeEvidence(evidenceAgainst(v4));
    setup.room.told(v2, [bytes]);
    setup.test.completeAll();
    const verified = (): number => setup.test.asked.filter((what) => what.startsWith('verify')).length;
    const before = verified();
    setup.room.told(v3, [bytes, bytes]);
    setup.record(evidenceAgainst(v4));
    setup.room.certified();
    setup.room.told(v3, [bytes]);
    setup.test.completeAll();
    expect(verified()).toBe(before);
  });

  it('is bounded: one for each validator and kind, a few unverified ones of a peer', () => {
    const setup = setUp();
    const all = ids.flatMap((id) => evidenceKinds.map((kind) => evidenceAgainst(id, kind)));
    for (let round = 0; round < 50; round += 1) {
      setup.room.told(
        v2,
        all.map((evidence) => encodeEvidence(forged(evidence))),
      );
    }
    setup.test.completeAll();
    expect(setup.room.held()).toEqual([]);
    setup.room.told(v2, [...all, ...all].map(encodeEvidence));
    setup.test.completeAll();
    expect(setup.room.held().length).toBeLessThanOrEqual(16);
    expect(codes(setup)).toContain('evidence-dropped');
  });

  it('goes to every peer whose link opens, until it is recorded', () => {
    const setup = setUp();
    setup.room.opened(v2);
    expect(setup.test.sent).toEqual([]);
    setup.room.found(evidenceAgainst(v4));
    setup.room.found(evidenceAgainst(v4, 'seal'));
    setup.room.opened(v3);
    expect(setup.test.sent.at(-1)).toEqual({
      to: v3,
      message: {
        type: 'evidence',
        evidence: [evidenceAgainst(v4), evidenceAgainst(v4, 'seal')].map(encodeEvidence),
      },
    });
  });
});

function step({ test }: Setup, ms: number): void {
  test.advance(ms);
  test.completeAll();
}

describe('evidence when epochs change', () => {
  function entering(setup: Setup, epoch: number): void {
    const { epochs } = setup.test.context;
    const next = { ...epochs.current(), epoch: epochOf(epoch), firstHeight: heightOf(10 * epoch) };
    epochs.boundary({ kind: 'handover', next });
    epochs.enter(next.epoch);
    setup.room.certified();
  }

  it('is taken for one epoch more, and then forgotten if that ended long ago', () => {
    const setup = setUp();
    entering(setup, 1);
    setup.room.told(v2, [encodeEvidence(evidenceAgainst(v4, 'prepare', 0))]);
    setup.room.told(v2, [encodeEvidence(evidenceAgainst(v4, 'commit', 1))]);
    setup.test.completeAll();
    expect(setup.room.held().map(({ epoch }) => epoch)).toEqual([0, 1]);
    entering(setup, 2);
    expect(setup.room.held().map(({ epoch }) => epoch)).toEqual([1]);
    setup.room.told(v2, [encodeEvidence(evidenceAgainst(v4, 'prepare', 0))]);
    setup.test.completeAll();
    expect(setup.room.held()).toHaveLength(1);
    // Its sender may still be in the epoch that is over.
    expect(codes(setup)).not.toContain('evidence-dropped');
  });

  it('is kept behind short epochs, for as many heights as the ledger takes it', () => {
    const setup = setUp();
    const ended = { epoch: 1, firstHeight: 10, cause: 'test', validators: [], parameters: {}, protocol: 1 };
    setup.ended.set(stateKeys.epoch(1), encode(ended));
    setup.room.told(v2, [encodeEvidence(evidenceAgainst(v4, 'prepare', 0))]);
    setup.test.completeAll();
    for (const epoch of [1, 2, 3]) entering(setup, epoch);
    expect(setup.room.held()).toHaveLength(1);
    setup.height = 10 + limits.evidenceHeights - 2;
    setup.room.certified();
    expect(setup.room.held()).toHaveLength(1);
    setup.height += 1;
    setup.room.certified();
    expect(setup.room.held()).toEqual([]);
  });

  it('is told to who links in portions that the smallest set takes', () => {
    const setup = setUp();
    for (const one of [v2, v3, v4])
      for (const kind of evidenceKinds) setup.room.found(evidenceAgainst(one, kind));
    setup.test.sent.length = 0;
    setup.room.opened(v2);
    const told = setup.test.sent.flatMap(({ message }) =>
      message.type === 'evidence' ? [message.evidence] : [],
    );
    expect(told.map(({ length }) => length)).toEqual([6, 6, 6]);
    expect(new Set(told.flat().map((bytes) => toHex(bytes))).size).toBe(18);
  });
});

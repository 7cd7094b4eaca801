/** Rule W1: what conflicts, what never does, and one strict encoding for it. */
import { describe, expect, test } from 'vitest';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type Signature,
  type ValidatorId,
  viewOf,
} from '../types/brands.ts';
import type { SealMessage, SignedVote, SlotMessage, VoteKind } from '../types/messages.ts';
import { CodecError } from './codec-error.ts';
import { evidenceKinds, evidenceOf, noConflict } from './conflict.ts';
import { decode, encode } from './dag-cbor.ts';
import {
  decodeEvidence,
  encodeEvidence,
  evidenceBytesMax,
  evidenceBytesMin,
  evidenceToCbor,
} from './evidence.ts';

const digest = (byte: string): Digest => byte.repeat(32) as Digest;
const signature = new Uint8Array(64).fill(0xff) as Signature;
const vote = (change: Partial<SignedVote> = {}): SignedVote => ({
  kind: 'prepare',
  epoch: epochOf(0),
  view: viewOf(2),
  sequence: heightOf(7),
  content: digest('aa'),
  sender: 'alpha' as ValidatorId,
  signature,
  ...change,
});
const seal = (change: Partial<SealMessage> = {}): SealMessage => ({
  kind: 'seal',
  epoch: epochOf(0),
  height: heightOf(7),
  block: digest('aa') as BlockHash,
  sender: 'alpha' as ValidatorId,
  signature,
  ...change,
});

describe('what conflicts', () => {
  test.each(['pre-prepare', 'prepare', 'commit'] as VoteKind[])(
    'two %ss of one epoch, view and sequence',
    (kind) => {
      expect(noConflict(vote({ kind }), vote({ kind, content: digest('bb') }))).toBeUndefined();
    },
  );

  test.each(['view-change', 'new-view'] as VoteKind[])('two %ss of one epoch and view', (kind) => {
    const one = vote({ kind, sequence: heightOf(0) });
    expect(noConflict(one, { ...one, content: digest('bb') })).toBeUndefined();
    // Only a liar signs a sequence there; it is no other slot.
    expect(noConflict(one, { ...one, sequence: heightOf(1) })).toBeUndefined();
  });

  test('two seals of one height, whatever the epoch (D2)', () => {
    const other = { block: digest('bb') as BlockHash };
    expect(noConflict(seal(), seal(other))).toBeUndefined();
    expect(noConflict(seal(), seal({ ...other, epoch: epochOf(1) }))).toBeUndefined();
  });
});

describe('what never conflicts: restart, view change and rotation', () => {
  test('the same vote again, as after a restart (N6)', () => {
    expect(noConflict(vote(), vote())).toBe('same-content');
    expect(noConflict(seal(), seal())).toBe('same-content');
  });

  test('votes of two views, and VIEW-CHANGEs for two views', () => {
    for (const kind of ['pre-prepare', 'prepare', 'commit', 'view-change', 'new-view'] as const)
      expect(noConflict(vote({ kind }), vote({ kind, view: viewOf(3), content: digest('bb') }))).toBe(
        'different-slots',
      );
  });

  test('votes of two sequences, seals of two heights', () => {
    expect(noConflict(vote(), vote({ sequence: heightOf(8), content: digest('bb') }))).toBe(
      'different-slots',
    );
    expect(noConflict(seal(), seal({ height: heightOf(8), block: digest('bb') as BlockHash }))).toBe(
      'different-slots',
    );
  });

  test('votes of two epochs: a rotation starts again at view 0 (E2)', () => {
    for (const kind of ['pre-prepare', 'prepare', 'commit', 'view-change', 'new-view'] as const)
      expect(noConflict(vote({ kind }), vote({ kind, epoch: epochOf(1), content: digest('bb') }))).toBe(
        'different-slots',
      );
  });

  test('messages of two kinds or two validators', () => {
    expect(noConflict(vote(), vote({ kind: 'commit', content: digest('bb') }))).toBe('different-kinds');
    const other = vote({ sender: 'bravo' as ValidatorId, content: digest('bb') });
    expect(noConflict(vote(), other)).toBe('different-senders');
    expect(evidenceOf(vote(), other)).toBeUndefined();
  });
});

describe('the encoding', () => {
  const evidence = evidenceOf(vote({ content: digest('bb') }), vote())!;

  test('is the same whoever finds the two messages, in whatever order', () => {
    expect(evidence.first).toEqual(vote());
    expect(evidenceOf(vote(), vote({ content: digest('bb') }))).toEqual(evidence);
    expect(evidence).toMatchObject({ validator: 'alpha', epoch: 0, kind: 'prepare' });
  });

  test('comes back as it was', () => {
    const ofSeals = evidenceOf(seal(), seal({ epoch: epochOf(1), block: digest('00') as BlockHash }))!;
    for (const one of [evidence, ofSeals]) expect(decodeEvidence(encodeEvidence(one))).toEqual(one);
    expect(ofSeals.epoch).toBe(0);
  });

  test('none is smaller than the smallest', () => {
    const slot = { epoch: epochOf(0), sender: 'v' as ValidatorId };
    const [votes, seals] = [
      { ...slot, view: viewOf(0), sequence: heightOf(0) },
      { ...slot, height: heightOf(0) },
    ];
    const sizes = evidenceKinds.map((kind) => {
      const [one, other]: readonly [SlotMessage, SlotMessage] =
        kind === 'seal'
          ? [seal(seals), seal({ ...seals, block: digest('bb') as BlockHash })]
          : [vote({ ...votes, kind }), vote({ ...votes, kind, content: digest('bb') })];
      return encodeEvidence(evidenceOf(one, other)!).length;
    });
    expect(Math.min(...sizes)).toBe(evidenceBytesMin);
  });

  test('the largest fits its bound', () => {
    const huge = Number.MAX_SAFE_INTEGER;
    const sender = 'v'.repeat(32) as ValidatorId;
    for (const kind of evidenceKinds) {
      const slot = { epoch: epochOf(huge), sender };
      const large = { ...slot, view: viewOf(huge), sequence: heightOf(huge) };
      const [one, other]: readonly [SlotMessage, SlotMessage] =
        kind === 'seal'
          ? [
              seal({ ...slot, height: heightOf(huge) }),
              seal({ ...slot, height: heightOf(huge), block: digest('bb') as BlockHash }),
            ]
          : [vote({ kind, ...large }), vote({ kind, ...large, content: digest('bb') })];
      expect(encodeEvidence(evidenceOf(one, other)!).length).toBeLessThanOrEqual(evidenceBytesMax);
    }
  });

  const codeOf = (bytes: Uint8Array): string => {
    try {
      decodeEvidence(bytes);
      return 'decoded';
    } catch (error) {
      return error instanceof CodecError ? `${error.code} ${error.facts.path}` : String(error);
    }
  };
  const { first, second } = evidenceToCbor(evidence);
  const sealed = evidenceToCbor(evidenceOf(seal(), seal({ block: digest('bb') as BlockHash }))!);

  test.each([
    ['the same message twice', { first: first!, second: first! }, 'wrong-value evidence.second'],
    ['the other order', { first: second!, second: first! }, 'wrong-value evidence.second'],
    ['two kinds', { first: first!, second: sealed.second! }, 'wrong-value evidence.second'],
    ['one message', { first: first! }, 'missing-key evidence'],
    ['another key', { first: first!, second: second!, third: 1 }, 'unknown-key evidence'],
    ['a heartbeat', { first: { kind: 'heartbeat' }, second: second! }, 'wrong-value evidence.first.kind'],
    ['a number', { first: 1, second: second! }, 'wrong-type evidence.first'],
    ['a seal with a view', { first: { ...(first as object), kind: 'seal' }, second: second! }, 'missing-key'],
    ['nothing', null, 'wrong-type evidence'],
  ])('%s is refused', (_name, value, expected) => {
    expect(codeOf(encode(value))).toContain(expected);
  });

  test('bytes behind it, and more bytes than any evidence has, are refused', () => {
    const bytes = encodeEvidence(evidence);
    expect(codeOf(new Uint8Array([...bytes, 0]))).not.toBe('decoded');
    expect(codeOf(encode({ first: new Uint8Array(evidenceBytesMax), second: null }))).toContain('too-large');
    expect(decode(bytes)).toEqual(evidenceToCbor(evidence));
  });
});

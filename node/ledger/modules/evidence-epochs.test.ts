/** Rule W1 over epochs: for how long evidence is taken, against the key that the accused had in its own. */
import { describe, expect, test } from 'vitest';
import { evidenceOf } from '../../../shared/codec/conflict.ts';
import { evidenceToCbor } from '../../../shared/codec/evidence.ts';
import { signingBytesOf } from '../../../shared/protocol/verify-evidence.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type Signature,
  type ValidatorId,
  viewOf,
} from '../../../shared/types/brands.ts';
import type { SealMessage, SignedVote, SlotMessage } from '../../../shared/types/messages.ts';
import {
  type Consortium,
  consortiumDocument,
  createConsortium,
  refusals,
  remove,
  signatureOf,
} from '../epoch-test-support.ts';
import { limits } from '../limits.ts';
import { keyOf } from '../test-support.ts';
import { readMembership, readMembershipOf } from './epochs.ts';
import { evidenceAction, readEvidence } from './validator.ts';

const none = new Uint8Array(64) as Signature;
const commit = (epoch: number, sender: string, content: string): SignedVote => ({
  kind: 'commit',
  epoch: epochOf(epoch),
  view: viewOf(0),
  sequence: heightOf(5),
  content: content.repeat(32) as Digest,
  sender: sender as ValidatorId,
  signature: none,
});
const seal = (epoch: number, sender: string, block: string): SealMessage => ({
  kind: 'seal',
  epoch: epochOf(epoch),
  height: heightOf(5),
  block: block.repeat(32) as BlockHash,
  sender: sender as ValidatorId,
  signature: none,
});

/** Five validators; v2 rotates its key, and epoch 1 begins. */
function rotated(): Consortium {
  const net = createConsortium(consortiumDocument(5));
  net.block([net.rotate('v2', 'v2 consensus', 'v2 next')]);
  net.block([net.ready('v2 next', 'v2')]);
  net.upTo(5);
  expect(readMembership(net.view).epoch).toBe(1);
  return net;
}

/** v5 leaves, and another epoch begins. */
function without(net: Consortium): Consortium {
  net.block([net.decide([remove('v5')])]);
  net.upTo(net.height() + 3);
  return net;
}

const signed = <Message extends SlotMessage>(net: Consortium, message: Message, key: string): Message => ({
  ...message,
  signature: signatureOf(keyOf(key), signingBytesOf(net.genesis.network, message)),
});
/** The refusal, or undefined if it was recorded. */
function report(net: Consortium, one: readonly [SlotMessage, string], other: readonly [SlotMessage, string]) {
  const evidence = evidenceOf(signed(net, ...one), signed(net, ...other))!;
  return refusals(net.block([net.send('v1 consensus', evidenceAction, evidenceToCbor(evidence))]))[0];
}

describe('evidence of the epoch before', () => {
  test('is recorded against the key of that epoch', () => {
    const net = rotated();
    const old = 'v2 consensus';
    expect(report(net, [commit(0, 'v2', 'aa'), old], [commit(0, 'v2', 'bb'), old])).toBeUndefined();
    const recorded = readEvidence(net.view, 0);
    expect(recorded).toMatchObject({ key: keyOf(old), evidence: { epoch: 0 } });
    expect(recorded?.secondKey).toBeUndefined();
  });

  test('is no evidence of that epoch if the new key signed it, nor of this one if the old key did', () => {
    const net = rotated();
    expect(report(net, [commit(0, 'v2', 'aa'), 'v2 next'], [commit(0, 'v2', 'bb'), 'v2 next'])).toMatchObject(
      { code: 'evidence-forged', facts: { message: 'first', key: keyOf('v2 consensus') } },
    );
    expect(
      report(net, [commit(1, 'v2', 'aa'), 'v2 consensus'], [commit(1, 'v2', 'bb'), 'v2 consensus']),
    ).toMatchObject({ code: 'evidence-forged', facts: { message: 'first', key: keyOf('v2 next') } });
  });

  test('is taken against a validator that left since, which is a stranger in the new epoch', () => {
    const net = without(createConsortium(consortiumDocument(5)));
    const key = 'v5 consensus';
    expect(report(net, [commit(0, 'v5', 'aa'), key], [commit(0, 'v5', 'bb'), key])).toBeUndefined();
    expect(report(net, [commit(1, 'v5', 'aa'), key], [commit(1, 'v5', 'bb'), key])).toEqual({
      code: 'evidence-of-stranger',
      facts: { validator: 'v5', epoch: 1 },
    });
  });

  test('is taken behind two short epochs, too: who brings those about is not let off', () => {
    const net = without(rotated());
    const old = 'v2 consensus';
    expect(readMembership(net.view).epoch).toBe(2);
    expect(report(net, [commit(0, 'v2', 'aa'), old], [commit(0, 'v2', 'bb'), old])).toBeUndefined();
  });

  test('is refused two epochs later at a number of heights behind its end, and of an epoch to come', () => {
    const net = without(rotated());
    const old = 'v2 consensus';
    const end = readMembershipOf(net.view, epochOf(1))!.firstHeight + limits.evidenceHeights;
    net.upTo(end - 2);
    const accuse = (kind: string) =>
      report(net, [commit(0, 'v2', `${kind}a`), old], [commit(0, 'v2', `${kind}b`), old]);
    expect([net.height() + 1, accuse('a')]).toEqual([end - 1, undefined]);
    expect([net.height() + 1, accuse('b')]).toEqual([
      end,
      { code: 'evidence-epoch', facts: { epoch: 0, current: 2 } },
    ]);
    // Of the epoch before it is taken however long it lasts.
    net.upTo(end + 10);
    const key = 'v2 next';
    expect(report(net, [commit(1, 'v2', 'aa'), key], [commit(1, 'v2', 'bb'), key])).toBeUndefined();
    expect(report(net, [commit(3, 'v2', 'aa'), 'v2 next'], [commit(3, 'v2', 'bb'), 'v2 next'])).toMatchObject(
      { code: 'evidence-epoch', facts: { epoch: 3 } },
    );
  });
});

describe('two seals of one height in two epochs', () => {
  test('are verified each with the key of its own', () => {
    const net = rotated();
    expect(
      report(net, [seal(0, 'v2', 'aa'), 'v2 consensus'], [seal(1, 'v2', 'bb'), 'v2 next']),
    ).toBeUndefined();
    expect(readEvidence(net.view, 0)).toMatchObject({
      key: keyOf('v2 consensus'),
      secondKey: keyOf('v2 next'),
      evidence: { epoch: 0, kind: 'seal' },
    });
  });

  test('one of which the other key signed', () => {
    const net = rotated();
    expect(
      report(net, [seal(0, 'v2', 'aa'), 'v2 consensus'], [seal(1, 'v2', 'bb'), 'v2 consensus']),
    ).toMatchObject({ code: 'evidence-forged', facts: { message: 'second', key: keyOf('v2 next') } });
  });

  test('of an epoch to come, of one too long ago, and of a sender that was no validator in the second', () => {
    const net = rotated();
    expect(report(net, [seal(1, 'v2', 'aa'), 'v2 next'], [seal(2, 'v2', 'bb'), 'v2 next'])).toMatchObject({
      code: 'evidence-epoch',
      facts: { epoch: 2 },
    });
    without(net);
    net.upTo(readMembershipOf(net.view, epochOf(1))!.firstHeight + limits.evidenceHeights);
    expect(
      report(net, [seal(0, 'v2', 'aa'), 'v2 consensus'], [seal(1, 'v2', 'bb'), 'v2 next']),
    ).toMatchObject({ code: 'evidence-epoch', facts: { epoch: 0, current: 2 } });
    expect(
      report(net, [seal(1, 'v5', 'aa'), 'v5 consensus'], [seal(2, 'v5', 'bb'), 'v5 consensus']),
    ).toMatchObject({ code: 'evidence-of-stranger', facts: { epoch: 2 } });
  });
});

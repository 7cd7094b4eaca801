import { describe, expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { evidenceBytesMin } from '../../shared/codec/evidence.ts';
import { batchDigest } from '../../shared/codec/ledger.ts';
import { frameBytesMax } from '../../shared/codec/limits.ts';
import { encodeMessage, messageBytesMin } from '../../shared/codec/messages.ts';
import {
  type Digest,
  epochOf,
  heightOf,
  type Signature,
  type TransactionId,
  type ValidatorId,
  viewOf,
  zeroDigest,
} from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import type { SignedVote, ViewChangeMessage, VoteKind } from '../../shared/types/messages.ts';
import { defaultParameters } from '../../shared/types/parameters.ts';
import { genesis, ids, startMs, transactionOf } from './test-support.ts';
import { decodeLinkMessage, encodeLinkMessage, type LinkMessage } from './wire.ts';
import { WireError } from './wire-fields.ts';

const transaction = transactionOf();
const batch = { time: startMs, proposer: ids[0]!, ids: [transaction.id] };
const signature = new Uint8Array(64).fill(9) as Signature;
const certificate: Certificate = {
  epoch: epochOf(0),
  height: heightOf(3),
  block: zeroDigest as Certificate['block'],
  seals: ids.slice(0, 3).map((validator) => ({ validator, signature })),
};

const bytesOf = (length: number): Uint8Array => new Uint8Array(length).fill(7);
const handover = { header: new Uint8Array([5]), certificate, nextValidators: genesis.validators };
const messages: readonly LinkMessage[] = [
  { type: 'consensus', messages: [bytesOf(messageBytesMin), bytesOf(200)] },
  { type: 'consensus', messages: [], certificate },
  { type: 'certificate', certificate },
  { type: 'recovery', recovery: new Uint8Array([6, 7]) },
  {
    type: 'status',
    status: { epoch: epochOf(0), view: viewOf(2), height: heightOf(7), executed: heightOf(8) },
  },
  { type: 'ask-newest' },
  { type: 'newest', epoch: epochOf(2), messages: [bytesOf(messageBytesMin)] },
  { type: 'transactions', envelopes: [transaction.envelope] },
  { type: 'hand-over', ids: [transaction.id] },
  { type: 'pass-on', ids: [transaction.id] },
  { type: 'get-bodies', ids: [transaction.id] },
  { type: 'bodies', envelopes: [transaction.envelope] },
  { type: 'get-payloads', digests: [zeroDigest] },
  { type: 'payloads', payloads: [new Uint8Array([8]), new Uint8Array(0)], absent: [zeroDigest] },
  { type: 'get-batch', digest: batchDigest(batch) },
  { type: 'batch', batch },
  { type: 'evidence', evidence: [bytesOf(evidenceBytesMin)] },
  { type: 'ask-presence', activation: 1, ready: zeroDigest, challenge: new Uint8Array(32) },
  { type: 'presence', challenge: new Uint8Array(32), signature },
  { type: 'get-blocks', from: heightOf(4), count: 64 },
  { type: 'blocks', from: heightOf(4), blocks: [], bodiesFrom: heightOf(9) },
  {
    type: 'blocks',
    from: heightOf(4),
    blocks: [{ header: new Uint8Array([5]), certificate, batch, envelopes: [transaction.envelope] }],
  },
  {
    type: 'blocks',
    from: heightOf(4),
    blocks: [{ ...handover, batch, envelopes: [transaction.envelope] }],
  },
  { type: 'get-decided', height: heightOf(4) },
  { type: 'decided', height: heightOf(4) },
  {
    type: 'decided',
    height: heightOf(4),
    block: {
      header: new Uint8Array([5]),
      certificate,
      batch,
      envelopes: [transaction.envelope],
      ran: [{ outcome: new Uint8Array([6]), events: new Uint8Array([7]) }],
    },
  },
  { type: 'get-snapshots' },
  { type: 'snapshots', offers: [{ height: heightOf(7), manifest: zeroDigest }] },
  { type: 'get-manifest', manifest: zeroDigest },
  { type: 'manifest', manifest: zeroDigest, bytes: new Uint8Array([1]), certificate },
  { type: 'manifest', manifest: zeroDigest, bytes: new Uint8Array(0) },
  { type: 'get-part', manifest: zeroDigest, piece: 3, part: 0 },
  { type: 'part', manifest: zeroDigest, piece: 3, part: 0, bytes: new Uint8Array([1]) },
  { type: 'get-headers', from: heightOf(1), count: 9 },
  { type: 'headers', from: heightOf(1), headers: [{ header: new Uint8Array([5]), certificate }, handover] },
];

describe('link messages', () => {
  it.each(messages.map((message) => [message.type, message] as const))(
    '%s comes back as it was sent',
    (_, message) => {
      expect(decodeLinkMessage(encodeLinkMessage(message), defaultParameters)).toEqual(message);
    },
  );

  it.each([
    ['no map', [1, 2]],
    ['an unknown type', { type: 'gossip' }],
    ['no type', { messages: [] }],
    ['text for bytes', { type: 'newest', epoch: 0, messages: ['x'] }],
    ['a negative height', { type: 'get-blocks', from: -1 }],
    ['a fractional height', { type: 'get-blocks', from: 1.5 }],
    ['a short id', { type: 'hand-over', ids: [new Uint8Array(31)] }],
    ['a short digest', { type: 'get-payloads', digests: [new Uint8Array(31)] }],
    [
      'more payloads than are asked for',
      { type: 'payloads', payloads: Array(65).fill(new Uint8Array(1)), absent: [] },
    ],
    ['more ids than a batch', { type: 'get-bodies', ids: Array(5_000).fill(new Uint8Array(32)) }],
  ])('refuses %s', (_, value) => {
    expect(() => decodeLinkMessage(encode(value), defaultParameters)).toThrow();
  });

  it('refuses every truncation', () => {
    for (const message of messages) {
      const frame = encodeLinkMessage(message);
      for (let length = 0; length < frame.length; length += 1) {
        expect(() => decodeLinkMessage(frame.subarray(0, length), defaultParameters)).toThrow();
      }
    }
  });

  it('has room for the largest legal NEW-VIEW of twenty validators (rule M2)', () => {
    const many = Array.from(
      { length: 20 },
      (_, seat) => `validator-${'x'.repeat(18)}-${seat}` as ValidatorId,
    );
    const frame = encodeLinkMessage({ type: 'consensus', messages: [encodeMessage(largestNewView(many))] });
    expect(frame.length).toBeLessThan(frameBytesMax(defaultParameters));
    const decoded = decodeLinkMessage(frame, defaultParameters);
    expect(decoded.type).toBe('consensus');
  });

  it.each(['x', 'constructor', 'certificate'])('a message with the surplus key %s is refused', (key) => {
    const message = { type: 'get-blocks', from: 1, [key]: 1 };
    expect(() => decodeLinkMessage(encode(message), defaultParameters)).toThrow(WireError);
  });
});

function voteOf(kind: VoteKind, sender: ValidatorId, sequence: number): SignedVote {
  return {
    kind,
    epoch: epochOf(2 ** 40),
    view: viewOf(2 ** 40),
    sequence: heightOf(2 ** 40 + sequence),
    content: 'ab'.repeat(32) as Digest,
    sender,
    signature,
  };
}

function largestNewView(validators: readonly ValidatorId[]) {
  const sequences = Array.from({ length: defaultParameters.window }, (_, index) => index + 1);
  const seals = validators.map((validator) => ({ validator, signature }));
  const prepared = sequences.map((sequence) => ({
    epoch: epochOf(2 ** 40),
    view: viewOf(2 ** 40),
    sequence: heightOf(2 ** 40 + sequence),
    batch: 'ab'.repeat(32) as TransactionId & never,
    prePrepare: voteOf('pre-prepare', validators[0]!, sequence),
    prepares: validators.map((sender) => voteOf('prepare', sender, sequence)),
  }));
  const viewChanges = validators.map((sender): ViewChangeMessage => {
    const body = { height: heightOf(2 ** 40), certificate: { ...certificate, seals }, prepared };
    return { kind: 'view-change', vote: voteOf('view-change', sender, 0), body };
  });
  const prePrepares = sequences.map((sequence) => voteOf('pre-prepare', validators[0]!, sequence));
  return {
    kind: 'new-view' as const,
    vote: voteOf('new-view', validators[0]!, 0),
    body: { viewChanges, prePrepares },
  };
}

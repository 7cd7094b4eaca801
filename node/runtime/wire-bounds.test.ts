/** Frames of very many items: the largest that honest code sends pass, and all beyond is refused as a whole. */
import { describe, expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { evidenceBytesMax, evidenceBytesMin } from '../../shared/codec/evidence.ts';
import { equalBytes } from '../../shared/codec/hex.ts';
import { encodeBatch, envelopeBytesMin } from '../../shared/codec/ledger.ts';
import { frameBytesMax } from '../../shared/codec/limits.ts';
import { encodeMessage, messageBytesMin } from '../../shared/codec/messages.ts';
import { payloadBytesMax } from '../../shared/codec/payload.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type Signature,
  type TransactionId,
  type ValidatorId,
  zeroDigest,
} from '../../shared/types/brands.ts';
import type { CborValue, Certificate } from '../../shared/types/ledger.ts';
import type { ConsensusMessage } from '../../shared/types/messages.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import { ownNewestMax } from '../consensus/step.ts';
import { parameterBounds } from '../ledger/limits.ts';
import { forward } from './forwarding.ts';
import { frameLimitsOf } from './frame-limits.ts';
import { envelopeFrames, messageFrames } from './message-frames.ts';
import { createTestContext, genesis, startMs, transactionOf } from './test-support.ts';
import { decodeLinkMessage, encodeLinkMessage, type LinkMessage } from './wire.ts';
import {
  blocksPerAnswerMax,
  evidencePerFrame,
  headersPerAnswerMax,
  messageFrameBytes,
  payloadAnswerBytes,
  payloadsAskedMax,
  spreadFrameBytes,
} from './wire-bounds.ts';
import { WireError } from './wire-fields.ts';

/** Of whatever epoch. */
const limits = frameLimitsOf(createTestContext().context);
const most = (name: keyof NetworkParameters): number => parameterBounds[name][1];
const bytesOf = (length: number): Uint8Array => new Uint8Array(length).fill(7);
const many = <Item>(count: number, item: Item): Item[] => Array<Item>(count).fill(item);

const signature = bytesOf(64) as Signature;
const id = 'ab'.repeat(32) as TransactionId;
const seal: ConsensusMessage = {
  kind: 'seal',
  epoch: epochOf(0),
  height: heightOf(0),
  block: zeroDigest as BlockHash,
  sender: 'a' as ValidatorId,
  signature,
};
/** As small as it can be, so that the items around it are many for the bytes. */
const certificate: Certificate = {
  epoch: epochOf(0),
  height: heightOf(0),
  block: zeroDigest as BlockHash,
  seals: [{ validator: 'a' as ValidatorId, signature }],
};
const nullBatch = { time: 0, proposer: '' as const, ids: [] };
const { headerBytes: header } = genesis;
const headers = many(headersPerAnswerMax, { header, certificate, nextValidators: genesis.validators });
const fullBatch = {
  header,
  certificate,
  batch: {
    time: startMs,
    proposer: '' as const,
    ids: many(Math.floor(most('batchBytesMax') / envelopeBytesMin), id),
  },
  envelopes: many(Math.floor(most('batchBytesMax') / envelopeBytesMin), bytesOf(envelopeBytesMin)),
};

const largest: readonly (readonly [string, LinkMessage])[] = [
  ...messageFrames(many(10_000, seal)).map(
    (messages) => [`votes, ${messages.length}`, { type: 'consensus', messages }] as const,
  ),
  ['one NEW-VIEW', { type: 'consensus', messages: [bytesOf(8 * 2 ** 20)] }],
  ['a message that fills a frame', { type: 'consensus', messages: [bytesOf(messageFrameBytes)] }],
  [
    'our newest',
    {
      type: 'newest',
      epoch: epochOf(0),
      messages: many(ownNewestMax(most('window')), bytesOf(messageBytesMin)),
    },
  ],
  ...envelopeFrames(many(3_000, bytesOf(envelopeBytesMin))).map(
    (envelopes) => [`small transactions, ${envelopes.length}`, { type: 'transactions', envelopes }] as const,
  ),
  ...envelopeFrames([...many(5, bytesOf(64 * 1024)), bytesOf(most('envelopeBytesMax')), bytesOf(300)]).map(
    (envelopes) => [`large transactions, ${envelopes.length}`, { type: 'transactions', envelopes }] as const,
  ),
  ['bodies of a batch', { type: 'bodies', envelopes: fullBatch.envelopes }],
  ['one body that fills a batch', { type: 'bodies', envelopes: [bytesOf(most('batchBytesMax'))] }],
  ['a hand-over', { type: 'hand-over', ids: many(most('waitingPerPeer'), id) }],
  ['what all peers handed over', { type: 'pass-on', ids: many(most('waitingPerPeer') * 64, id) }],
  ['a question for a batch', { type: 'get-bodies', ids: many(most('batchLimit'), id) }],
  [
    'evidence',
    {
      type: 'evidence',
      evidence: [...many(evidencePerFrame - 1, bytesOf(evidenceBytesMin)), bytesOf(evidenceBytesMax)],
    },
  ],
  [
    'a question for payloads',
    { type: 'get-payloads', digests: many(payloadsAskedMax, id as string as Digest) },
  ],
  [
    'payloads',
    {
      type: 'payloads',
      payloads: many(payloadAnswerBytes / payloadBytesMax, bytesOf(payloadBytesMax)),
      absent: [],
    },
  ],
  ['no payloads', { type: 'payloads', payloads: [], absent: many(payloadsAskedMax, id as string as Digest) }],
  [
    'empty blocks',
    {
      type: 'blocks',
      from: heightOf(1),
      blocks: many(blocksPerAnswerMax, { header, certificate, batch: nullBatch, envelopes: [] }),
    },
  ],
  ['a full block', { type: 'blocks', from: heightOf(1), blocks: [fullBatch] }],
  [
    'a decided block',
    {
      type: 'decided',
      height: heightOf(1),
      block: {
        ...fullBatch,
        ran: many(fullBatch.envelopes.length, { outcome: bytesOf(8), events: bytesOf(1) }),
      },
    },
  ],
  ['a batch', { type: 'batch', batch: { ...nullBatch, ids: many(most('batchLimit'), id) } }],
  ['headers', { type: 'headers', from: heightOf(1), headers }],
];

describe('the largest that honest nodes send', () => {
  it.each(largest)('passes: %s', (_, message) => {
    const frame = encodeLinkMessage(message);
    expect(frame.length).toBeLessThan(frameBytesMax(limits));
    expect(equalBytes(encodeLinkMessage(decodeLinkMessage(frame, limits)), frame)).toBe(true);
  });

  it('passes: what who follows forwards in one turn', () => {
    const sent: LinkMessage[] = [];
    const { envelope, ...rest } = transactionOf();
    const waiting = many(1_000, { ...rest, envelope });
    forward({ broadcast: (message) => sent.push(message) }, waiting);
    forward({ broadcast: (message) => sent.push(message) }, [
      { ...rest, envelope: bytesOf(most('envelopeBytesMax')) },
    ]);
    expect(sent).toHaveLength(2);
    for (const message of sent) decodeLinkMessage(encodeLinkMessage(message), limits);
  });

  it('are counted in the smallest messages', () => {
    expect(encodeMessage(seal)).toHaveLength(messageBytesMin);
  });
});

const half = (bytes: number): Uint8Array[] => many(3, bytesOf(bytes / 2));

describe('refused as a whole', () => {
  it.each<readonly [string, { readonly [key: string]: CborValue }]>([
    ['messages smaller than any', { type: 'consensus', messages: many(2, bytesOf(messageBytesMin - 1)) }],
    ['more messages than a frame is closed with', { type: 'consensus', messages: half(messageFrameBytes) }],
    ['own messages smaller than any', { type: 'newest', epoch: 0, messages: [bytesOf(messageBytesMin - 1)] }],
    [
      'more own messages than there are',
      {
        type: 'newest',
        epoch: 0,
        messages: many(ownNewestMax(most('window')) + 1, bytesOf(messageBytesMin)),
      },
    ],
    ['transactions smaller than any', { type: 'transactions', envelopes: [bytesOf(envelopeBytesMin - 1)] }],
    [
      'more transactions than a frame is closed with',
      { type: 'transactions', envelopes: half(spreadFrameBytes) },
    ],
    ['bodies smaller than any', { type: 'bodies', envelopes: [bytesOf(envelopeBytesMin - 1)] }],
    ['bodies of more than a batch', { type: 'bodies', envelopes: half(most('batchBytesMax')) }],
    ['evidence smaller than any', { type: 'evidence', evidence: [bytesOf(evidenceBytesMin - 1)] }],
    ['more evidence than kinds', { type: 'evidence', evidence: many(evidencePerFrame + 1, bytesOf(400)) }],
    [
      'more payloads than fit an answer',
      { type: 'payloads', payloads: half(payloadAnswerBytes), absent: [] },
    ],
    [
      'more handed over than places',
      { type: 'hand-over', ids: many(most('waitingPerPeer') + 1, bytesOf(32)) },
    ],
    ['more ids than any list has', { type: 'pass-on', ids: many(most('batchLimit') + 1, bytesOf(32)) }],
    [
      'more blocks than are asked for',
      { type: 'blocks', from: 1, blocks: many(blocksPerAnswerMax + 1, null) },
    ],
    [
      'more headers than are asked for',
      { type: 'headers', from: 1, headers: many(headersPerAnswerMax + 1, null) },
    ],
  ])('%s', (_, value) => {
    expect(() => decodeLinkMessage(encode(value), limits)).toThrow(WireError);
  });

  it('a batch of more transactions than any epoch may have', () => {
    const batch = encodeBatch({ ...nullBatch, ids: many(most('batchLimit') + 1, id) });
    expect(() => decodeLinkMessage(encode({ type: 'batch', batch }), limits)).toThrow('batch.ids');
  });

  it.each(['consensus', 'newest', 'transactions', 'bodies', 'evidence', 'payloads'])(
    'a frame of %s that is full of empty items, before they are read',
    (type) => {
      const frame = encode({ type, messages: many(500_000, new Uint8Array(0)) });
      expect(() => decodeLinkMessage(frame, limits)).toThrow('too-many');
    },
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectStrict } from '../../test/strictness.ts';
import {
  type BatchDigest,
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type NetworkId,
  type Signature,
  type TransactionId,
  type ValidatorId,
  viewOf,
} from '../types/brands.ts';
import type { Certificate } from '../types/ledger.ts';
import type {
  ConsensusMessage,
  PreparedCertificate,
  SignedVote,
  ViewChangeMessage,
  VoteKind,
} from '../types/messages.ts';
import { CodecError } from './codec-error.ts';
import { encode } from './dag-cbor.ts';
import { toHex } from './hex.ts';
import {
  decodeMessage,
  decodeNewViewBody,
  decodePreparedCertificate,
  decodeSignedVote,
  decodeViewChangeBody,
  decodeVote,
  encodeMessage,
  encodeNewViewBody,
  encodePreparedCertificate,
  encodeSignedVote,
  encodeViewChangeBody,
  encodeVote,
  heartbeatSigningBytes,
  type MessageLimits,
  messageBytesMax,
  messageBytesMin,
  newViewContent,
  sealSigningBytes,
  viewChangeContent,
  voteSigningBytes,
} from './messages.ts';
import { toUtf8 } from './utf8.ts';

const digest = 'ab'.repeat(32);
const network = 'cd'.repeat(32) as NetworkId;
const signature = new Uint8Array(64).fill(0xff) as Signature;
/** The longest of everything, so that sizes are the largest. */
const huge = Number.MAX_SAFE_INTEGER;
const idOf = (i: number): ValidatorId => `validator-${i}`.padEnd(32, 'x') as ValidatorId;

const voteOf = (kind: VoteKind, sender = 1): SignedVote => ({
  kind,
  epoch: epochOf(huge),
  view: viewOf(huge),
  sequence: heightOf(huge),
  content: digest as Digest,
  sender: idOf(sender),
  signature,
});
const certificateOf = (n: number): Certificate => ({
  epoch: epochOf(huge),
  height: heightOf(huge),
  block: digest as BlockHash,
  seals: Array.from({ length: n }, (_, i) => ({ validator: idOf(i), signature })),
});
const preparedOf = (n: number): PreparedCertificate => ({
  epoch: epochOf(huge),
  view: viewOf(huge),
  sequence: heightOf(huge),
  batch: digest as BatchDigest,
  prePrepare: voteOf('pre-prepare'),
  prepares: Array.from({ length: n - 1 }, (_, i) => voteOf('prepare', i)),
});
const viewChangeOf = ({ validators, window }: MessageLimits, sender: number): ViewChangeMessage => ({
  kind: 'view-change',
  vote: voteOf('view-change', sender),
  body: {
    height: heightOf(huge),
    certificate: certificateOf(validators),
    prepared: Array.from({ length: window }, () => preparedOf(validators)),
  },
});
const newViewOf = (limits: MessageLimits): ConsensusMessage & { kind: 'new-view' } => ({
  kind: 'new-view',
  vote: voteOf('new-view'),
  body: {
    viewChanges: Array.from({ length: limits.validators }, (_, i) => viewChangeOf(limits, i)),
    prePrepares: Array.from({ length: limits.window }, () => voteOf('pre-prepare')),
  },
});

const limits: MessageLimits = { validators: 4, window: 3, batchLimit: 5 };
const messages: readonly ConsensusMessage[] = [
  {
    kind: 'pre-prepare',
    vote: voteOf('pre-prepare'),
    batch: {
      time: huge,
      proposer: idOf(1),
      ids: Array.from({ length: limits.batchLimit }, () => digest as TransactionId),
    },
  },
  { kind: 'prepare', vote: voteOf('prepare') },
  { kind: 'commit', vote: voteOf('commit') },
  viewChangeOf(limits, 1),
  newViewOf(limits),
  {
    kind: 'seal',
    epoch: epochOf(0),
    height: heightOf(1),
    block: digest as BlockHash,
    sender: idOf(1),
    signature,
  },
  {
    kind: 'heartbeat',
    epoch: epochOf(0),
    view: viewOf(2),
    height: heightOf(1),
    block: digest as BlockHash,
    time: 5,
    sender: idOf(1),
    signature,
  },
];

const smallestMessages = (): ConsensusMessage[] => {
  const sender = 'a' as ValidatorId;
  const slot = { epoch: epochOf(0), view: viewOf(0) };
  const vote = <Kind extends VoteKind>(kind: Kind) => ({
    kind,
    vote: { kind, ...slot, sequence: heightOf(0), content: digest as Digest, sender, signature },
  });
  const sealed = { epoch: epochOf(0), height: heightOf(0), block: digest as BlockHash, sender, signature };
  return [
    { ...vote('pre-prepare'), batch: { time: 0, proposer: '', ids: [] } },
    vote('prepare'),
    vote('commit'),
    { ...vote('view-change'), body: { height: heightOf(0), prepared: [] } },
    { ...vote('new-view'), body: { viewChanges: [], prePrepares: [] } },
    { kind: 'seal', ...sealed },
    { kind: 'heartbeat', ...sealed, view: viewOf(0), time: 0 },
  ];
};

test('no message is smaller than the smallest', () => {
  const sizes = smallestMessages().map((message) => {
    const bytes = encodeMessage(message);
    expect(decodeMessage(bytes, limits)).toEqual(message);
    return bytes.length;
  });
  expect(Math.min(...sizes)).toBe(messageBytesMin);
});

describe('consensus messages', () => {
  test.each(messages.map((message) => [message.kind, message] as const))('%s', (_kind, message) => {
    const bytes = encodeMessage(message);
    expect(decodeMessage(bytes, limits)).toEqual(message);
    expectStrict(bytes, (changed) => decodeMessage(changed, limits), {
      except: ['.body lacks certificate', '.body.viewChanges[].body lacks certificate'],
    });
  });

  test('a VIEW-CHANGE at height 0 carries no certificate', () => {
    const message = viewChangeOf(limits, 1);
    const { certificate: _none, ...body } = message.body;
    expect(decodeMessage(encodeMessage({ ...message, body }), limits)).toEqual({ ...message, body });
  });

  test.each([
    [1, 16],
    [4, 16],
    [7, 64],
    [20, 16],
    [32, 32],
  ])('the largest legal NEW-VIEW of %i validators and window %i fits (M2)', (validators, window) => {
    const wide = { validators, window, batchLimit: 1000 };
    const bytes = encodeMessage(newViewOf(wide));
    const bytesMax = messageBytesMax(wide);
    expect(bytes.length).toBeLessThanOrEqual(bytesMax);
    expect(bytesMax).toBeLessThan(1.6 * bytes.length + 100_000);
    expect(decodeMessage(bytes, wide).kind).toBe('new-view');
  });

  test('what n and the window do not allow is refused (M2)', () => {
    const refused = (message: ConsensusMessage, narrower: Partial<MessageLimits>): string => {
      try {
        decodeMessage(encodeMessage(message), { ...limits, ...narrower });
      } catch (error) {
        if (error instanceof CodecError) return error.code;
        throw error;
      }
      return 'accepted';
    };
    const [prePrepare, , , viewChange, newView] = messages as [
      ConsensusMessage,
      ConsensusMessage,
      ConsensusMessage,
      ConsensusMessage,
      ConsensusMessage,
    ];
    expect(refused(prePrepare, { batchLimit: 4 })).toBe('too-many');
    expect(refused(viewChange, { window: 2 })).toBe('too-many');
    expect(refused(viewChange, { validators: 3 })).toBe('too-many');
    expect(refused(viewChange, { validators: 3, previousValidators: 4 })).toBe('too-many');
    expect(refused(newView, { validators: 3 })).toBe('too-many');
    expect(refused(newView, { validators: 1, window: 1 })).toBe('too-large');
    const wider = {
      ...viewChangeOf(limits, 1),
      body: { height: heightOf(1), certificate: certificateOf(5), prepared: [] },
    };
    expect(refused(wider, {})).toBe('too-many');
    expect(refused(wider, { previousValidators: 5 })).toBe('accepted');
  });

  test('a vote stands in the message of its own kind only', () => {
    const kinds: VoteKind[] = ['pre-prepare', 'prepare', 'commit', 'view-change', 'new-view'];
    for (const kind of ['prepare', 'commit'] as const) {
      for (const other of kinds.filter((candidate) => candidate !== kind)) {
        const bytes = encodeMessage({ kind, vote: voteOf(other) });
        expect(() => decodeMessage(bytes, limits)).toThrow('wrong-value at message.vote.kind');
      }
    }
    const prepared = { ...preparedOf(4), prePrepare: voteOf('prepare') };
    expect(() => decodePreparedCertificate(encodePreparedCertificate(prepared))).toThrow(
      'prepared.prePrepare.kind',
    );
    expect(() => decodeMessage(encode({ kind: 'bogus' }), limits)).toThrow('message.kind');
  });

  test('any bytes are a message or a CodecError', () => {
    const valid = encodeMessage(messages[3]!);
    const nearly = fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => valid.with(at, byte));
    fc.assert(
      fc.property(fc.oneof(nearly, fc.uint8Array()), (bytes) => {
        try {
          decodeMessage(bytes, limits);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('parts that the vote store keeps round-trip', () => {
    const { signature: _none, ...vote } = voteOf('commit');
    expect(decodeVote(encodeVote(vote))).toEqual(vote);
    expect(decodeSignedVote(encodeSignedVote(voteOf('commit')))).toEqual(voteOf('commit'));
    expect(decodePreparedCertificate(encodePreparedCertificate(preparedOf(4)))).toEqual(preparedOf(4));
    const { body } = viewChangeOf(limits, 1);
    expect(decodeViewChangeBody(encodeViewChangeBody(body))).toEqual(body);
    const newView = newViewOf(limits).body;
    expect(decodeNewViewBody(encodeNewViewBody(newView))).toEqual(newView);
  });
});

describe('what signatures cover (M1)', () => {
  test('a vote: its kind is the domain, then the network and the slot with its content', () => {
    const vote = { ...voteOf('prepare'), epoch: epochOf(1), view: viewOf(2), sequence: heightOf(3) };
    const content = encode({ epoch: 1, view: 2, sequence: 3, content: new Uint8Array(32).fill(0xab) });
    const expected = `${toHex(toUtf8('concordat/vote/prepare/v1\0'))}${network}${toHex(content)}`;
    expect(toHex(voteSigningBytes(network, vote))).toBe(expected);
  });

  test('no two kinds, slots, contents or networks share their signed bytes', () => {
    const base = voteOf('prepare');
    const signed = [
      voteSigningBytes(network, base),
      voteSigningBytes(digest as NetworkId, base),
      voteSigningBytes(network, { ...base, kind: 'commit' }),
      voteSigningBytes(network, { ...base, epoch: epochOf(1) }),
      voteSigningBytes(network, { ...base, view: viewOf(1) }),
      voteSigningBytes(network, { ...base, sequence: heightOf(1) }),
      voteSigningBytes(network, { ...base, content: network as Digest as Digest }),
      sealSigningBytes(network, certificateOf(1)),
      heartbeatSigningBytes(network, { ...base, height: heightOf(1), block: digest as BlockHash, time: 1 }),
    ].map(toHex);
    expect(new Set(signed).size).toBe(signed.length);
  });

  test('the content of VIEW-CHANGE and NEW-VIEW is the digest of the whole body', () => {
    const { body } = viewChangeOf(limits, 1);
    expect(viewChangeContent(body)).not.toBe(
      viewChangeContent({ ...body, prepared: body.prepared.slice(1) }),
    );
    const newView = newViewOf(limits).body;
    expect(newViewContent(newView)).not.toBe(newViewContent({ ...newView, prePrepares: [] }));
  });
});

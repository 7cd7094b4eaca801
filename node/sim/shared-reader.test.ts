import { describe, expect, it } from 'vitest';
import { encodeEnvelope, encodeTransactionBody, transactionId } from '../../shared/codec/ledger.ts';
import { encodeMessage, type MessageLimits } from '../../shared/codec/messages.ts';
import {
  type Digest,
  epochOf,
  heightOf,
  type NetworkId,
  type Nonce,
  type PublicKey,
  type Signature,
  type ValidatorId,
  viewOf,
} from '../../shared/types/brands.ts';
import { defaultParameters } from '../../shared/types/parameters.ts';
import { plainReader } from '../runtime/reader.ts';
import { encodeLinkMessage } from '../runtime/wire.ts';
import type { ProfileName } from './profiles.ts';
import { createSharedReader } from './shared-reader.ts';
import { runUniverse } from './universe.ts';

const limits: MessageLimits = { validators: 4, window: 8, batchLimit: 10 };
const signature = new Uint8Array(64).fill(7) as Signature;

const commit = encodeMessage({
  kind: 'commit',
  vote: {
    kind: 'commit',
    epoch: epochOf(0),
    view: viewOf(1),
    sequence: heightOf(2),
    content: 'ab'.repeat(32) as Digest,
    sender: 'v1' as ValidatorId,
    signature,
  },
});

/** A batch of three. */
const proposal = encodeMessage({
  kind: 'pre-prepare',
  vote: {
    kind: 'pre-prepare',
    epoch: epochOf(0),
    view: viewOf(0),
    sequence: heightOf(2),
    content: 'ab'.repeat(32) as Digest,
    sender: 'v1' as ValidatorId,
    signature,
  },
  batch: {
    time: 5,
    proposer: 'v1' as ValidatorId,
    ids: ['01', '02', '03'].map((id) => id.repeat(32)) as never,
  },
});

const envelope = encodeEnvelope(
  encodeTransactionBody({
    version: 1,
    network: 'cd'.repeat(32) as NetworkId,
    sender: 'ef'.repeat(32) as PublicKey,
    nonce: '01'.repeat(16) as Nonce,
    expiresAt: 1_000,
    action: 'streams.append',
    args: { stream: 's' },
  }),
  signature,
);

describe('a shared reader', () => {
  it('reads what the codec reads, and the same bytes once', () => {
    const reader = createSharedReader();
    const frame = encodeLinkMessage({ type: 'consensus', messages: [commit] });
    const id = transactionId(envelope);
    expect(reader.frame(frame, defaultParameters)).toEqual(plainReader.frame(frame, defaultParameters));
    expect(reader.message(commit, limits)).toEqual(plainReader.message(commit, limits));
    expect(reader.idOf(envelope)).toBe(id);
    expect(reader.transaction(envelope, 1_000, id)).toEqual(plainReader.transaction(envelope, 1_000, id));
    expect(reader.frame(frame, { ...defaultParameters })).toBe(reader.frame(frame, defaultParameters));
    expect(reader.message(commit, { ...limits })).toBe(reader.message(commit, limits));
    expect(reader.transaction(envelope, 1_000, id)).toBe(reader.transaction(envelope, 1_000, id));
  });

  it('takes equal bytes in two arrays for two', () => {
    const reader = createSharedReader();
    expect(reader.message(commit.slice(), limits)).not.toBe(reader.message(commit, limits));
  });

  it('refuses under narrower limits what it read under wider ones', () => {
    const reader = createSharedReader();
    const narrow = { ...limits, batchLimit: 2 };
    expect(reader.message(proposal, limits).kind).toBe('pre-prepare');
    expect(() => reader.message(proposal, narrow)).toThrow('too-many');
    expect(reader.message(proposal, limits).kind).toBe('pre-prepare');
    const id = reader.idOf(envelope);
    expect(reader.transaction(envelope, envelope.length, id).id).toBe(id);
    expect(() => reader.transaction(envelope, envelope.length - 1, id)).toThrow('too-large');
  });

  it('refuses what it refused before', () => {
    const reader = createSharedReader();
    const junk = Uint8Array.of(1, 2, 3);
    for (let time = 0; time < 2; time += 1) expect(() => reader.message(junk, limits)).toThrow();
  });

  it.each([
    [3, 4, 'usual'],
    [5, 7, 'usual'],
    [8, 4, 'epochs'],
    [2, 4, 'payloads'],
    [4, 4, 'forger'],
  ] as const)(
    'changes nothing in universe %i of %i replicas, %s',
    (seed, replicas, profile: ProfileName) => {
      const shared = runUniverse(seed, replicas, 600, profile);
      expect(runUniverse(seed, replicas, 600, profile, { reader: plainReader })).toEqual(shared);
    },
    120_000,
  );
});

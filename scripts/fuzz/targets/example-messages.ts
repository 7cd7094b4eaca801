/** One consensus message of each kind with real signatures, by validators whose keys are public: never use them. */

import { keyPairOf, signWithSodium } from '../../../node/crypto/sodium.ts';
import { evidenceOf } from '../../../shared/codec/conflict.ts';
import { toHex } from '../../../shared/codec/hex.ts';
import { batchDigest } from '../../../shared/codec/ledger.ts';
import {
  heartbeatSigningBytes,
  newViewContent,
  sealSigningBytes,
  viewChangeContent,
  voteSigningBytes,
} from '../../../shared/codec/messages.ts';
import {
  type BatchDigest,
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type NetworkId,
  type PublicKey,
  type Signature,
  type TransactionId,
  type ValidatorId,
  viewOf,
} from '../../../shared/types/brands.ts';
import type { Batch, Certificate } from '../../../shared/types/ledger.ts';
import type {
  ConsensusMessage,
  Evidence,
  PreparedCertificate,
  SignedVote,
  ViewChangeMessage,
  Vote,
} from '../../../shared/types/messages.ts';

const validatorCount = 4;
const digest = (byte: string): string => byte.repeat(32);
export const exampleNetworkId = digest('cd') as NetworkId;
const idOf = (index: number): ValidatorId => `validator-${index}` as ValidatorId;
const pairs = Array.from({ length: validatorCount }, (_, index) =>
  keyPairOf(new Uint8Array(32).fill(index + 1)),
);
const signBy = (index: number, bytes: Uint8Array): Signature =>
  signWithSodium(pairs[index]!.secretKey, bytes) as Signature;

export const exampleKeys: ReadonlyMap<ValidatorId, PublicKey> = new Map(
  pairs.map(({ publicKey }, index) => [idOf(index), toHex(publicKey) as PublicKey]),
);
export const exampleLimits = { validators: validatorCount, window: 16, batchLimit: 1000 };

const batch: Batch = {
  time: 1_767_225_600_000,
  proposer: idOf(0),
  ids: ['01', '02', '03'].map((byte) => digest(byte) as TransactionId),
};

function vote(sender: number, kind: Vote['kind'], content: string, view = 0): SignedVote {
  const sequence = heightOf(kind === 'view-change' || kind === 'new-view' ? 0 : 7);
  const unsigned: Vote = {
    kind,
    epoch: epochOf(0),
    view: viewOf(view),
    sequence,
    content: content as Digest,
    sender: idOf(sender),
  };
  return { ...unsigned, signature: signBy(sender, voteSigningBytes(exampleNetworkId, unsigned)) };
}

const slot = { epoch: epochOf(0), height: heightOf(6), block: digest('ab') as BlockHash };
const seal = (sender: number) => ({
  ...slot,
  sender: idOf(sender),
  signature: signBy(sender, sealSigningBytes(exampleNetworkId, slot)),
});
const rivalSlot = { ...slot, block: digest('ba') as BlockHash };
const rivalSeal = (sender: number) => ({
  ...rivalSlot,
  sender: idOf(sender),
  signature: signBy(sender, sealSigningBytes(exampleNetworkId, rivalSlot)),
});
const certificate: Certificate = {
  ...slot,
  seals: [0, 1, 2].map((sender) => ({ validator: idOf(sender), signature: seal(sender).signature })),
};

export const examplePrepared: PreparedCertificate = {
  epoch: epochOf(0),
  view: viewOf(0),
  sequence: heightOf(7),
  batch: batchDigest(batch) as BatchDigest,
  prePrepare: vote(0, 'pre-prepare', batchDigest(batch)),
  prepares: [vote(1, 'prepare', batchDigest(batch)), vote(2, 'prepare', batchDigest(batch))],
};

function viewChange(sender: number, prepared: readonly PreparedCertificate[]): ViewChangeMessage {
  const body = { height: heightOf(6), certificate, prepared };
  return { kind: 'view-change', vote: vote(sender, 'view-change', viewChangeContent(body), 1), body };
}

function newView(): ConsensusMessage {
  const body = {
    viewChanges: [viewChange(1, [examplePrepared]), viewChange(2, []), viewChange(3, [examplePrepared])],
    prePrepares: [vote(1, 'pre-prepare', batchDigest(batch), 1)],
  };
  return { kind: 'new-view', vote: vote(1, 'new-view', newViewContent(body), 1), body };
}

function heartbeat(): ConsensusMessage {
  const said = { ...slot, view: viewOf(0), time: 1_767_225_600_123 };
  const signature = signBy(3, heartbeatSigningBytes(exampleNetworkId, said));
  return { kind: 'heartbeat', ...said, sender: idOf(3), signature };
}

export const exampleMessages: readonly ConsensusMessage[] = [
  { kind: 'pre-prepare', vote: vote(0, 'pre-prepare', batchDigest(batch)), batch },
  { kind: 'prepare', vote: vote(1, 'prepare', batchDigest(batch)) },
  { kind: 'commit', vote: vote(2, 'commit', batchDigest(batch)) },
  viewChange(2, [examplePrepared]),
  newView(),
  { kind: 'seal', ...seal(1) },
  heartbeat(),
];
/** Two COMMITs, and two seals. */
export const exampleEvidence: readonly Evidence[] = [
  evidenceOf(vote(2, 'commit', digest('ab')), vote(2, 'commit', digest('ba'))),
  evidenceOf({ kind: 'seal', ...seal(1) }, { kind: 'seal', ...rivalSeal(1) }),
].filter((evidence) => evidence !== undefined);
export const exampleBatch = batch;
export const exampleCertificate = certificate;

/** Messages as tests need them. The core never verifies: signatures are placeholders that name their signer. */
import { batchDigest } from '../../../shared/codec/ledger.ts';
import { toUtf8 } from '../../../shared/codec/utf8.ts';
import { digestOf } from '../../../shared/crypto/digest.ts';
import type {
  BatchDigest,
  BlockHash,
  Digest,
  Epoch,
  Height,
  MemberId,
  NetworkId,
  PublicKey,
  Signature,
  TransactionId,
  ValidatorId,
  View,
} from '../../../shared/types/brands.ts';
import { epochOf, zeroDigest } from '../../../shared/types/brands.ts';
import type { Batch, Certificate, ValidatorKey } from '../../../shared/types/ledger.ts';
import type {
  ConsensusMessage,
  NewViewBody,
  NewViewMessage,
  PreparedCertificate,
  SealMessage,
  SignedVote,
  ViewChangeBody,
  ViewChangeMessage,
  VoteKind,
} from '../../../shared/types/messages.ts';
import { defaultParameters, type NetworkParameters } from '../../../shared/types/parameters.ts';
import { primaryOf, quorumOf } from '../membership.ts';
import type { ConsensusConfig, UnsignedMessage } from '../types.ts';

export const epoch = epochOf(0);
export const genesisBlock = zeroDigest as BlockHash;
export const idOf = (index: number): ValidatorId => `v${index}` as ValidatorId;

/** Keys come in generations: a rotation of a validator's key is the next one. */
export const keyOf = (id: ValidatorId, generation: number): PublicKey =>
  `${id.slice(1)}-${generation}`.padEnd(64, '0') as PublicKey;

export const validatorOf = (id: ValidatorId, generation = 0): ValidatorKey => ({
  id,
  member: `m${id.slice(1)}` as MemberId,
  consensusKey: keyOf(id, generation),
});

export function configOf(n: number, self = 0, parameters: Partial<NetworkParameters> = {}): ConsensusConfig {
  return {
    network: zeroDigest as NetworkId,
    epoch,
    firstHeight: 1 as Height,
    validators: Array.from({ length: n }, (_, index) => validatorOf(idOf(index))),
    self: idOf(self),
    mayVote: self < n,
    parameters: { ...defaultParameters, window: 4, primarySilenceMs: 1_000, ...parameters },
  };
}

export function contentOf(value: unknown): Digest {
  const replacer = (_: string, part: unknown) => (part instanceof Uint8Array ? part[0] : part);
  return digestOf('test', toUtf8(JSON.stringify(value, replacer)));
}

export const transactionOf = (name: string): TransactionId => contentOf(name) as TransactionId;

export function batchOf(time: number, proposer: ValidatorId, ...names: string[]): Batch {
  return { time, proposer, ids: names.map(transactionOf) };
}

const signatureOf = (sender: ValidatorId, generation = 0): Signature =>
  new Uint8Array([Number(sender.slice(1)), generation]) as Signature;

/** What a verifier would find out: whose key made it, and which one. */
export const signingKeyOf = (signature: Signature): PublicKey =>
  keyOf(idOf(signature[0]!), signature[1] ?? 0);

/** The epoch that a message is of, and the generation of the key that signs it. */
export interface Signing {
  readonly epoch?: Epoch;
  readonly generation?: number;
}

export function voteOf(
  kind: VoteKind,
  view: number,
  sequence: number,
  content: Digest,
  sender: ValidatorId,
  signing: Signing = {},
): SignedVote {
  return {
    kind,
    epoch: signing.epoch ?? epoch,
    view: view as View,
    sequence: sequence as Height,
    content,
    sender,
    signature: signatureOf(sender, signing.generation),
  };
}

export function sealOf(
  height: number,
  block: string,
  sender: ValidatorId,
  signing: Signing = {},
): SealMessage {
  return {
    kind: 'seal',
    epoch: signing.epoch ?? epoch,
    height: height as Height,
    block: block as BlockHash,
    sender,
    signature: signatureOf(sender, signing.generation),
  };
}

/** A certificate by the first Q validators. */
export function certificateOf(config: ConsensusConfig, height: number, block: string): Certificate {
  return {
    epoch: config.epoch,
    height: height as Height,
    block: block as BlockHash,
    seals: config.validators
      .slice(0, quorumOf(config))
      .map(({ id }) => ({ validator: id, signature: signatureOf(id) })),
  };
}

/** Prepared in `view` by its primary and the first Q−1 backups other than `config.self`, who did not sign it. */
export function preparedOf(
  config: ConsensusConfig,
  view: number,
  sequence: number,
  batch: BatchDigest,
): PreparedCertificate {
  const primary = primaryOf(config, view as View);
  const backups = config.validators.map(({ id }) => id).filter((id) => id !== primary && id !== config.self);
  const signing = { epoch: config.epoch };
  return {
    epoch: config.epoch,
    view: view as View,
    sequence: sequence as Height,
    batch,
    prePrepare: voteOf('pre-prepare', view, sequence, batch, primary, signing),
    prepares: backups
      .slice(0, quorumOf(config) - 1)
      .map((id) => voteOf('prepare', view, sequence, batch, id, signing)),
  };
}

export function viewChangeOf(
  view: number,
  body: ViewChangeBody,
  sender: ValidatorId,
  signing: Signing = {},
): ViewChangeMessage {
  const vote = voteOf('view-change', view, 0, contentOf(body), sender, signing);
  return { kind: 'view-change', vote, body };
}

export function newViewOf(
  view: number,
  body: NewViewBody,
  sender: ValidatorId,
  signing: Signing = {},
): NewViewMessage {
  return { kind: 'new-view', vote: voteOf('new-view', view, 0, contentOf(body), sender, signing), body };
}

/** What the runtime does with an intent: computes content digests and signs. */
export function signAs(sender: ValidatorId, message: UnsignedMessage, generation = 0): ConsensusMessage {
  const signing = { epoch: message.epoch, generation };
  switch (message.kind) {
    case 'seal':
    case 'heartbeat':
      return { ...message, sender, signature: signatureOf(sender, generation) };
    case 'view-change':
      return viewChangeOf(message.view, message.body, sender, signing);
    case 'new-view':
      return newViewOf(message.view, message.body, sender, signing);
    case 'pre-prepare': {
      const vote = voteOf('pre-prepare', message.view, message.sequence, message.content, sender, signing);
      return { kind: 'pre-prepare', vote, batch: message.batch };
    }
    case 'prepare':
    case 'commit': {
      const vote = voteOf(message.kind, message.view, message.sequence, message.content, sender, signing);
      return { kind: message.kind, vote };
    }
  }
}

/** A PRE-PREPARE with its batch, by the primary of `view`. */
export function proposalOf(
  config: ConsensusConfig,
  view: number,
  sequence: number,
  batch: Batch,
): ConsensusMessage & { kind: 'pre-prepare' } {
  const sender = primaryOf(config, view as View);
  const signing = { epoch: config.epoch };
  const vote = voteOf('pre-prepare', view, sequence, batchDigest(batch), sender, signing);
  return { kind: 'pre-prepare', vote, batch };
}

/** What execution yields here: a chain over batch digests. */
export const blockOf = (height: number, parent: BlockHash, batch: BatchDigest): BlockHash =>
  contentOf({ height, parent, batch }) as BlockHash;

/** Messages as tests need them. The core never verifies: signatures are placeholders that name their signer. */
import { batchDigest } from '../../../shared/codec/ledger.ts';
import { toUtf8 } from '../../../shared/codec/utf8.ts';
import { digestOf } from '../../../shared/crypto/digest.ts';
import type {
  BatchDigest,
  BlockHash,
  Digest,
  Height,
  MemberId,
  NetworkId,
  PublicKey,
  Signature,
  TransactionId,
  ValidatorId,
  View,
} from '../../../shared/types/brands.ts';
import { epochOf, heightOf, zeroDigest } from '../../../shared/types/brands.ts';
import type { Batch, Certificate } from '../../../shared/types/ledger.ts';
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

export function configOf(n: number, self = 0, parameters: Partial<NetworkParameters> = {}): ConsensusConfig {
  return {
    network: zeroDigest as NetworkId,
    epoch,
    firstHeight: heightOf(1),
    mayVote: true,
    validators: Array.from({ length: n }, (_, index) => ({
      id: idOf(index),
      member: `m${index}` as MemberId,
      consensusKey: zeroDigest as string as PublicKey,
    })),
    self: idOf(self),
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

const signatureOf = (sender: ValidatorId): Signature =>
  new Uint8Array([Number(sender.slice(1))]) as Signature;

export function voteOf(
  kind: VoteKind,
  view: number,
  sequence: number,
  content: Digest,
  sender: ValidatorId,
): SignedVote {
  return {
    kind,
    epoch,
    view: view as View,
    sequence: sequence as Height,
    content,
    sender,
    signature: signatureOf(sender),
  };
}

export function sealOf(height: number, block: string, sender: ValidatorId): SealMessage {
  return {
    kind: 'seal',
    epoch,
    height: height as Height,
    block: block as BlockHash,
    sender,
    signature: signatureOf(sender),
  };
}

/** A certificate by the first Q validators. */
export function certificateOf(config: ConsensusConfig, height: number, block: string): Certificate {
  return {
    epoch,
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
  return {
    epoch,
    view: view as View,
    sequence: sequence as Height,
    batch,
    prePrepare: voteOf('pre-prepare', view, sequence, batch, primary),
    prepares: backups
      .slice(0, quorumOf(config) - 1)
      .map((id) => voteOf('prepare', view, sequence, batch, id)),
  };
}

export function viewChangeOf(view: number, body: ViewChangeBody, sender: ValidatorId): ViewChangeMessage {
  return { kind: 'view-change', vote: voteOf('view-change', view, 0, contentOf(body), sender), body };
}

export function newViewOf(view: number, body: NewViewBody, sender: ValidatorId): NewViewMessage {
  return { kind: 'new-view', vote: voteOf('new-view', view, 0, contentOf(body), sender), body };
}

/** What the runtime does with an intent: computes content digests and signs. */
export function signAs(sender: ValidatorId, message: UnsignedMessage): ConsensusMessage {
  switch (message.kind) {
    case 'seal':
    case 'heartbeat':
      return { ...message, sender, signature: signatureOf(sender) };
    case 'view-change':
      return viewChangeOf(message.view, message.body, sender);
    case 'new-view':
      return newViewOf(message.view, message.body, sender);
    case 'pre-prepare': {
      const vote = voteOf('pre-prepare', message.view, message.sequence, message.content, sender);
      return { kind: 'pre-prepare', vote, batch: message.batch };
    }
    case 'prepare':
    case 'commit': {
      const vote = voteOf(message.kind, message.view, message.sequence, message.content, sender);
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
  const vote = voteOf('pre-prepare', view, sequence, batchDigest(batch), sender);
  return { kind: 'pre-prepare', vote, batch };
}

/** What execution yields here: a chain over batch digests. */
export const blockOf = (height: number, parent: BlockHash, batch: BatchDigest): BlockHash =>
  contentOf({ height, parent, batch }) as BlockHash;

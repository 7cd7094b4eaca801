/** From an unsigned message to the bytes that are signed, the record that is persisted, and the signed message. */
import {
  heartbeatSigningBytes,
  newViewContent,
  sealSigningBytes,
  viewChangeContent,
  voteSigningBytes,
} from '../../shared/codec/messages.ts';
import {
  type Epoch,
  heightOf,
  type NetworkId,
  type Signature,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import type {
  ConsensusMessage,
  HeartbeatMessage,
  SealMessage,
  SignedVote,
  Vote,
} from '../../shared/types/messages.ts';
import type { UnsignedMessage } from '../consensus/types.ts';
import type { VoteRecord } from './ports.ts';

/** An unsigned message with its slot filled in. */
export type Draft =
  | {
      readonly kind: 'vote';
      readonly vote: Vote;
      readonly message: Exclude<UnsignedMessage, { kind: 'seal' | 'heartbeat' }>;
      readonly signingBytes: Uint8Array;
    }
  | {
      readonly kind: 'seal';
      readonly seal: Omit<SealMessage, 'signature'>;
      readonly signingBytes: Uint8Array;
    }
  | {
      readonly kind: 'heartbeat';
      readonly heartbeat: Omit<HeartbeatMessage, 'signature'>;
      readonly signingBytes: Uint8Array;
    };

export function draftOf(network: NetworkId, self: ValidatorId, message: UnsignedMessage): Draft {
  switch (message.kind) {
    case 'seal': {
      const seal = { ...message, sender: self };
      return { kind: 'seal', seal, signingBytes: sealSigningBytes(network, seal) };
    }
    case 'heartbeat': {
      const heartbeat = { ...message, sender: self };
      return { kind: 'heartbeat', heartbeat, signingBytes: heartbeatSigningBytes(network, heartbeat) };
    }
    default: {
      const vote = voteOf(self, message);
      return { kind: 'vote', vote, message, signingBytes: voteSigningBytes(network, vote) };
    }
  }
}

function voteOf(self: ValidatorId, message: Exclude<UnsignedMessage, { kind: 'seal' | 'heartbeat' }>): Vote {
  const slot = { kind: message.kind, epoch: message.epoch, view: message.view, sender: self };
  switch (message.kind) {
    case 'view-change':
      return { ...slot, sequence: heightOf(0), content: viewChangeContent(message.body) };
    case 'new-view':
      return { ...slot, sequence: heightOf(0), content: newViewContent(message.body) };
    default:
      return { ...slot, sequence: message.sequence, content: message.content };
  }
}

export function epochOfDraft(draft: Draft): Epoch {
  if (draft.kind === 'seal') return draft.seal.epoch;
  return draft.kind === 'heartbeat' ? draft.heartbeat.epoch : draft.vote.epoch;
}

export function recordOf(draft: Exclude<Draft, { kind: 'heartbeat' }>): VoteRecord {
  if (draft.kind === 'seal') {
    return {
      kind: 'seal',
      epoch: draft.seal.epoch,
      height: draft.seal.height,
      block: draft.seal.block,
    };
  }
  const { message, vote } = draft;
  if (message.kind === 'view-change') {
    return { kind: 'view-change', message: { kind: 'view-change', vote, body: message.body } };
  }
  if (message.kind === 'new-view') {
    return { kind: 'new-view', message: { kind: 'new-view', vote, body: message.body } };
  }
  return { kind: 'vote', vote };
}

export function signedMessage(draft: Draft, signature: Signature): ConsensusMessage {
  if (draft.kind === 'seal') return { ...draft.seal, signature };
  if (draft.kind === 'heartbeat') return { ...draft.heartbeat, signature };
  const vote: SignedVote = { ...draft.vote, signature };
  const { message } = draft;
  switch (message.kind) {
    case 'pre-prepare':
      return { kind: 'pre-prepare', vote, batch: message.batch };
    case 'prepare':
    case 'commit':
      return { kind: message.kind, vote };
    case 'view-change':
      return { kind: 'view-change', vote, body: message.body };
    case 'new-view':
      return { kind: 'new-view', vote, body: message.body };
  }
}

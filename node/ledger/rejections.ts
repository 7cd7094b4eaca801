/**
 * Every refusal that this room can give, as one closed union of a code and its facts, and what to tell people:
 * a headline and the next step. Codes are stable: outcomes on the ledger and answers of the gateway carry them.
 * Digests and keys are hex text here, since facts are there to be shown.
 */
import type { Rejection } from '../../shared/types/ledger.ts';

type Named<Code extends string, Facts> = { readonly code: Code; readonly facts: Readonly<Facts> };

/** Recorded on the ledger with a transaction that ran and was refused (rule X3). */
export type DecidedRejection =
  | Named<'unknown-sender', { sender: string }>
  | Named<'identity-not-active', { identity: string; status: string }>
  | Named<'unknown-action', { action: string }>
  | Named<'malformed-args', { path: string; expected: string }>
  | Named<'role-missing', { identity: string; needed: readonly string[] }>
  | Named<'wrong-expected-revision', { stream: string; expected: number; actual: number }>
  | Named<
      'event-id-conflict',
      {
        stream: string;
        eventId: string;
        /** Where the ledger has it; −1 if this one of the append is new while another is not. */
        revision: number;
        reason: 'different-content' | 'partly-present';
      }
    >
  | Named<'asset-exists', { asset: string; definer: string }>
  | Named<'unknown-asset', { asset: string }>
  | Named<'not-asset-issuer', { asset: string; identity: string; definer: string; member: string }>
  | Named<'unknown-identity', { identity: string }>
  | Named<
      'insufficient-balance',
      { asset: string; identity: string; balance: number | bigint; needed: number | bigint }
    >
  | Named<
      'amount-overflow',
      { asset: string; supply: number | bigint; amount: number | bigint; limit: bigint }
    >
  | Named<'not-a-validator', { sender: string; action: string }>
  | Named<'evidence-epoch', { epoch: number; current: number }>
  | Named<'evidence-of-stranger', { validator: string; epoch: number }>
  | Named<'evidence-forged', { validator: string; message: 'first' | 'second'; key: string }>
  | Named<'evidence-recorded', { validator: string; epoch: number; kind: string; number: number }>;

/** Given before a transaction is pooled; never on the ledger. */
export type AcceptanceRejection =
  | Named<'malformed-transaction', { path: string; expected: string }>
  | Named<'too-large', { bytes: number; bytesMax: number }>
  | Named<'wrong-network', { expected: string; actual: string }>
  | Named<'expired', { expiresAt: number; now: number }>
  | Named<'lifetime-too-long', { expiresAt: number; latest: number }>
  | Named<'duplicate', { transaction: string; where: 'ledger' | 'pool' }>
  | Named<'superseded', { transaction: string }>
  | Named<'pool-full', { count: number; countMax: number; bytes: number; bytesMax: number }>
  | Named<'backlog-full', { waiting: number; waitingMax: number; certifiedPerSecond: number }>
  | Named<'sender-share-full', { sender: string; count: number; countMax: number }>
  | Named<
      'member-share-full',
      { member: string; count: number; countMax: number; bytes: number; bytesMax: number }
    >
  | Named<'peer-places-full', { peer: string; count: number; countMax: number }>;

/** A proposal that no honest primary makes (rule N2). */
export type BatchRejection =
  | Named<'too-many-transactions', { count: number; countMax: number }>
  | Named<'batch-too-large', { bytes: number; bytesMax: number }>
  | Named<'repeated-transaction', { transaction: string }>
  | Named<'invalid-transaction', { transaction: string; code: string }>;

export type LedgerRejection = DecidedRejection | AcceptanceRejection | BatchRejection;
export type RejectionCode = LedgerRejection['code'];

/** Checks at compile time that code and facts are of the union. */
export function rejection(value: LedgerRejection): Rejection {
  return value;
}

export interface RejectionText {
  readonly headline: string;
  readonly nextStep: string;
}

const texts: { readonly [Code in RejectionCode]: RejectionText } = {
  'unknown-sender': {
    headline: 'No identity on this ledger has the key that signed this transaction.',
    nextStep:
      'Sign with the key of a registered identity, or ask an admin of your member to register this one.',
  },
  'identity-not-active': {
    headline: 'The identity is registered but not active.',
    nextStep: 'Ask an admin of its member to restore it, or use another identity.',
  },
  'unknown-action': {
    headline: 'The ledger has no such action.',
    nextStep: 'Use an action that the documentation lists, such as streams.append or assets.transfer.',
  },
  'malformed-args': {
    headline: 'The arguments do not have the form that the action expects.',
    nextStep: 'Correct the value at the path shown, sign the new transaction, and submit that.',
  },
  'role-missing': {
    headline: 'The identity has none of the roles that the action needs.',
    nextStep: 'Sign with an identity that has one of them, or ask an admin of your member for the role.',
  },
  'wrong-expected-revision': {
    headline: 'The stream is not at the revision that the append expected.',
    nextStep: 'Read the events that came in between, decide again, and append with the actual revision.',
  },
  'event-id-conflict': {
    headline: 'The stream already has an event with this eventId that is not the same append.',
    nextStep: 'Give new events new eventIds; to repeat an append, send exactly the same events.',
  },
  'asset-exists': {
    headline: 'An asset with this id is defined already.',
    nextStep: 'Choose another id, or use the asset as it is defined.',
  },
  'unknown-asset': {
    headline: 'No asset with this id is defined.',
    nextStep: 'Check the id, or define the asset first.',
  },
  'not-asset-issuer': {
    headline: 'Only the definer, or an admin or operator of its member, issues this asset.',
    nextStep: 'Ask the definer or its member to issue.',
  },
  'unknown-identity': {
    headline: 'The receiver is not an identity of this ledger.',
    nextStep: 'Check the identity id; balances belong to identities, not to keys.',
  },
  'insufficient-balance': {
    headline: 'The balance does not cover the amount.',
    nextStep: 'Use a smaller amount, or receive more of the asset first.',
  },
  'amount-overflow': {
    headline: 'The supply would exceed the largest amount, 2^64−1.',
    nextStep: 'Issue less, or define an asset with fewer decimals.',
  },
  'not-a-validator': {
    headline: 'Only a validator of this epoch takes this action, with its consensus key.',
    nextStep: 'Nothing is to be done by hand: validators submit these transactions themselves.',
  },
  'evidence-epoch': {
    headline: 'The evidence is of an epoch whose validators the ledger does not hold now.',
    nextStep: 'Keep the two messages: with the validators of that epoch anyone can still verify them.',
  },
  'evidence-of-stranger': {
    headline: 'The evidence accuses nobody who was a validator in that epoch.',
    nextStep: 'Look at the validator that submitted it: an honest one never does.',
  },
  'evidence-forged': {
    headline: 'A signature in the evidence is not of the key that the accused had in that epoch.',
    nextStep: 'Look at the validator that submitted it: an honest one never does.',
  },
  'evidence-recorded': {
    headline: 'Evidence of this kind against this validator is recorded for this epoch already.',
    nextStep: 'Nothing is to be done: one record for each validator, epoch and kind suffices.',
  },
  'malformed-transaction': {
    headline: 'The transaction does not have the form that the protocol fixes.',
    nextStep: 'Correct the field shown, sign again, and submit that.',
  },
  'too-large': {
    headline: 'The envelope is larger than this network allows.',
    nextStep: 'Split it into several transactions, or move content into a detached payload.',
  },
  'wrong-network': {
    headline: 'The transaction was signed for another network.',
    nextStep: 'Sign for the network id that this node shows, or submit to a node of the other network.',
  },
  expired: {
    headline: 'The time until which the transaction may run has passed.',
    nextStep: 'Check your clock, then sign again with a later expiresAt and a new nonce.',
  },
  'lifetime-too-long': {
    headline: 'The transaction expires later than this network allows.',
    nextStep: 'Check your clock, then sign again with an expiresAt not after the latest one shown.',
  },
  duplicate: {
    headline: 'The same transaction was accepted before.',
    nextStep: 'Nothing is lost: follow it by its id; sending it again changes nothing.',
  },
  superseded: {
    headline: 'Another transaction of the same sender and nonce has run.',
    nextStep: 'Look at the outcome of the transaction shown; to act once more, sign with a new nonce.',
  },
  'pool-full': {
    headline: 'The pool of waiting transactions is full.',
    nextStep: 'Wait, then send the same bytes again.',
  },
  'backlog-full': {
    headline: 'More transactions wait than the network certifies in a few seconds.',
    nextStep: 'Wait, then send the same bytes again; send more slowly if it happens often.',
  },
  'sender-share-full': {
    headline: 'This sender has as many waiting transactions as one sender may have.',
    nextStep: 'Wait for receipts, then send the same bytes again.',
  },
  'member-share-full': {
    headline: 'The member has as many waiting transactions as one member may have on this node.',
    nextStep: 'Wait for receipts, then send the same bytes again, here or to another node.',
  },
  'peer-places-full': {
    headline: 'The peer uses all the places that are reserved for it.',
    nextStep: 'Wait until transactions that it handed over are settled.',
  },
  'too-many-transactions': {
    headline: 'The batch has more transactions than this network allows.',
    nextStep: 'Look at the proposer: honest nodes never send this.',
  },
  'batch-too-large': {
    headline: 'The batch has more bytes than this network allows.',
    nextStep: 'Look at the proposer: honest nodes never send this.',
  },
  'repeated-transaction': {
    headline: 'The batch names a transaction twice.',
    nextStep: 'Look at the proposer: honest nodes never send this.',
  },
  'invalid-transaction': {
    headline: 'The batch holds a transaction that every validator must refuse.',
    nextStep: 'Look at the proposer: honest nodes never send this.',
  },
};

/** All codes, for documentation and for completeness tests of those who map them to HTTP. */
export const rejectionCodes = Object.keys(texts) as readonly RejectionCode[];

/** What people see beside the facts; undefined for a code of a newer version. */
export function describeRejection(code: string): RejectionText | undefined {
  return Object.hasOwn(texts, code) ? texts[code as RejectionCode] : undefined;
}

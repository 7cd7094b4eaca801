/**
 * Every refusal that this room can give, as one closed union of a code and its facts, and what to tell people:
 * a headline and the next step. Codes are stable: outcomes on the ledger and answers of the gateway carry them.
 * Digests and keys are hex text here, since facts are there to be shown.
 */
import type { Rejection } from '../../shared/types/ledger.ts';
import { type ActivationRejection, activationTexts } from './activation-rejections.ts';
import { limits } from './limits.ts';
import { type PayloadArrivalRejection, type PayloadRejection, payloadTexts } from './payload-rejections.ts';
import { type SchemaRejection, schemaTexts } from './schema-rejections.ts';

export type Named<Code extends string, Facts> = { readonly code: Code; readonly facts: Readonly<Facts> };

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
  | Named<'evidence-given-up', { validator: string; recovery: number; height: number }>
  | Named<'evidence-recorded', { validator: string; epoch: number; kind: string; number: number }>
  | MembershipRejection
  | GovernanceRejection
  | ActivationRejection
  | SchemaRejection
  | PayloadRejection;

/** About members, identities, keys and observers. */
type MembershipRejection =
  | Named<'unknown-member', { member: string }>
  | Named<'member-exists', { member: string; status: string }>
  | Named<'member-not-active', { member: string; status: string }>
  | Named<'member-not-suspended', { member: string; status: string }>
  | Named<
      'member-has-validators',
      { member: string; validators: readonly string[]; observers: readonly string[] }
    >
  | Named<'last-member', { member: string }>
  | Named<'last-admin', { member: string }>
  /** `member`: whose it is; `own`: the sender's. */
  | Named<'not-own-member', { member: string; own: string }>
  | Named<'identity-exists', { identity: string; member: string }>
  | Named<'role-needs-ballots', { role: string }>
  | Named<'role-unchanged', { identity: string; role: string; has: boolean }>
  | Named<'streams-needed', { role: string }>
  | Named<'key-in-use', { key: string; owner: string }>
  | Named<'possession-invalid', { key: string; owner: string }>
  | Named<'key-suspected', { key: string; owner: string }>
  | Named<'unknown-key', { key: string }>
  | Named<'suspicion-in-future', { since: { readonly [unit: string]: number }; height: number; time: number }>
  | Named<'unknown-observer', { observer: string }>
  | Named<'observer-exists', { observer: string }>
  | Named<'validator-exists', { validator: string }>
  | Named<'id-used-before', { id: string }>;

type GovernanceRejection =
  | Named<'proposal-unknown', { proposal: number }>
  | Named<'proposal-closed', { proposal: number; status: string }>
  | Named<'proposal-expired', { proposal: number; expiresAt: number; time: number }>
  /** From protocol 3 on with how many approve, of how many that it needs, of so many members. */
  | Named<
      'proposal-not-accepted',
      { proposal: number } | { proposal: number; approvals: number; needed: number; members: number }
    >
  /** Milliseconds since 1970: later than `after`, not later than `latest`. */
  | Named<'expiry-out-of-range', { expiresAt: number; after: number; latest: number }>
  /** `of`: the member that has as many, or `all` together. */
  | Named<'proposals-full', { of: string; count: number; countMax: number }>
  /** `reason` and `facts` are the code and the facts of the action's own refusal. */
  | Named<'plan-refused', { index: number; kind: string; reason: string; facts: Rejection['facts'] }>
  /** More than `part` of `of` members, each. */
  | Named<'threshold-above-its-change', { kind: string; needs: readonly number[]; change: readonly number[] }>
  | Named<'threshold-follows', { kind: string; needs: readonly number[] }>
  /** `active` would be left of those that it takes to restore a member. */
  | Named<'restoring-out-of-reach', { active: number; needed: number; members: number }>;

/** Given before a transaction is pooled; never on the ledger. */
export type AcceptanceRejection =
  | PayloadArrivalRejection
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
  | Named<'batch-payloads-too-large', { bytes: number; bytesMax: number }>
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
  ...activationTexts,
  ...schemaTexts,
  ...payloadTexts,
  'unknown-sender': {
    headline: 'No identity on this ledger has the key that signed this transaction.',
    nextStep:
      'Sign with the key of a registered identity, or ask an admin of your member to register this one.',
  },
  'identity-not-active': {
    headline: 'The identity is registered but not active.',
    nextStep:
      'Use another identity: one that was revoked stays so, and a suspended member is restored by the ballots of the others.',
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
    headline: 'No identity of this ledger has this id.',
    nextStep: 'Check the identity id; balances and roles belong to identities, not to keys.',
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
    headline: `The evidence is of an epoch that ended more than ${limits.evidenceHeights} blocks ago and is not the one before this, or that has not begun.`,
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
  'evidence-given-up': {
    headline: 'A recovery lies between the two seals, and gave up the height of the first.',
    nextStep: 'Nothing is to be done: who gave no word on what it had sealed may seal such a height anew.',
  },
  'evidence-recorded': {
    headline: 'Evidence of this kind against this validator is recorded for this epoch already.',
    nextStep: 'Nothing is to be done: one record for each validator, epoch and kind suffices.',
  },
  'unknown-member': {
    headline: 'No member of this ledger has this id.',
    nextStep: 'Check the member id; a new member is added by a proposal.',
  },
  'member-exists': {
    headline: 'A member with this id exists, or existed once.',
    nextStep: 'Choose another id, or restore the member if it is suspended.',
  },
  'member-not-active': {
    headline: 'The member is suspended or removed.',
    nextStep: 'Restore it first if it is suspended; a removed member joins anew under another id.',
  },
  'member-not-suspended': {
    headline: 'Only a suspended member is restored.',
    nextStep: 'Nothing is to be done for an active one; a removed one joins anew under another id.',
  },
  'member-has-validators': {
    headline: 'The member still runs validators or observers.',
    nextStep: 'Remove its validators and observers first, then the member.',
  },
  'last-member': {
    headline: 'Without this member none would be active, and nobody could decide anything.',
    nextStep: 'Add or restore another member first.',
  },
  'last-admin': {
    headline: 'Without this admin its member would have none.',
    nextStep: 'Let the members make another identity of the member an admin first.',
  },
  'not-own-member': {
    headline: 'What the action is about belongs to another member.',
    nextStep: 'Ask an admin of that member, or propose the change to the members.',
  },
  'identity-exists': {
    headline: 'An identity with this id exists, or existed once.',
    nextStep: 'Choose another id; ids are never given again.',
  },
  'role-needs-ballots': {
    headline: 'This role is given and taken by the members together.',
    nextStep: 'Propose the change; an admin alone decides about submitter and operator.',
  },
  'role-unchanged': {
    headline: 'The identity has the role already, or does not have it.',
    nextStep: 'Nothing is to be done; look at its roles.',
  },
  'streams-needed': {
    headline: 'A reader is given the streams that it reads, and no other role is given any.',
    nextStep: 'Name the streams with the role reader, or leave them out.',
  },
  'key-in-use': {
    headline: 'The key is registered already, or was once.',
    nextStep: 'Make a new key: none is ever used for two things, or again.',
  },
  'possession-invalid': {
    headline: 'The proof that the new key is held does not verify.',
    nextStep: 'Sign with the new private key for this network, this kind of key and this owner.',
  },
  'key-suspected': {
    headline: 'The key is suspected: somebody else may hold it, so it decides nothing and replaces no key.',
    nextStep: 'Let another admin of its member replace it, or propose that to the members.',
  },
  'unknown-key': {
    headline: 'No such key was ever registered on this ledger.',
    nextStep: 'Check the key; keys of all kinds are listed with their owners.',
  },
  'suspicion-in-future': {
    headline: 'A key is suspected since a height or time that is not there yet.',
    nextStep: 'Name a height or time of the past.',
  },
  'unknown-observer': {
    headline: 'No observer of this ledger has this id.',
    nextStep: 'Check the id.',
  },
  'observer-exists': {
    headline: 'An observer with this id is registered.',
    nextStep: 'Choose another id, or remove that observer first.',
  },
  'validator-exists': {
    headline: 'A validator has this id.',
    nextStep: 'Choose another id: validators and observers share them.',
  },
  'id-used-before': {
    headline: 'A validator that was removed had this id.',
    nextStep: 'Choose another id: those of validators are never given again.',
  },
  'proposal-unknown': {
    headline: 'No proposal has this number.',
    nextStep: 'Check the number in the list of proposals.',
  },
  'proposal-closed': {
    headline: 'The proposal is decided or withdrawn: this cannot be done any more.',
    nextStep: 'Look at its status; make a new proposal if something is still to change.',
  },
  'proposal-expired': {
    headline: 'The proposal has expired.',
    nextStep: 'Propose it again.',
  },
  'proposal-not-accepted': {
    headline: 'The proposal has not as many ballots as it needs.',
    nextStep:
      'Wait for the ballots of other members: the one that decides carries it out. Ballots of members that are suspended, and of keys that are suspected, do not count.',
  },
  'expiry-out-of-range': {
    headline: 'A proposal expires after the present block and within 30 days.',
    nextStep: 'Choose an expiry in the range shown.',
  },
  'proposals-full': {
    headline: 'As many proposals wait as may wait at once.',
    nextStep: 'Decide, execute or withdraw some of them, or let them expire.',
  },
  'plan-refused': {
    headline: 'One of the actions cannot be carried out as things are, so none is.',
    nextStep: 'Look at the reason of the action shown, and propose what is possible.',
  },
  'threshold-above-its-change': {
    headline: 'No action may need more members than changing its threshold does.',
    nextStep: 'Raise the threshold of thresholds.set first, or lower that of the action.',
  },
  'threshold-follows': {
    headline:
      'The kind changes who has a ballot, or who seals: it needs as many as thresholds.set, and has no threshold of its own.',
    nextStep: 'Set the threshold of thresholds.set, which these kinds follow.',
  },
  'restoring-out-of-reach': {
    headline: 'The members that would be left active could no longer restore one that is suspended.',
    nextStep: 'Restore a suspended member first, or lower the threshold of members.restore.',
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
  'batch-payloads-too-large': {
    headline: 'The transactions of the batch name more bytes of payloads than one batch may.',
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

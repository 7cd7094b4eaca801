/** Refusals about changes of the epoch and activations on their way, and what to tell people (rejections.ts). */
import { limits } from './limits.ts';
import type { Named, RejectionText } from './rejections.ts';

/** n, f and Q of a validator set. */
type SetFigures = { readonly n: number; readonly f: number; readonly q: number };
type BeforeAndAfter = { before: SetFigures; after: SetFigures };

/** Of a change of the set, parameters or protocol (rule E3). */
type ChangeRejection =
  | Named<'too-few-validators', BeforeAndAfter & { validatorsMin: number }>
  | Named<'too-many-validators', BeforeAndAfter & { validatorsMax: number }>
  | Named<'too-many-changes', BeforeAndAfter & { changed: number; allowed: number }>
  | Named<
      'messages-too-large',
      BeforeAndAfter & { bytes: number; bytesMax: number; window: number; batchLimit: number }
    >
  | Named<'unknown-validator', { validator: string }>
  | Named<'changed-twice', { kind: string; validator?: string }>
  | Named<'incarnation-in-use', { incarnation: string; validator: string }>
  | Named<'address-in-use', { address: string; validator: string }>
  | Named<'parameter-out-of-range', { parameter: string; value: number; expected: string }>
  | Named<'parameter-unchanged', { parameters: readonly string[] }>
  | Named<'protocol-not-next', { version: number; current: number }>;

/** Of an activation on its way. */
type PendingRejection =
  | Named<'activation-pending', { number: number; status: string; at?: number }>
  | Named<'activation-reserved', { proposal: number }>
  | Named<'rotation-too-soon', { key: string; since: number; earliest: number }>
  | Named<'not-before-too-late', { notBefore: number; latest: number }>
  /** `status`: what became of it, or `unknown`. */
  | Named<'no-such-activation', { activation: number; status: string }>
  | Named<'already-scheduled', { activation: number; at: number }>
  | Named<
      'not-of-this-activation',
      { activation: number; validator: string; reason: 'subject' | 'incarnation' | 'self' | 'record' }
    >
  | Named<'attested-already', { activation: number; subject: string; by: string }>
  | Named<'ready-limit', { activation: number; validator: string; limit: number }>
  | Named<'protocol-unsupported', { protocol: number; needed: number }>;

export type ActivationRejection = ChangeRejection | PendingRejection;

export const activationTexts: { readonly [Code in ActivationRejection['code']]: RejectionText } = {
  'too-few-validators': {
    headline: 'The network would have too few validators to tolerate a faulty one.',
    nextStep: 'Add a validator first, wait until it is active, then remove the other.',
  },
  'too-many-validators': {
    headline: 'The network would have more validators than a certificate can name.',
    nextStep: 'Remove others first, or let the new ones follow as observers.',
  },
  'too-many-changes': {
    headline: 'So many validators at once could leave the network without a quorum.',
    nextStep: 'Change as many as are allowed, wait until they are active, then change the others.',
  },
  'messages-too-large': {
    headline: 'A view change of so many validators with this window would not fit a link.',
    nextStep: 'Choose a smaller window or batch limit, or larger batches.',
  },
  'unknown-validator': {
    headline: 'No validator of this epoch has this id.',
    nextStep: 'Check the id in the list of validators.',
  },
  'changed-twice': {
    headline: 'The proposal changes the same thing twice.',
    nextStep: 'Say in one action what is to become of the validator or the protocol.',
  },
  'incarnation-in-use': {
    headline: 'This vote store is registered already, or was once.',
    nextStep: 'Take the incarnation of the new vote store: each one is registered once.',
  },
  'address-in-use': {
    headline: 'Another validator has this address.',
    nextStep: 'Check the address: each node has its own.',
  },
  'parameter-out-of-range': {
    headline: 'The parameter would be outside of what a running network can work with.',
    nextStep: 'Choose a value in the range shown; parameters that depend on one another can be set together.',
  },
  'parameter-unchanged': {
    headline: 'The parameters have these values already.',
    nextStep: 'Nothing is to be done; look at the parameters in force.',
  },
  'protocol-not-next': {
    headline: 'The protocol version rises by one at a time and never falls.',
    nextStep: 'Propose the version that follows the present one.',
  },
  'activation-pending': {
    headline: 'Another change of the epoch is on its way, and there is room for one.',
    nextStep: 'Wait until it is active or has lapsed, or have it withdrawn.',
  },
  'activation-reserved': {
    headline: 'A proposal that the members accepted waits for its turn first.',
    nextStep: 'Let an admin execute or withdraw the proposal shown, then ask again.',
  },
  'rotation-too-soon': {
    headline: 'The key is too young to be replaced by its holder alone.',
    nextStep:
      'Wait until the height that is named, or propose the change: ballots may replace a key at any time.',
  },
  'not-before-too-late': {
    headline: `A rotation without ballots cannot be booked more than ${limits.rotationAheadMax} blocks ahead.`,
    nextStep:
      'Choose a height up to the latest one that is named, or propose the change: ballots know no limit.',
  },
  'no-such-activation': {
    headline: 'No activation with this number is pending.',
    nextStep: 'Look at its status; nothing more can be said about one that is over.',
  },
  'already-scheduled': {
    headline: 'The activation has all that it waited for: its height is fixed.',
    nextStep: 'Nothing is to be done until that height.',
  },
  'not-of-this-activation': {
    headline: 'The activation does not wait for this word of this validator.',
    nextStep: 'Look at the validators, keys and vote stores of the activation, and at its newest record.',
  },
  'attested-already': {
    headline: 'The validator has attested this record already.',
    nextStep: 'Nothing is to be done: one attestation of each validator counts.',
  },
  'ready-limit': {
    headline: 'The validator has said too often that it is ready.',
    nextStep: 'Withdraw the activation or let it lapse, and repair the new node before the next attempt.',
  },
  'protocol-unsupported': {
    headline: 'The software of the validator does not know the protocol version of the next epoch.',
    nextStep: 'Upgrade the node, then let it say again that it is ready.',
  },
};

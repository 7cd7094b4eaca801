/**
 * Why a remote signer does not sign. A refusal is never tried again: the node that asked must stop. What it refuses to
 * make or to erase (the last four) ends that order alone.
 */

export type SignerRefusalCode =
  /** The slot is filled with something else (rule W1). Facts: slot, signed, asked. */
  | 'double-vote'
  /** A vote of a view below one that a VIEW-CHANGE asked for (rule N7). */
  | 'view-below-asked'
  /** So far below the highest signed height that its slots are forgotten: nothing is signed there any more. */
  | 'height-below-floor'
  /** Before the epoch begins, or at or above the height at which the next one does (rule E1). */
  | 'height-outside-epoch'
  /** No verified chain of epochs leads to this one (rule E2). */
  | 'epoch-unknown'
  | 'key-not-held'
  /** The key is held here, but the epoch's set has another one for this validator. */
  | 'key-not-of-epoch'
  | 'other-network'
  /** Something that no validator signs. */
  | 'domain-not-signed'
  /** A transaction that is not a validator's own. */
  | 'action-not-signed'
  /** A transaction whose sender is not the key that shall sign it. */
  | 'other-sender'
  /** A claim to hold a key that is of another kind or owner. */
  | 'claim-not-signed'
  /** A rotation to a key that is not held here, and with which anything could be signed. */
  | 'successor-not-held'
  | 'malformed'
  /** A hand-over between epochs that does not verify. */
  | 'link-invalid'
  /** So many keys are here that no further one is made. */
  | 'keys-full'
  /** The file of a new key could not be written, or that of an old one not be removed. */
  | 'key-not-written'
  /** No hand-over that this signer followed has ended the use of this key. */
  | 'key-not-over'
  /** The key that the ledger names in its place is not here. */
  | 'key-without-successor';

export const signerRefusalCodes: readonly SignerRefusalCode[] = [
  'double-vote',
  'view-below-asked',
  'height-below-floor',
  'height-outside-epoch',
  'epoch-unknown',
  'key-not-held',
  'key-not-of-epoch',
  'other-network',
  'domain-not-signed',
  'action-not-signed',
  'claim-not-signed',
  'successor-not-held',
  'other-sender',
  'malformed',
  'link-invalid',
  'keys-full',
  'key-not-written',
  'key-not-over',
  'key-without-successor',
];

export type SignerFacts = Readonly<Record<string, string | number>>;

export class SignerRefusal extends Error {
  override readonly name = 'SignerRefusal';
  readonly code: SignerRefusalCode;
  readonly facts: SignerFacts;

  constructor(code: SignerRefusalCode, facts: SignerFacts) {
    super(`${code}: ${JSON.stringify(facts)}`);
    this.code = code;
    this.facts = facts;
  }
}

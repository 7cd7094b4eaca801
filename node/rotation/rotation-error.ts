/** Why a rotation does not begin. */
export type RotationErrorCode =
  | 'not-a-validator'
  /** A key of this kind is on its way, or the one before still counts. */
  | 'rotation-under-way'
  /** Another activation holds the one place. */
  | 'activation-pending'
  /** The key that authorises is not here: ballots replace it. */
  | 'old-key-missing'
  | 'key-suspected'
  /** Further ahead than the old key alone may ask for: the facts say up to where. */
  | 'not-before-too-late'
  /** A node key counts as soon as the ballots are there: it takes neither height nor deadline. */
  | 'node-key-not-timed'
  /** The named key is not here, or the ledger knows it already. */
  | 'key-not-unused'
  /** The file of the new key could not be written; the facts say why. */
  | 'key-not-written'
  /** A signer keeps keys of this kind, and makes them itself. */
  | 'key-at-signer'
  /** So many keys wait unused that no further one is taken. */
  | 'keys-full'
  /** The node key that vouches for a recipient is not here. */
  | 'node-key-missing'
  /** No recipient of this session, or one that has been used. */
  | 'recipient-not-offered'
  | 'recipient-expired'
  /** The admin's key, as state has it, did not sign for this key, validator, kind and recipient. */
  | 'hand-over-unsigned'
  /** The key that would sign may be in other hands. */
  | 'admin-key-suspected'
  /** Whose session it is, is no active admin of the validator's member any more. */
  | 'not-own-admin'
  /** Not encrypted to the recipient, or damaged. */
  | 'key-unreadable'
  /** What was encrypted is no private key. */
  | 'not-a-key'
  /** It is one, and not Ed25519. */
  | 'wrong-kind'
  /** It is here already; the facts say where it stands. */
  | 'key-held'
  /** The ledger knows it already: a key is for one thing, and never registered again. */
  | 'key-used'
  /** The signer that is to make the key does not answer. */
  | 'signer-unreachable'
  /** It makes none; the facts say why. */
  | 'signer-refused'
  /** The ledger's refusal, named in the facts. */
  | 'rotation-refused';

export class RotationError extends Error {
  override readonly name = 'RotationError';
  readonly code: RotationErrorCode;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: RotationErrorCode, facts: Readonly<Record<string, unknown>>) {
    super(`${code}: ${JSON.stringify(facts)}`);
    this.code = code;
    this.facts = facts;
  }
}

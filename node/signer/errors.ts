/** What keeps a signer from starting, by name. */
export type SignerErrorCode =
  | 'signer-store-missing'
  | 'signer-store-exists'
  | 'signer-socket-in-use'
  | 'signer-socket-unusable'
  | 'signer-key-not-registered';

export type SignerErrorFacts = Readonly<Record<string, string | number>>;

export class SignerError extends Error {
  override readonly name = 'SignerError';
  readonly code: SignerErrorCode;
  readonly facts: SignerErrorFacts;
  readonly next: string;

  constructor(code: SignerErrorCode, facts: SignerErrorFacts) {
    super(headlines[code]);
    this.code = code;
    this.facts = facts;
    this.next = nextSteps[code];
  }
}

const headlines: { readonly [code in SignerErrorCode]: string } = {
  'signer-store-missing': 'The signer has no vote store, and does not know what it signed.',
  'signer-store-exists': 'There is a vote store of a signer already.',
  'signer-socket-in-use': 'Another signer listens on this socket.',
  'signer-socket-unusable': 'The socket cannot be opened.',
  'signer-key-not-registered': 'The genesis names another consensus key for this validator.',
};

const nextSteps: { readonly [code in SignerErrorCode]: string } = {
  'signer-store-missing':
    'Bring the directory back as it was when the signer last ran. If it is lost, what was signed is not known: the key must not sign again, and another is registered in its place (docs/operations/keys.md).',
  'signer-store-exists':
    'Start that signer, or name another directory. A vote store is never made anew for a key.',
  'signer-socket-in-use': 'Stop the other signer, or give this one another socket in signer.yaml.',
  'signer-socket-unusable':
    'Check that the directory of the socket exists and may be written by the user of the signer. A path has at most 107 bytes.',
  'signer-key-not-registered': 'Check `validator`, `genesis` and `keys.consensus` in signer.yaml.',
};

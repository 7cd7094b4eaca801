/** What makes bytes unacceptable. The codes are stable: an API may show them. */
export type CodecErrorCode =
  // Form (dag-cbor.ts)
  | 'truncated'
  | 'trailing-bytes'
  | 'not-minimal'
  | 'indefinite-length'
  | 'unsupported-type'
  | 'integer-range'
  | 'float-not-finite'
  | 'float-integral'
  | 'invalid-text'
  | 'map-key'
  | 'map-order'
  | 'duplicate-key'
  | 'too-deep'
  | 'too-large'
  // Structure (structure.ts)
  | 'wrong-type'
  | 'missing-key'
  | 'unknown-key'
  | 'wrong-length'
  | 'wrong-value'
  | 'too-many'
  // Hex and base64url (hex.ts)
  | 'invalid-digits';

export interface CodecFacts {
  /** Where: `.args.events[2]`, or `byte 17` for form. */
  readonly path: string;
  readonly expected?: string | number;
  readonly got?: string | number;
}

/** Bytes that are not what they should be. Never a programming error: callers turn it into a refusal. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  readonly code: CodecErrorCode;
  readonly facts: CodecFacts;

  constructor(code: CodecErrorCode, facts: CodecFacts) {
    super(describe(code, facts));
    this.code = code;
    this.facts = facts;
  }
}

const describe = (code: CodecErrorCode, { path, expected, got }: CodecFacts): string => {
  const wanted = expected === undefined ? '' : `, expected ${expected}`;
  const found = got === undefined ? '' : `, got ${got}`;
  return `${code} at ${path}${wanted}${found}`;
};

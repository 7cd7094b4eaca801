import type { CborValue } from '../../../../shared/types/ledger.ts';

export type KeyCall =
  | { readonly type: 'create'; readonly passphrase: string }
  | { readonly type: 'open'; readonly file: string; readonly passphrase: string }
  | { readonly type: 'forget' }
  | {
      readonly type: 'prepare';
      readonly network: string;
      readonly action: string;
      readonly args: CborValue;
      /** Milliseconds since 1970. */
      readonly expiresAt: number;
    }
  /** Signs a challenge, if it is for this gateway and network. */
  | {
      readonly type: 'sign-in';
      /** base64url */
      readonly challenge: string;
      readonly origin: string;
      readonly network: string;
    }
  /** Signs a report of what this reader verified, of this network. */
  | {
      readonly type: 'sign-report';
      readonly report: Uint8Array;
      readonly network: string;
    }
  /** Signs what was prepared last. */
  | { readonly type: 'sign' };

export interface KeyRequest {
  readonly id: number;
  readonly call: KeyCall;
}
export type KeyReply =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly id: number; readonly ok: false; readonly message: string };

export interface OpenedKey {
  readonly publicKey: string;
}
export interface CreatedKey extends OpenedKey {
  /** Encrypted, to be saved. */
  readonly file: string;
}
/** What will be signed, decoded from its own bytes. */
export interface Prepared {
  readonly bytes: number;
  readonly decoded: unknown;
  readonly hex: string;
}
export interface Signed {
  readonly id: string;
  /** base64url */
  readonly envelope: string;
}

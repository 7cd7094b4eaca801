import type { ClientError } from '../../../../shared/client/client-error.ts';
import type { Recipient } from '../../../../shared/client/recipients.ts';
import type { CborValue } from '../../../../shared/types/ledger.ts';

export type KeyCall =
  | { readonly type: 'create'; readonly passphrase: string }
  | { readonly type: 'open'; readonly file: string; readonly passphrase: string }
  /** A key for a node: encrypted and let go of, so that only its file brings it back. */
  | { readonly type: 'create-successor'; readonly passphrase: string }
  /** Opens the file of such a key, if it is that of this one. */
  | {
      readonly type: 'open-successor';
      readonly file: string;
      readonly passphrase: string;
      readonly publicKey: string;
    }
  /** Encodes what the admin signs to hand the opened one over; it is shown first. */
  | ({ readonly type: 'review-hand-over' } & HandOverFields)
  /** Signs what was reviewed last, and encrypts the key for its recipient. */
  | { readonly type: 'sign-hand-over' }
  | { readonly type: 'forget-successor' }
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
  | { readonly type: 'sign' }
  /** Encrypts; the recipients' keys are proven before. */
  | {
      readonly type: 'seal';
      readonly content: Uint8Array;
      readonly recipients: readonly Recipient[];
      readonly erasable: boolean;
    }
  /** Checks bytes against their digest, and decrypts them if they are sealed. */
  | {
      readonly type: 'read';
      readonly bytes: Uint8Array;
      readonly digest: string;
      readonly isSealed: boolean;
    };

export interface HandOverFields {
  readonly network: string;
  readonly validator: string;
  readonly kind: 'consensus' | 'node';
  /** `age1…`, which is proven to be the node's. */
  readonly recipient: string;
}

export interface KeyRequest {
  readonly id: number;
  readonly call: KeyCall;
}
export type KeyReply =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | {
      readonly id: number;
      readonly ok: false;
      readonly message: string;
      /** Of what has a name. */
      readonly refusal?: Pick<ClientError, 'code' | 'facts' | 'next'>;
    };

export interface OpenedKey {
  readonly publicKey: string;
}
/** The key that decrypts. */
export interface OpenedReader {
  readonly encryptionKey: string;
}
export type OpenedFile =
  | ({ readonly kind: 'signing' } & OpenedKey)
  | ({ readonly kind: 'reading' } & OpenedReader);
export interface CreatedKey extends OpenedKey {
  /** Encrypted, to be saved. */
  readonly file: string;
}
/** What will be signed, decoded from its own bytes. */
export interface EncodedBody {
  readonly bytes: number;
  readonly decoded: unknown;
  readonly hex: string;
}
export interface SignedEnvelope {
  readonly id: string;
  /** base64url */
  readonly envelope: string;
}
/** Bytes that events of the body name by digest, to be sent beside the envelope. */
interface Beside {
  readonly payloads: readonly Uint8Array[];
}
export type Prepared = EncodedBody & Beside;
export type Signed = SignedEnvelope & Beside;

/** What an admin signs to hand a key over, and the public half of that key. */
export type ReviewedHandOver = EncodedBody & OpenedKey;
/** What the node is sent: the key, for its recipient alone, and the admin's signature for it; base64url. */
export interface SignedHandOver {
  readonly recipient: string;
  readonly sealed: string;
  readonly signature: string;
}

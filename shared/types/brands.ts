/**
 * Names for values that must not be mixed. Digests, keys and ids are lower-case hex strings in memory, so
 * that equality is `===` and they can key a Map; in CBOR they are byte strings (see `codec/`).
 */
declare const brand: unique symbol;
type Branded<Base, Names> = Base & { readonly [brand]: Names };

/** SHA-256, 64 lower-case hex digits. */
export type Digest = Branded<string, { Digest: true }>;
/** Hash of a block's header; the genesis block's is the network id. */
export type BlockHash = Digest & Branded<string, { BlockHash: true }>;
/** Hash of the genesis block. */
export type NetworkId = Digest & Branded<string, { NetworkId: true }>;
/** Digest of an encoded batch: what PBFT agrees on. */
export type BatchDigest = Digest & Branded<string, { BatchDigest: true }>;
/** Digest of a whole envelope, signature included. */
export type TransactionId = Digest & Branded<string, { TransactionId: true }>;
/** Ed25519 public key, 64 lower-case hex digits. */
export type PublicKey = Branded<string, { PublicKey: true }>;
/** Ed25519 signature, 64 bytes. */
export type Signature = Branded<Uint8Array, { Signature: true }>;
/** 16 random bytes as 32 lower-case hex digits; (sender, nonce) runs at most once. */
export type Nonce = Branded<string, { Nonce: true }>;

/** `[a-z0-9-]{1,32}`; validators are ordered by it, code unit by code unit. */
export type ValidatorId = Branded<string, { ValidatorId: true }>;
/** `[a-z0-9-]{1,32}` */
export type MemberId = Branded<string, { MemberId: true }>;
/** `[a-z0-9.-]{1,64}` */
export type IdentityId = Branded<string, { IdentityId: true }>;
/** NFC text, 1–200 bytes of UTF-8, no white space at either end. */
export type StreamName = Branded<string, { StreamName: true }>;

export type Epoch = Branded<number, { Epoch: true }>;
export type View = Branded<number, { View: true }>;
/** Height of a block; equal to its PBFT sequence number. */
export type Height = Branded<number, { Height: true }>;
/** Random name of a vote store, 32 lower-case hex digits (rule D3). */
export type Incarnation = Branded<string, { Incarnation: true }>;

export const heightOf = (value: number): Height => value as Height;
export const viewOf = (value: number): View => value as View;
export const epochOf = (value: number): Epoch => value as Epoch;
export const nextHeight = (height: Height): Height => (height + 1) as Height;
export const nextView = (view: View): View => (view + 1) as View;

/** 32 zero bytes: the parent of genesis and other "nothing" digests. */
export const zeroDigest = '0'.repeat(64) as Digest;

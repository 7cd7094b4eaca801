/** Keys and genesis of a four-validator consortium for tests, always the same. */
import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import { possessionSigningBytes, type RegisteredKeyKind } from '../../../shared/codec/key-possession.ts';
import {
  encodeEnvelope,
  encodeTransactionBody,
  transactionSigningBytes,
} from '../../../shared/codec/ledger.ts';
import { payloadDigest } from '../../../shared/codec/payload.ts';
import type { CborMap } from '../../../shared/codec/structure.ts';
import type {
  IdentityId,
  Incarnation,
  MemberId,
  NetworkId,
  Nonce,
  PublicKey,
  Signature,
  ValidatorId,
} from '../../../shared/types/brands.ts';
import { defaultConsent } from '../../../shared/types/governance.ts';
import type { CborValue, GenesisDocument, Role } from '../../../shared/types/ledger.ts';
import { defaultParameters } from '../../../shared/types/parameters.ts';
import { keyPairOf, signWithSodium } from '../../crypto/sodium.ts';

export interface TestKey {
  readonly seed: Uint8Array;
  readonly publicKey: PublicKey;
}

/** As nodes sign; 64 bytes that any other signer would make (RFC 8032). */
export const signBy = (seed: Uint8Array, message: Uint8Array): Signature =>
  signWithSodium(keyPairOf(seed).secretKey, message) as Signature;

/** Keys by the number that was asked for. */
const made = new Map<PublicKey, TestKey>();

/** Always the same for the same number. */
export function testKey(number: number): TestKey {
  const seed = new Uint8Array(32).fill(number);
  const key = { seed, publicKey: toHex(keyPairOf(seed).publicKey) as PublicKey };
  made.set(key.publicKey, key);
  return key;
}

export function testKeyOf(publicKey: PublicKey): TestKey {
  const key = made.get(publicKey);
  if (key === undefined) throw new Error(`nobody in this test has the key ${publicKey}`);
  return key;
}

export const validatorKeys = [1, 2, 3, 4].map(testKey);
export const submitter = testKey(101);
/** Of an identity of its own, to be revoked. */
export const leaver = testKey(106);
/** One identity of each role. */
export const keyOfRole: { readonly [Name in Role]: TestKey } = {
  submitter,
  auditor: testKey(102),
  admin: testKey(103),
  operator: testKey(104),
  reader: testKey(105),
};
export const stranger = testKey(199);

const id = <Name extends string>(text: string): Name => text as Name;
export const genesisTime = 1_700_000_000_000;

export const testGenesis: GenesisDocument = {
  version: 2,
  name: 'test consortium',
  time: genesisTime,
  parameters: defaultParameters,
  members: ['north', 'south'].map((member) => ({ id: id<MemberId>(member), name: `Member ${member}` })),
  validators: validatorKeys.map(({ publicKey }, index) => ({
    id: id<ValidatorId>(`validator-${index + 1}`),
    member: id<MemberId>(index % 2 === 0 ? 'north' : 'south'),
    consensusKey: publicKey,
    nodeKey: testKey(11 + index).publicKey,
    address: `wss://127.0.0.1:${7101 + index}`,
    gateway: `http://127.0.0.1:${8101 + index}`,
    incarnation: id<Incarnation>(`${index}`.repeat(32)),
  })),
  identities: [
    {
      id: id<IdentityId>('north.submitter'),
      member: id('north'),
      key: submitter.publicKey,
      roles: ['submitter'],
    },
    { id: id<IdentityId>('north.leaver'), member: id('north'), key: leaver.publicKey, roles: ['admin'] },
    ...(['auditor', 'admin', 'operator', 'reader'] as const).map((role) => ({
      id: id<IdentityId>(`south.${role}`),
      member: id<MemberId>('south'),
      key: keyOfRole[role].publicKey,
      roles: [role],
    })),
  ],
  ...defaultConsent,
};

/** Proof that the new key is held by who registers it. */
export const possessionOf = (
  network: NetworkId,
  { seed, publicKey }: TestKey,
  kind: RegisteredKeyKind,
  owner: string,
  member: string = memberOf(owner),
): Uint8Array => signBy(seed, possessionSigningBytes(network, { key: publicKey, kind, owner, member }));

/** As genesis says of its validators; ids of identities begin with their member's, and who joins is of north. */
const memberOf = (owner: string): string =>
  testGenesis.validators.find((one) => one.id === owner)?.member ??
  (owner.includes('.') ? owner.split('.')[0]! : 'north');

let nonces = 0;

export interface TestTransaction {
  readonly network: NetworkId;
  readonly action: string;
  readonly args: CborValue;
  readonly key?: TestKey;
  readonly expiresAt: number;
  readonly nonce?: string;
}

/** A signed envelope; each has a nonce of its own unless one is given. */
export function testEnvelope(transaction: TestTransaction): Uint8Array {
  const { network, action, args, key = submitter, expiresAt } = transaction;
  nonces += 1;
  const nonce = transaction.nonce ?? nonces.toString(16).padStart(32, '0');
  const body = {
    version: 1,
    network,
    sender: key.publicKey,
    nonce: nonce as Nonce,
    expiresAt,
    action,
    args,
  } as const;
  const bytes = encodeTransactionBody(body);
  return encodeEnvelope(bytes, signBy(key.seed, transactionSigningBytes(network, bytes)));
}

/** One event with this payload, readable by the submitter; `changed` are members of the payload's description. */
export const payloadArgs = (
  stream: string,
  eventId: string,
  bytes: Uint8Array,
  changed: CborMap = {},
): CborValue => {
  const digest = fromHex(payloadDigest(bytes));
  const payload = { digest, size: bytes.length, erasable: true, recipients: ['north.submitter'], ...changed };
  return {
    stream,
    expectedRevision: 'any',
    events: [{ eventId, type: 'note', data: null, labels: {}, references: [], payload }],
  };
};

export const appendArgs = (
  stream: string,
  eventId: string,
  expectedRevision: number | 'any' = 'any',
  data: CborValue = { text: eventId },
): CborValue => ({
  stream,
  expectedRevision,
  events: [{ eventId, type: 'note', data, labels: { source: 'test' }, references: [] }],
});

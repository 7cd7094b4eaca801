/**
 * Content beside an event, for its recipients alone: encrypted in the age format (age-encryption.org/v1) to the X25519
 * keys of identities. The ledger keeps the digest of what is encrypted; whose keys these are, recipients.ts proves.
 */
import { Decrypter, Encrypter, Stanza } from 'age-encryption';
import { recipientsMax } from '../codec/ids.ts';
import { erasableStanza, payloadBytesMax, payloadDigest } from '../codec/payload.ts';
import type { DetachedPayload } from '../types/ledger.ts';
import { ClientError } from './client-error.ts';
import { ageRecipientOf, type DecryptionKey } from './encryption-keys.ts';
import { nobodyNamed, type Recipient, tooManyRecipients } from './recipients.ts';

export interface SealedPayload {
  /** What an event says of it, but for whether it may be erased. */
  readonly payload: Pick<DetachedPayload, 'digest' | 'size' | 'recipients'>;
  /** What travels beside the envelope. */
  readonly bytes: Uint8Array;
}

/**
 * @param erasable what the event will say: bytes that say so themselves are ordered under no other event
 * @throws ClientError `payload-too-large`, `recipients-missing`, `too-many-recipients`, `recipient-key-unusable`
 */
export async function encryptPayload(
  plain: Uint8Array,
  recipients: readonly Recipient[],
  { erasable = false }: { readonly erasable?: boolean } = {},
): Promise<SealedPayload> {
  requireRecipients(recipients);
  requireSize(plain.length);
  const encrypter = new Encrypter();
  if (erasable) encrypter.addRecipient(erasableNote);
  for (const { encryptionKey } of recipients) encrypter.addRecipient(ageRecipientOf(encryptionKey));
  const bytes = await encrypter.encrypt(plain).catch((error: unknown) => {
    throw keyUnusable(recipients, error);
  });
  requireSize(bytes.length);
  return sealedPayload(bytes, recipients);
}

/** Nobody's: it wraps no key. */
const erasableNote = { wrapFileKey: () => [new Stanza([erasableStanza], new Uint8Array(0))] };

/** As it is, for everybody who reads the stream. @throws ClientError `payload-too-large` */
export function openPayload(plain: Uint8Array): SealedPayload {
  requireSize(plain.length);
  return sealedPayload(plain, []);
}

const sealedPayload = (bytes: Uint8Array, recipients: readonly Recipient[]): SealedPayload => ({
  payload: {
    digest: payloadDigest(bytes),
    size: bytes.length,
    recipients: recipients.map(({ identity }) => identity),
  },
  bytes,
});

/**
 * @param expected what the event says: compared before anything is decrypted
 * @throws ClientError `payload-damaged`, `not-a-recipient`
 */
export async function decryptPayload(
  bytes: Uint8Array,
  { secret }: Pick<DecryptionKey, 'secret'>,
  expected: Pick<DetachedPayload, 'digest'>,
): Promise<Uint8Array> {
  checkPayload(bytes, expected);
  const decrypter = new Decrypter();
  decrypter.addIdentity(secret);
  try {
    return await decrypter.decrypt(bytes);
  } catch (error) {
    const reason = reasonOf(error);
    throw reason.includes('no identity matched') ? notARecipient(expected.digest) : undecryptable(reason);
  }
}

/** That these are the bytes which the event names. @throws ClientError `payload-damaged` */
export function checkPayload(bytes: Uint8Array, { digest }: Pick<DetachedPayload, 'digest'>): void {
  const actual = payloadDigest(bytes);
  if (actual === digest) return;
  throw new ClientError(
    'payload-damaged',
    'These are not the bytes that the event names.',
    { expected: digest, actual },
    'Ask another gateway, and the operator of this one why.',
  );
}

function requireRecipients(recipients: readonly Recipient[]): void {
  if (recipients.length === 0) throw nobodyNamed();
  if (recipients.length > recipientsMax) throw tooManyRecipients(recipients.length);
}

/** Of what is encrypted, and so of what is to be encrypted. */
function requireSize(size: number): void {
  if (size <= payloadBytesMax) return;
  throw new ClientError(
    'payload-too-large',
    'The content is larger than a payload may be once it is encrypted.',
    { bytes: size, max: payloadBytesMax },
    'Split it over several events, or keep it elsewhere and record its digest.',
  );
}

const keyUnusable = (recipients: readonly Recipient[], error: unknown): ClientError =>
  new ClientError(
    'recipient-key-unusable',
    'Nothing can be encrypted to one of these keys.',
    { recipients: recipients.map(({ identity }) => identity).join(', '), reason: reasonOf(error) },
    'Let the identity register another key with `identity encryption-key`.',
  );

const notARecipient = (digest: string): ClientError =>
  new ClientError(
    'not-a-recipient',
    'It is not encrypted for this key.',
    { digest },
    'Open the key of one of its recipients, or ask a recipient to grant it to you.',
  );

const undecryptable = (reason: string): ClientError =>
  new ClientError(
    'payload-damaged',
    'The bytes are those that the event names, and yet they do not decrypt.',
    { reason },
    'Whoever appended it encrypted it wrongly: ask the sender for another one.',
  );

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

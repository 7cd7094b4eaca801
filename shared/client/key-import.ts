/**
 * A key of a validator's node that was made elsewhere, on its way there: encrypted in the age format to an X25519
 * recipient that the node made for this once and signed with its node key, which the state proves. So who stands
 * between, such as a proxy that ends TLS, neither reads the key nor puts a recipient of its own in place. An admin signs
 * for the very key and recipient: so who has a session alone, such as one that was stolen, hands nothing over.
 */
import { Decrypter, Encrypter } from 'age-encryption';
import type { KeysImportJson, KeysRecipientJson } from '../api.ts';
import { CodecError } from '../codec/codec-error.ts';
import { decode, encode } from '../codec/dag-cbor.ts';
import { fromBase64Url, fromHex } from '../codec/hex.ts';
import { possessionSigningBytes } from '../codec/key-possession.ts';
import { isCborMap } from '../codec/structure.ts';
import { signingBytes } from '../crypto/digest.ts';
import { verifyNoble } from '../crypto/ed25519.ts';
import { opening } from '../protocol/verify-receipt.ts';
import type { NetworkId, PublicKey } from '../types/brands.ts';
import type { CborValue } from '../types/ledger.ts';
import { ClientError } from './client-error.ts';
import type { ProveState } from './proven-state.ts';

export type KeyRecipient = Omit<KeysRecipientJson, 'signature'>;

/** What the node signs with its node key. */
export const recipientSigningBytes = (
  network: NetworkId,
  { validator, kind, recipient, expiresAt }: KeyRecipient,
): Uint8Array => signingBytes('key-recipient', network, encode({ validator, kind, recipient, expiresAt }));

/** What is handed over, to whom, and for which one recipient. */
export interface HandOver extends Pick<KeyRecipient, 'validator' | 'kind' | 'recipient'> {
  /** The public half. */
  readonly key: PublicKey;
}

/** What an admin is shown before it is signed. */
export const encodeHandOver = ({ validator, kind, recipient, key }: HandOver): Uint8Array =>
  encode({ validator, kind, recipient, key: fromHex(key) });

/** What the admin signs with the key of their identity. @param handOver encoded */
export const handOverSigningBytes = (network: NetworkId, handOver: Uint8Array): Uint8Array =>
  signingBytes('key-hand-over', network, handOver);

export interface ExpectedNode {
  readonly network: NetworkId;
  readonly prove: ProveState;
  /** This validator, or whichever belongs to the member of the admin with this key. */
  readonly whose: { readonly validator: string } | { readonly admin: PublicKey };
}

/** That the recipient is of the node that is meant. @throws ClientError `recipient-unproven`, and what a proof lacks */
export async function requireRecipientOf(
  offered: KeysRecipientJson,
  { network, prove, whose }: ExpectedNode,
): Promise<void> {
  const { validator, signature } = offered;
  const record = await provenMap(prove, `network/validators/${validator}`);
  const isMeant =
    'validator' in whose
      ? validator === whose.validator
      : record?.member !== undefined && record.member === (await memberOf(prove, whose.admin));
  if (!isMeant) throw unproven(offered, 'It is of another node than the one that is meant.');
  const nodeKey = record?.nodeKey;
  const isSigned =
    nodeKey instanceof Uint8Array &&
    verifyNoble(nodeKey, recipientSigningBytes(network, offered), bytesOf(signature));
  if (!isSigned)
    throw unproven(offered, `It is not signed with the node key that the ledger has for ${validator}.`);
}

async function memberOf(prove: ProveState, admin: PublicKey): Promise<CborValue | undefined> {
  const { value } = await prove(`identities/by-key/${admin}`);
  const id = value && decode(value);
  return typeof id === 'string' ? (await provenMap(prove, `identities/by-id/${id}`))?.member : undefined;
}

async function provenMap(
  prove: ProveState,
  key: string,
): Promise<{ readonly [name: string]: CborValue | undefined } | undefined> {
  const { value } = await prove(key);
  const decoded = value && decode(value);
  return decoded !== undefined && isCborMap(decoded) ? decoded : undefined;
}

/** For this recipient alone. @param pem PKCS#8: a secret */
export async function sealKey(pem: string, recipient: string): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return encrypter.encrypt(pem);
}

/** The text that was sealed: a secret; undefined if it was not sealed for this recipient, or is damaged. */
export async function openSealedKey(sealed: Uint8Array, secret: string): Promise<string | undefined> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(secret);
  return decrypter.decrypt(sealed, 'text').catch(() => undefined);
}

/** That the node holds the very key that was handed over. @throws ClientError `possession-unproven` */
export function requirePossession(imported: KeysImportJson, key: PublicKey, network: NetworkId): void {
  const { kind, owner, member, possession } = imported;
  const claim = possessionSigningBytes(network, { key, kind, owner, member });
  if (imported.key === key && verifyNoble(fromHex(key), claim, bytesOf(possession))) return;
  throw new ClientError(
    'possession-unproven',
    'The node does not prove that it holds the key.',
    { validator: owner, key, answered: imported.key },
    'Ask for no rotation to it. Make another key, and ask the operator of the node why.',
  );
}

/** Of what is not base64url none: no signature verifies with them. */
function bytesOf(text: string): Uint8Array {
  const bytes = opening(() => fromBase64Url(text));
  return bytes instanceof CodecError ? new Uint8Array(0) : bytes;
}

const unproven = ({ validator, recipient }: KeysRecipientJson, headline: string): ClientError =>
  new ClientError(
    'recipient-unproven',
    headline,
    { validator, recipient },
    'Nothing was handed over. Somebody may stand between you and the node: ask its operator. If its node key changes just now, try again in a minute.',
  );
